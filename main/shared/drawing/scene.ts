import type { FilteredView, ViewEdge, ViewNode } from "../circuit-view.ts";
import type { Link, Place } from "../document.ts";
import { edgeKey } from "../document-diff.ts";
import { raisesTarget } from "../edge-sign.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import { type Box, boxAround } from "./box.ts";
import { type CardDetail, measureCard, measureFullCard } from "./feature-card.ts";
import { laneOfView } from "./laid-node.ts";
import { measureLanes } from "./lanes.ts";

/** A seen node where it stands, in the world's units; `x` and `y` are of its upper left corner. */
export interface SceneNode {
	readonly node: ViewNode;
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** A seen edge with its ends: from the upper side of its source to the lower side of its target. */
export interface SceneEdge {
	readonly key: string;
	readonly source: SceneNode;
	readonly target: SceneNode;
	readonly weight: number;
	readonly raises: boolean;
	/** |weight| as a share of the strongest. */
	readonly share: number;
	/** A person drew it; it has no weight. */
	readonly manual: boolean;
}

export interface SceneLane {
	readonly rank: number;
	readonly name: string;
	readonly y: number;
	readonly height: number;
}

/** What is drawn: the filtered view with places. */
export interface Scene {
	readonly nodes: readonly SceneNode[];
	readonly byId: ReadonlyMap<string, SceneNode>;
	/** Strongest first. */
	readonly edges: readonly SceneEdge[];
	readonly lanes: readonly SceneLane[];
	readonly bounds: Box;
}

export const emptyScene: Scene = {
	nodes: [],
	byId: new Map(),
	edges: [],
	lanes: [],
	bounds: { x: 0, y: 0, width: 0, height: 0 },
};

/** Lanes and bounds come from all nodes of the view, so that a filter moves nothing. */
export function buildScene(
	shown: FilteredView,
	all: readonly ViewNode[],
	links: readonly Link[],
	places: ReadonlyMap<string, Place>,
	viewOf: ReadonlyMap<string, string>,
	metricName: string,
	detail: CardDetail = "full",
): Scene {
	const placed = all.filter(({ id }) => places.has(id));
	const lanes = measureLanes(placed, places, detail);
	const laneY = new Map(lanes.map(({ rank, y }) => [rank, y]));
	const stand = (node: ViewNode): SceneNode[] => {
		const place = places.get(node.id);
		if (!place) return [];
		const size = measureFullCard(node, detail);
		const y = (laneY.get(laneOfView(node).rank) ?? 0) + place.dy - size.height / 2;
		return [{ node, x: place.x - size.width / 2, y, ...size }];
	};
	const nodes = shown.nodes.flatMap(stand);
	const byId = new Map(nodes.map((node) => [node.node.id, node]));
	const strongest = Math.max(Math.abs(shown.edges[0]?.weight ?? 0), Number.MIN_VALUE);
	const join = (edge: ViewEdge, manual: boolean): SceneEdge[] => {
		const [source, target] = [byId.get(edge.source), byId.get(edge.target)];
		if (!source || !target || source === target) return [];
		const { weight } = edge;
		const share = manual ? 1 : Math.abs(weight) / strongest;
		return [{ key: edgeKey(edge), source, target, weight, raises: raisesTarget(metricName, weight), share, manual }];
	};
	const manual = links.flatMap(({ source, target }) =>
		join({ source: viewOf.get(source) ?? source, target: viewOf.get(target) ?? target, weight: 0, count: 1 }, true),
	);
	const edges = [...manual, ...shown.edges.flatMap((edge) => join(edge, false))];
	return { nodes, byId, edges, lanes, bounds: boundsOf(placed.flatMap(stand), lanes) };
}

/**
 * Full cards as high as what is known of their features; each keeps its middle, so that nothing else moves. What is not
 * known yet (`undefined`) keeps its room.
 */
export function fitCards(scene: Scene, factsOf: (node: ViewNode) => FeatureFacts | "none" | undefined): Scene {
	const fitted = new Map<SceneNode, SceneNode>();
	for (const one of scene.nodes) {
		const facts = one.node.kind === "feature" ? factsOf(one.node) : undefined;
		if (facts === undefined) continue;
		const { height } = measureCard(one.node, facts === "none" ? {} : { facts });
		if (height < one.height) fitted.set(one, { ...one, height, y: one.y + (one.height - height) / 2 });
	}
	if (fitted.size === 0) return scene;
	const asFitted = (node: SceneNode) => fitted.get(node) ?? node;
	const nodes = scene.nodes.map(asFitted);
	const edges = scene.edges.map((edge) => ({ ...edge, source: asFitted(edge.source), target: asFitted(edge.target) }));
	return { ...scene, nodes, edges, byId: new Map(nodes.map((node) => [node.node.id, node])) };
}

function boundsOf(nodes: readonly SceneNode[], lanes: readonly SceneLane[]): Box {
	const box = boxAround(nodes);
	if (!box) return emptyScene.bounds;
	const last = lanes.at(-1);
	const bottom = Math.max(box.y + box.height, last ? last.y + last.height : 0);
	return { ...box, height: bottom - box.y };
}

/** Control points of an edge: x1 y1 (source), y of its handle, y of the target's handle, x2 y2 (target). */
export interface EdgePath {
	readonly x1: number;
	readonly y1: number;
	readonly x2: number;
	readonly y2: number;
	readonly c1: number;
	readonly c2: number;
}

export function edgePath({ source, target }: Pick<SceneEdge, "source" | "target">): EdgePath {
	const [x1, y1] = [source.x + source.width / 2, source.y - 1];
	const [x2, y2] = [target.x + target.width / 2, target.y + target.height + 2];
	const bend = Math.max(26, Math.abs(y1 - y2) * 0.42);
	return { x1, y1, x2, y2, c1: y1 - bend, c2: y2 + bend };
}

/** Node under a point of the world; the last drawn wins. */
export function nodeAt({ nodes }: Scene, x: number, y: number): SceneNode | undefined {
	for (let i = nodes.length - 1; i >= 0; i--) {
		const node = nodes[i] as SceneNode;
		if (x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + node.height) return node;
	}
	return undefined;
}

/** Edge within `reach` of a point of the world; the nearest wins. */
export function edgeAt({ edges }: Scene, x: number, y: number, reach: number): SceneEdge | undefined {
	let best: { edge: SceneEdge; distance: number } | undefined;
	for (const edge of edges) {
		const path = edgePath(edge);
		const [low, high] = [Math.min(path.y1, path.y2, path.c1, path.c2), Math.max(path.y1, path.y2, path.c1, path.c2)];
		if (y < low - reach || y > high + reach) continue;
		if (x < Math.min(path.x1, path.x2) - reach || x > Math.max(path.x1, path.x2) + reach) continue;
		const distance = distanceTo(path, x, y);
		if (distance <= reach && (!best || distance < best.distance)) best = { edge, distance };
	}
	return best?.edge;
}

const samples = 24;

function distanceTo(path: EdgePath, x: number, y: number): number {
	let least = Number.POSITIVE_INFINITY;
	let [px, py] = [path.x1, path.y1];
	for (let i = 1; i <= samples; i++) {
		const [qx, qy] = pointAt(path, i / samples);
		least = Math.min(least, distanceToSegment(x, y, px, py, qx, qy));
		[px, py] = [qx, qy];
	}
	return least;
}

function pointAt({ x1, y1, x2, y2, c1, c2 }: EdgePath, t: number): readonly [number, number] {
	const s = 1 - t;
	const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
	return [(a + b) * x1 + (c + d) * x2, a * y1 + b * c1 + c * c2 + d * y2];
}

function distanceToSegment(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
	const [dx, dy] = [x2 - x1, y2 - y1];
	const t = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / Math.max(dx * dx + dy * dy, 1e-9)));
	return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}
