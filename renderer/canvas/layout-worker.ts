import type { CircuitEdge } from "#shared/circuit";
import type { Place } from "#shared/document";
import { type Columns, type LaidNode, placeNodes } from "#shared/drawing/lanes";
import { findDagreOrder } from "./dagre-order.ts";

export interface LayoutQuestion {
	readonly id: number;
	readonly nodes: readonly LaidNode[];
	readonly edges: readonly CircuitEdge[];
	readonly places: readonly Place[];
	readonly columns: Columns;
}

export interface LayoutAnswer {
	readonly id: number;
	readonly places: readonly Place[];
}

/** Layouts of large circuits take a second: beside the page, so that nothing waits for them. */
self.onmessage = ({ data }: MessageEvent<LayoutQuestion>) => {
	const { id, nodes, edges, columns } = data;
	const known = new Map(data.places.map((place) => [place.id, place]));
	const isNew = nodes.every((node) => !known.has(node.id));
	const order = isNew && columns === "free" ? findDagreOrder(nodes, edges) : undefined;
	const answer: LayoutAnswer = { id, places: placeNodes(nodes, edges, known, columns, order) };
	self.postMessage(answer);
};
