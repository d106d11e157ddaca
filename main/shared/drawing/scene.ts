import type { CircuitEdge } from "../circuit.ts";
import type { FilteredView, ViewNode } from "../circuit-view.ts";
import type { Side } from "../compare-circuits.ts";
import type { Link, Place } from "../document.ts";
import { edgeKey } from "../document-diff.ts";
import { EdgeList } from "../edge-list.ts";
import { raisesTarget } from "../effect.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import { LazyRows } from "../rows.ts";
import { type Box, boxAround } from "./box.ts";
import {
	bendBetween,
	bottomOf,
	bundleWithin,
	type EdgePath,
	handleOf,
	middleOf,
	mostApart,
	mostAside,
	type Route,
	reachOf,
	topOf,
} from "./edge-path.ts";
import { type CardDetail, measureCard, measureFullCard } from "./feature-card.ts";
import { laneOfView } from "./laid-node.ts";
import { type Columns, measureLanes } from "./lanes.ts";
import { measureSceneColumns, routeAmong, type SceneColumn } from "./scene-columns.ts";

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
	/** In a comparison: which of two circuits has it. */
	readonly side?: Side;
}

export interface SceneLane {
	readonly rank: number;
	readonly name: string;
	readonly y: number;
	readonly height: number;
}

type SideOfEdge = (source: string, target: string) => Side;

/** Edges that stand: those that people drew, then the measured ones, the strongest first. */
export class SceneEdges extends LazyRows<SceneEdge> {
	static readonly none = new SceneEdges([], EdgeList.none, [], "");

	readonly manual: readonly SceneEdge[];
	readonly measured: EdgeList;
	/** By number in `measured.ids`; undefined where no edge leads to it. */
	readonly nodes: readonly (SceneNode | undefined)[];
	readonly #metricName: string;
	readonly #route: Route;
	readonly #given: Route | undefined;
	readonly #sideOf: SideOfEdge | undefined;
	#lazySides: readonly Side[] | undefined;
	#lazyEnds: { readonly xs: Float64Array; readonly tops: Float64Array; readonly bottoms: Float64Array } | undefined;

	constructor(
		manual: readonly SceneEdge[],
		measured: EdgeList,
		nodes: readonly (SceneNode | undefined)[],
		metricName: string,
		route?: Route,
		sideOf?: SideOfEdge,
	) {
		super();
		this.manual = manual;
		this.measured = measured;
		this.nodes = nodes;
		this.#metricName = metricName;
		this.#route = route ?? (measured.length > mostApart ? bundleAmong(nodes) : bendBetween);
		this.#given = route;
		this.#sideOf = sideOf;
	}

	get length(): number {
		return this.manual.length + this.measured.length;
	}

	/** |weight| that makes a share of 1. */
	get strongest(): number {
		return Math.max(Math.abs(this.measured.weights[0] ?? 0), Number.MIN_VALUE);
	}

