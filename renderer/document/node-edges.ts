import { useMemo } from "react";
import { sumEdges } from "#shared/circuit-view";
import { EdgeList } from "#shared/edge-list";
import { useDerived } from "./derived-store.ts";
import { useDocument } from "./document-store.ts";
import { useAnswer } from "./use-call.ts";

interface NodeEdges {
	readonly edges: EdgeList;
	/** The store has more of them, and was asked. */
	readonly isPartial: boolean;
}

/** All edges of a seen node: those of the view, or, where they were too many to be loaded, as the store has them. */
export function useEdgesOf(node: string): NodeEdges {
	const view = useDerived((state) => state.view);
	const { name, edgesLeft, preview } = useDocument();
	const isPartial = edgesLeft > 0 && preview === null && name !== null;
	const members = view.nodes.find(({ id }) => id === node)?.members;
	const loaded = useAnswer("circuits.edgesOf", isPartial && members ? { name, nodes: [...members] } : undefined, {
		refresh: view,
	});
	const edges = useMemo(() => {
		const ids = view.nodes.map(({ id }) => id);
		return isPartial && loaded ? sumEdges(loaded.edges, view.viewOf, ids) : view.edges;
	}, [isPartial, loaded, view]);
	return { edges, isPartial: isPartial && loaded === undefined };
}

/** All edges of the circuit into and out of these of its nodes, also where they were too many to be loaded. */
export function useWholeEdges(members: readonly string[]): EdgeList {
	const edges = useDerived(({ document }) => document.edges);
	const { name, edgesLeft, preview } = useDocument();
	const isPartial = edgesLeft > 0 && preview === null && name !== null;
	const loaded = useAnswer("circuits.edgesOf", isPartial ? { name, nodes: [...members] } : undefined, {
		refresh: edges,
	});
	return EdgeList.from((isPartial && loaded?.edges) || edges);
}
