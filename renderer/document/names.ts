import type { CircuitView } from "#shared/circuit-view";
import type { CircuitDocument } from "#shared/document";
import { type NamedNode, type NameSource, type NodeName, nameNode, nameNodes } from "#shared/naming";
import { hasPosition, listFeatureRefs, withoutPosition } from "#shared/node-id";
import { useDerived } from "./derived-store.ts";
import { useFacts } from "./facts-store.ts";
import { remember } from "./remember.ts";
import { joinLabels } from "./shown-labels.ts";
import { shownRun, useShownRun } from "./shown-run.ts";

/** What anything of the open circuit is called, by its id: a seen node, a folded one, a feature without a position. */
export type NameOf = (id: string) => NodeName;

/** For components: names anew when labels, facts or the circuit change. */
export function useNames(): NameOf {
	useDerived(({ view }) => view);
	useDerived(({ document }) => document.labels);
	useFacts(({ published }) => published);
	useFacts(({ phrases }) => phrases);
	useShownRun();
	return currentNames();
}

/** Names as they are now. */
export function currentNames(): NameOf {
	const { view, document } = useDerived.getState();
	const { published, phrases } = useFacts.getState();
	return namesOf(view, document.nodes, document.labels, published, phrases, shownRun());
}

/** Phrases say what they know. */
const noFacts: NameSource["facts"] = new Map();

const namesOf = remember(
	(
		{ nodes }: CircuitView,
		all: CircuitDocument["nodes"],
		labels: CircuitDocument["labels"],
		published: ReturnType<typeof useFacts.getState>["published"],
		phrases: ReadonlyMap<string, string>,
		run: NameSource["run"],
	): NameOf => {
		const source = { labels: joinLabels(labels, published), facts: noFacts, phrases, run };
		let seen: ReadonlyMap<string, NodeName> | undefined;
		let byId: ReadonlyMap<string, NamedNode> | undefined;
		return (id) => {
			seen ??= nameNodes(nodes, source);
			const known = seen.get(id);
			if (known) return known;
			byId ??= new Map(all.map((node) => [node.id, node]));
			const node = byId.get(id);
			return node ? { ...nameNode(node, source), ...whereOf(node) } : nameFeature(id, source);
		};
	},
);

/** A node that is folded away, or of which nothing but its id is known. */
function whereOf({ id, kind, position }: NamedNode): Pick<NodeName, "at"> {
	return kind === "feature" && hasPosition(id) ? { at: `@${position}` } : {};
}

function nameFeature(id: string, source: NameSource): NodeName {
	const bare = withoutPosition(id);
	const isFeature = /\.\d+$/.test(bare) && listFeatureRefs([bare]).length > 0;
	if (!isFeature) return { text: id, kind: "id" };
	const node = { id, kind: "feature" as const, position: Number(id.split("@")[1] ?? 0), activation: 0 };
	return { ...nameNode(node, source), ...whereOf(node) };
}
