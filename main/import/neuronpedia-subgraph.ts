import type { CircuitDocument, Group, Label, Place } from "#shared/document";
import { withoutPosition } from "#shared/node-id";
import type { NeuronpediaQuery } from "./neuronpedia-fields.ts";
import type { NeuronpediaNode } from "./neuronpedia-node.ts";

/** Width that their subgraph's 0 … 1000 is spread over here, and the height of a row's middle. */
const [span, middle] = [1600, 60];

type Additions = Partial<Omit<CircuitDocument, "nodes" | "edges">>;

/** Pins, groups, places and labels from what a person had chosen there. */
export function readSubgraph(
	{ pinnedIds, supernodes, sg_pos: positions }: NeuronpediaQuery,
	nodes: ReadonlyMap<string, NeuronpediaNode>,
): Additions {
	const idOf = (id: string) => nodes.get(id)?.node.id;
	const groups = supernodes.flatMap(([name = "", ...members], i): Group[] => {
		const known = [...new Set(members.flatMap((id) => idOf(id) ?? []))];
		return known.length === 0
			? []
			: [{ id: `group.imported-${i}`, name: name.slice(0, 200), members: known, collapsed: true }];
	});
	const pinned = [...new Set(pinnedIds)].flatMap((id) => nodes.get(id) ?? []);
	const features = pinned.filter(({ node }) => node.kind === "feature").map(({ node }) => withoutPosition(node.id));
	const grouped = new Set(groups.flatMap(({ members }) => members));
	// In their order: pinned nodes that stand alone, as they come in the file, then supernodes.
	const chosen = new Set(pinned.map(({ id }) => id));
	const order = [
		...[...nodes.values()].filter(({ id, node }) => chosen.has(id) && !grouped.has(node.id)).map(({ node }) => node.id),
		...groups.map(({ id }) => id),
	];
	return {
		pins: [...new Set(features)].map((id, order_) => ({ id, order: order_ })),
		groups,
		places: readPlaces(positions, order),
		labels: readLabels([...nodes.values()]),
	};
}

function readPlaces(text: string, order: readonly string[]): readonly Place[] {
	const numbers = text
		.split(/[\s,]+/)
		.filter((one) => one !== "")
		.map(Number);
	if (numbers.length < 2 || numbers.some((number) => !Number.isFinite(number))) return [];
	return order.flatMap((id, i): Place[] => {
		const x = numbers[2 * i];
		return x === undefined || numbers[2 * i + 1] === undefined ? [] : [{ id, x: (x / 1000) * span, dy: middle }];
	});
}

/** Of features only: what is written at tokens, errors and logits is made from the prompt. */
function readLabels(nodes: readonly NeuronpediaNode[]): readonly Label[] {
	const labels = new Map<string, string>();
	for (const { node, clerp } of nodes)
		if (node.kind === "feature" && clerp.trim() !== "")
			labels.set(withoutPosition(node.id), clerp.trim().slice(0, 400));
	return [...labels].map(([id, text]) => ({ id, text: text.toWellFormed() }));
}