	raises(weight: number): boolean {
		return raisesTarget(this.#metricName, weight);
	}

	/** Of a measured edge in a comparison. */
	sideOf(edge: number): Side | undefined {
		const sideOf = this.#sideOf;
		if (!sideOf) return undefined;
		this.#lazySides ??= this.measured.map(({ source, target }) => sideOf(source, target));
		return this.#lazySides[edge];
	}

	/** Where a measured edge runs. */
	pathOf(edge: number): EdgePath {
		const { sources, targets } = this.measured;
		return this.pathBetween({
			source: this.nodes[sources[edge] as number] as SceneNode,
			target: this.nodes[targets[edge] as number] as SceneNode,
		});
	}

	/** Where an edge between two nodes runs among the others. */
	pathBetween({ source, target }: Pick<SceneEdge, "source" | "target">): EdgePath {
		return pathThrough(source, target, this.#route(source, target));
	}

	/** Numbers of the measured edges that pass through a box, the strongest first; rests now and then. */
	*within({ x, y, width, height }: Box, most: number): Generator<undefined, Uint32Array> {
		const { xs, tops, bottoms } = this.#ends;
		const { sources, targets } = this.measured;
		const found = new Uint32Array(Math.min(most, this.measured.length));
		const aside = this.#route === bendBetween ? 0 : mostAside;
		let count = 0;
		for (let edge = 0; edge < sources.length && count < most; edge++) {
			if (edge % restAfter === restAfter - 1) yield;
			const [source, target] = [sources[edge] as number, targets[edge] as number];
			const [x1, y1, x2, y2] = [
				xs[source] as number,
				tops[source] as number,
				xs[target] as number,
				bottoms[target] as number,
			];
			if (Math.min(x1, x2) - aside >= x + width || Math.max(x1, x2) + 1 + aside <= x) continue;
			const handle = handleOf(y1, y2);
			if (Math.min(y1 - handle, y2) >= y + height || Math.max(y1, y2 + handle) + 1 <= y) continue;
			found[count++] = edge;
		}
		return found.subarray(0, count);
	}

	/** The edge of a key, `edgeKey`. */
	withKey(key: string): SceneEdge | undefined {
		const manual = this.manual.find((edge) => edge.key === key);
		if (manual) return manual;
		// An id may hold a blank itself.
		for (let at = key.indexOf(" "); at >= 0; at = key.indexOf(" ", at + 1)) {
			const edge = this.measured.indexOf(key.slice(0, at), key.slice(at + 1));
			if (edge >= 0) return this.at(this.#placeOf(edge));
		}
		return undefined;
	}

	/** Edges into and out of a node, those drawn by hand first, then the strongest first. */
	*touching(id: string): Generator<SceneEdge> {
		for (const edge of this.manual) if (edge.source.node.id === id || edge.target.node.id === id) yield edge;
		for (const edge of this.measured.touching(this.measured.numberOf(id))) yield this.read(this.#placeOf(edge));
	}

	/** Those whose measured part passes, and whose hand-drawn part does. */
	where(test: (edge: Pick<SceneEdge, "source" | "target">) => boolean): SceneEdges {
		const { sources, targets } = this.measured;
		const measured = this.measured.where((edge) =>
			test({
				source: this.nodes[sources[edge] as number] as SceneNode,
				target: this.nodes[targets[edge] as number] as SceneNode,
			}),
		);
		return new SceneEdges(this.manual.filter(test), measured, this.nodes, this.#metricName, this.#given, this.#sideOf);
	}

	/** The same edges between other nodes. */
	between(asOther: (node: SceneNode) => SceneNode): SceneEdges {
		const manual = this.manual.map((edge) => ({
			...edge,
			source: asOther(edge.source),
			target: asOther(edge.target),
		}));
		const nodes = this.nodes.map((node) => node && asOther(node));
		return new SceneEdges(manual, this.measured, nodes, this.#metricName, this.#given, this.#sideOf);
	}

	protected override read(index: number): SceneEdge {
		const manual = this.manual[index];
		if (manual) return manual;
		const edge = this.measured.at(index - this.manual.length) as CircuitEdge;
		const at = index - this.manual.length;
		const { weight } = edge;
		return {
			key: edgeKey(edge),
			source: this.nodes[this.measured.sources[at] as number] as SceneNode,
			target: this.nodes[this.measured.targets[at] as number] as SceneNode,
			weight,
			raises: this.raises(weight),
			share: Math.abs(weight) / this.strongest,
			manual: false,
			...(this.#sideOf && { side: this.#sideOf(edge.source, edge.target) }),
		};
	}

	/** Where edges leave and reach the nodes. */
	get #ends() {
		const ofNodes = (read: (node: SceneNode) => number) =>
			Float64Array.from(this.nodes, (node) => (node ? read(node) : Number.NaN));
		this.#lazyEnds ??= { xs: ofNodes(middleOf), tops: ofNodes(topOf), bottoms: ofNodes(bottomOf) };
		return this.#lazyEnds;
	}

	#placeOf(edge: number): number {
		return edge < 0 ? this.length : edge + this.manual.length;
	}
}

function bundleAmong(nodes: readonly (SceneNode | undefined)[]): Route {
	const box = boxAround(nodes.filter((node) => node !== undefined));
	return box ? bundleWithin(box.x, box.x + box.width) : bendBetween;
}

/** What is drawn: the filtered view with places. */
export interface Scene {
	readonly nodes: readonly SceneNode[];
	readonly byId: ReadonlyMap<string, SceneNode>;
	readonly edges: SceneEdges;
	readonly lanes: readonly SceneLane[];
	/** Where columns are made by token; else none. */
	readonly columns: readonly SceneColumn[];
	readonly bounds: Box;
}

export const emptyScene: Scene = {
	nodes: [],
	byId: new Map(),
	edges: SceneEdges.none,
	lanes: [],
	columns: [],
	bounds: { x: 0, y: 0, width: 0, height: 0 },
};

/** All nodes of a view where they stand. Lanes and bounds come from all of them, so that a filter moves nothing. */
export interface Standing extends Pick<Scene, "byId" | "lanes" | "columns" | "bounds"> {}

export function standNodes(
	all: readonly ViewNode[],
	places: ReadonlyMap<string, Place>,
	{ detail = "full", columns = "free" }: { readonly detail?: CardDetail; readonly columns?: Columns } = {},
): Standing {
	const placed = all.filter(({ id }) => places.has(id));
	const lanes = measureLanes(placed, places, detail);
	const laneY = new Map(lanes.map(({ rank, y }) => [rank, y]));
	const nodes = placed.map((node): SceneNode => {
		const place = places.get(node.id) as Place;
		const size = measureFullCard(node, detail);
		const y = (laneY.get(laneOfView(node).rank) ?? 0) + place.dy - size.height / 2;
		return { node, x: place.x - size.width / 2, y, ...size };
	});
	return {
		byId: new Map(nodes.map((node) => [node.node.id, node])),
		lanes,
		columns: columns === "tokens" ? measureSceneColumns(nodes) : [],
		bounds: boundsOf(nodes, lanes),
	};
}

export function buildScene(
	shown: FilteredView,
	{ byId: all, lanes, columns, bounds }: Standing,
	links: readonly Link[],
	viewOf: ReadonlyMap<string, string>,
	metricName: string,
	sideOf?: SideOfEdge,
): Scene {
	const nodes = shown.nodes.flatMap(({ id }) => all.get(id) ?? []);
	const byId = new Map(nodes.map((node) => [node.node.id, node]));
	const manual = links.flatMap((link): SceneEdge[] => {
		const source = byId.get(viewOf.get(link.source) ?? link.source);
		const target = byId.get(viewOf.get(link.target) ?? link.target);
		if (!source || !target || source === target) return [];
		const key = edgeKey({ source: source.node.id, target: target.node.id });
		return [{ key, source, target, weight: 0, raises: raisesTarget(metricName, 0), share: 1, manual: true }];
	});
	const { edges } = shown;
	const ends = edges.ids.map((id) => byId.get(id));
	// While the layout is on its way, some nodes stand nowhere yet.
	const stands = nodes.length === shown.nodes.length;
	const measured = stands
		? edges
		: edges.where((edge) => !!ends[edges.sources[edge] as number] && !!ends[edges.targets[edge] as number]);
	const route = columns.length > 1 ? routeAmong(columns) : undefined;
	const drawn = new SceneEdges(manual, measured, ends, metricName, route, sideOf);
	return { nodes, byId, edges: drawn, lanes, columns, bounds };
}

/**
 * Full cards as high as what is known of their features; each keeps its middle, so that nothing else moves. What is not
 * known yet (`undefined`) keeps its room.
 */
export function fitCards(scene: Scene, factsOf: (node: ViewNode) => FeatureFacts | "none" | undefined): Scene {
	const fitted = new Map<SceneNode, SceneNode>();
	for (const one of scene.nodes) {
		const facts = one.node.kind === "feature" || one.node.kind === "group" ? factsOf(one.node) : undefined;
		if (facts === undefined) continue;
		const { height } = measureCard(one.node, facts === "none" ? {} : { facts });
		if (height < one.height) fitted.set(one, { ...one, height, y: one.y + (one.height - height) / 2 });
	}
	if (fitted.size === 0) return scene;
	const asFitted = (node: SceneNode) => fitted.get(node) ?? node;
	const nodes = scene.nodes.map(asFitted);
	const edges = scene.edges.between(asFitted);
	return { ...scene, nodes, edges, byId: new Map(nodes.map((node) => [node.node.id, node])) };
}

function boundsOf(nodes: readonly SceneNode[], lanes: readonly SceneLane[]): Box {
	const box = boxAround(nodes);
	if (!box) return emptyScene.bounds;
	const last = lanes.at(-1);
	const bottom = Math.max(box.y + box.height, last ? last.y + last.height : 0);
	return { ...box, height: bottom - box.y };
}

function pathThrough(source: SceneNode, target: SceneNode, points: readonly number[]): EdgePath {
	return { points, sourceHeight: source.height, targetHeight: target.height };
}

/** Node under a point of the world; the last drawn wins. */
export function nodeAt({ nodes }: Scene, x: number, y: number): SceneNode | undefined {
	for (let i = nodes.length - 1; i >= 0; i--) {
		const node = nodes[i] as SceneNode;
		if (x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + node.height) return node;
	}
	return undefined;
}

/** Edges that are drawn at once, at most: the strongest of those in view. */
export const mostDrawn = 20_000;
const restAfter = 50_000;

/** Edge within `reach` of a point of the world; the nearest of those that are drawn in what is seen wins. */
export function edgeAt({ edges }: Scene, x: number, y: number, reach: number, seen: Box): SceneEdge | undefined {
	let [best, nearest] = [-1, Number.POSITIVE_INFINITY];
	const consider = (place: number, path: EdgePath) => {
		const { left, right, top, bottom } = reachOf(path);
		if (y < top - reach || y > bottom + reach || x < left - reach || x > right + reach) return;
		const distance = distanceTo(path, x, y);
		if (distance <= reach && distance < nearest) [best, nearest] = [place, distance];
	};
	for (const [i, edge] of edges.manual.entries()) consider(i, edges.pathBetween(edge));
	for (const edge of drain(edges.within(seen, mostDrawn))) consider(edges.manual.length + edge, edges.pathOf(edge));
	return best < 0 ? undefined : edges.at(best);
}

function drain<T>(steps: Generator<undefined, T>): T {
	for (;;) {
		const { done, value } = steps.next();
		if (done) return value;
	}
}

const samples = 24;

function distanceTo({ points }: EdgePath, x: number, y: number): number {
	let least = Number.POSITIVE_INFINITY;
	for (let from = 0; from + 7 < points.length; from += 6) {
		let [px, py] = [points[from] as number, points[from + 1] as number];
		for (let i = 1; i <= samples; i++) {
			const [qx, qy] = pointAt(points, from, i / samples);
			least = Math.min(least, distanceToSegment(x, y, px, py, qx, qy));
			[px, py] = [qx, qy];
		}
	}
	return least;
}

function pointAt(points: readonly number[], from: number, t: number): readonly [number, number] {
	const s = 1 - t;
	const [a, b, c, d] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
	const at = (i: number) => points[from + i] as number;
	return [a * at(0) + b * at(2) + c * at(4) + d * at(6), a * at(1) + b * at(3) + c * at(5) + d * at(7)];
}

function distanceToSegment(x: number, y: number, x1: number, y1: number, x2: number, y2: number): number {
	const [dx, dy] = [x2 - x1, y2 - y1];
	const t = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / Math.max(dx * dx + dy * dy, 1e-9)));
	return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}
