import type { CircuitNode } from "#shared/circuit";
import type { CircuitDocument } from "#shared/document";
import { EdgeList } from "#shared/edge-list";
import { noQuestion, type Question } from "#shared/effect";
import { PathGraph } from "#shared/paths";
import type { Telling } from "#shared/tell-path";
import { useDerived } from "./derived-store.ts";
import type { NameOf } from "./names.ts";
import { currentNames, useNames } from "./names.ts";
import { useQuestion } from "./question.ts";
import { remember } from "./remember.ts";
import { shownRun } from "./shown-run.ts";

/** For components: what sentences about the open circuit are made of, anew when it changes. */
export function useTelling(): Telling {
	const names = useNames();
	const { nodes, edges } = useDerived(({ document }) => document);
	return tellingOf(nodes, edges, useQuestion(), names);
}

/** The same as it is now. */
export function currentTelling(): Telling {
	const { nodes, edges } = useDerived.getState().document;
	return tellingOf(nodes, edges, shownRun() ?? noQuestion, currentNames());
}

const tellingOf = remember(
	(nodes: CircuitDocument["nodes"], edges: CircuitDocument["edges"], question: Question, nameOf: NameOf): Telling => {
		const list = EdgeList.from(edges);
		let byId: ReadonlyMap<string, CircuitNode> | undefined;
		const nodeOf = (id: string) => {
			byId ??= new Map(nodes.map((node) => [node.id, node]));
			return byId.get(id);
		};
		const weightOf = (source: string, target: string) => list.weights[list.indexOf(source, target)];
		return { question, nodeOf, nameOf, weightOf };
	},
);

/** Paths of the open circuit: its graph is made once for all that ask. */
export function usePathGraph(): PathGraph {
	const { nodes, edges } = useDerived(({ document }) => document);
	return pathGraphOf(nodes, edges, useQuestion().metricName);
}

export function currentPathGraph(): PathGraph {
	const { nodes, edges } = useDerived.getState().document;
	return pathGraphOf(nodes, edges, (shownRun() ?? noQuestion).metricName);
}

const pathGraphOf = remember(
	(nodes: CircuitDocument["nodes"], edges: CircuitDocument["edges"], metricName: string) =>
		new PathGraph({ nodes, edges, metricName }),
);
