import type { CircuitEdge } from "../circuit.ts";
import { EdgeList, groupByNode } from "../edge-list.ts";

/** Joined nodes of a circuit by index, as rows of one array: those of node `i` are `ends[begins[i]] … ends[begins[i + 1] - 1]`. */
export interface Neighbours {
	readonly begins: Uint32Array;
	readonly ends: Uint32Array;
	/** √|weight|: a strong edge pulls more, but does not hold everything. */
	readonly pulls: Float64Array;
}

export function findNeighbours(ids: ReadonlyMap<string, number>, edges: Iterable<CircuitEdge>): Neighbours {
	const list = EdgeList.from(edges);
	const numbers = Int32Array.from(list.ids, (id) => ids.get(id) ?? -1);
	const ends = (columns: Uint32Array) => columns.map((end) => numbers[end] as number);
	const joined = list.where((edge) => {
		const [a, b] = [numbers[list.sources[edge] as number] as number, numbers[list.targets[edge] as number] as number];
		return a >= 0 && b >= 0 && a !== b;
	});
	const [sources, targets] = [ends(joined.sources), ends(joined.targets)];
	// Sums of rounded numbers depend on their order, and what comes of them must not depend on how edges were stored.
	const order = sortByEnds(sources, targets, ids.size);
	settleRepeated(order, sources, targets, joined.weights);
	const begins = new Uint32Array(ids.size + 1);
	for (const column of [sources, targets]) for (const end of column) begins[end + 1] = (begins[end + 1] as number) + 1;
	for (let i = 0; i < ids.size; i++) begins[i + 1] = (begins[i + 1] as number) + (begins[i] as number);
	const next = begins.slice();
	const neighbours = { begins, ends: new Uint32Array(2 * order.length), pulls: new Float64Array(2 * order.length) };
	const put = (from: number, to: number, pull: number) => {
		const at = next[from] as number;
		next[from] = at + 1;
		neighbours.ends[at] = to;
		neighbours.pulls[at] = pull;
	};
	for (const edge of order) {
		const [a, b] = [sources[edge] as number, targets[edge] as number];
		const pull = Math.sqrt(Math.abs(joined.weights[edge] as number));
		put(a, b, pull);
		put(b, a, pull);
	}
	return neighbours;
}

/** Numbers of the edges by source and then by target, by counting. */
function sortByEnds(sources: Uint32Array, targets: Uint32Array, nodes: number): Uint32Array {
	const byTarget = groupByNode(targets, nodes).edges;
	const bySource = groupByNode(
		byTarget.map((edge) => sources[edge] as number),
		nodes,
	).edges;
	return bySource.map((at) => byTarget[at] as number);
}

/** Where a circuit has an edge more than once, the weaker first. */
function settleRepeated(order: Uint32Array, sources: Uint32Array, targets: Uint32Array, weights: Float64Array): void {
	const isAfter = (a: number, b: number) =>
		sources[a] === sources[b] &&
		targets[a] === targets[b] &&
		Math.abs(weights[a] as number) > Math.abs(weights[b] as number);
	for (let i = 1; i < order.length; i++)
		for (let at = i; at > 0 && isAfter(order[at - 1] as number, order[at] as number); at--)
			[order[at - 1], order[at]] = [order[at] as number, order[at - 1] as number];
}

/** Which neighbours count: all, or those in lanes before or after the node's own. */
type Side = "all" | "before" | "after";

/**
 * Where the neighbours of a node stand on average, weighed by how strongly they pull; undefined where it has none on
 * that side. `lanes` tells the lane of each node.
 */
export function meanOfNeighbours(
	{ begins, ends, pulls }: Neighbours,
	index: number,
	at: Float64Array,
	side: Side = "all",
	lanes?: Uint32Array,
): number | undefined {
	const own = lanes?.[index] ?? 0;
	let [sum, total] = [0, 0];
	for (let i = begins[index] as number; i < (begins[index + 1] as number); i++) {
		const end = ends[i] as number;
		if (side !== "all" && (side === "before") !== (lanes?.[end] ?? 0) < own) continue;
		const pull = pulls[i] as number;
		sum += (at[end] as number) * pull;
		total += pull;
	}
	return total > 0 ? sum / total : undefined;
}

/** Nodes of one lane, by index, from left to right. */
export interface LaneOrder {
	readonly nodes: Uint32Array;
	/** The prompt is read from left to right, whatever its neighbours wish. */
	readonly fixed: boolean;
}

/** First each lane follows what was sorted before it, which untangles; then all pull, which shortens. */
const sidedSweeps = 12;
const sweeps = 24;

/**
 * Sorts every lane so that joined nodes stand near one another: sweeps of weighted barycentres, down and up (Sugiyama,
 * Tagawa, Toda 1981, without the invisible nodes of long edges, which are drawn straight). What is kept is the sweep
 * whose edges are the shortest.
 */
export function orderLanes(lanes: readonly LaneOrder[], neighbours: Neighbours): void {
	const count = neighbours.begins.length - 1;
	const at = new Float64Array(count);
	const laneOf = new Uint32Array(count);
	const spread = ({ nodes }: LaneOrder) => {
		for (const [i, node] of nodes.entries()) at[node] = (i + 0.5) / nodes.length;
	};
	for (const [i, lane] of lanes.entries()) {
		for (const node of lane.nodes) laneOf[node] = i;
		spread(lane);
	}
	const remember = () => ({ length: lengthOf(neighbours, at), orders: lanes.map(({ nodes }) => nodes.slice()) });
	let best = remember();
	for (let sweep = 0; sweep < sweeps; sweep++) {
		const isDown = sweep % 2 === 0;
		const side = sweep >= sidedSweeps ? "all" : isDown ? "before" : "after";
		for (const lane of isDown ? lanes : lanes.toReversed()) {
			if (lane.fixed) continue;
			const wishes = new Map<number, number>();
			for (const node of lane.nodes)
				wishes.set(node, meanOfNeighbours(neighbours, node, at, side, laneOf) ?? (at[node] as number));
			lane.nodes.sort((a, b) => (wishes.get(a) as number) - (wishes.get(b) as number));
			spread(lane);
		}
		const now = remember();
		if (now.length < best.length) best = now;
	}
	for (const [i, lane] of lanes.entries()) lane.nodes.set(best.orders[i] as Uint32Array);
}

function lengthOf({ begins, ends, pulls }: Neighbours, at: Float64Array): number {
	let sum = 0;
	for (let node = 0; node < at.length; node++)
		for (let i = begins[node] as number; i < (begins[node + 1] as number); i++)
			sum += (pulls[i] as number) * Math.abs((at[node] as number) - (at[ends[i] as number] as number));
	return sum;
}
