import type { CircuitNode } from "./circuit.ts";
import { EdgeList, type EdgesByNode } from "./edge-list.ts";
import { weighLogits } from "./logit-weights.ts";
import type { Rows } from "./rows.ts";
import { searchPaths } from "./search-paths.ts";

/** A way through a circuit along its edges, in the order of computation. */
export interface NodePath {
	readonly nodes: readonly string[];
	/** Product of the shares of its edges; of a path to the target times the logit's weight. */
	readonly strength: number;
	/** Of the total of all paths that were asked for. */
	readonly share: number;
}

export interface StrongestPaths {
	/** Strengths of all such paths, which may be billions, summed. */
	readonly total: number;
	/** The strongest of them, the strongest first. */
	readonly paths: readonly NodePath[];
	/** Which share of the total these carry together, in [0, 1]. */
	readonly carried: number;
}

export interface PathParts {
	readonly nodes: readonly CircuitNode[];
	readonly edges: Rows<{ readonly source: string; readonly target: string; readonly weight: number }>;
	/** Decides the logits' weights, as of scores. */
	readonly metricName: string;
}

const none: StrongestPaths = { total: 0, paths: [], carried: 0 };

/**
 * Paths of a circuit by their strength. An edge's share is `A[d, u] = |edge(u→d)| / Σ_v |edge(v→d)|`, what was cut off from
 * the target's inputs counted in the sum; a path's strength is the product of the shares of its edges, so that the strengths
 * of all paths from a node to the target add up to its influence `p·(A + A² + …)` (algorithms of circuit-tracer's
 * `graph.py`), and those of all paths that reach it from tokens and errors to one. What leads into an error does not
 * count, so an error only begins a path. A path to the target ends at a logit and counts by its weight (`weighLogits`); where a
 * circuit has none, at any node from which nothing leads on. In a graph with a circle no path is told.
 */
export class PathGraph {
	/** Whether paths begin at tokens; where a circuit has none, as those of ablation, at nodes into which nothing leads. */
	readonly beginsAtTokens: boolean;
	readonly #edges: EdgeList;
	readonly #kinds: readonly (CircuitNode["kind"] | undefined)[];
	readonly #logits: ReadonlyMap<string, number>;
	/** Of each edge its `A`; 0 into tokens and errors. */
	readonly #shares: Float64Array;
	/** Numbers of the nodes, every one after those that lead to it; undefined where there is a circle. */
	readonly #order: Uint32Array | undefined;
	#toTarget: Flow | undefined;
	#fromTokens: Flow | undefined;

	constructor({ nodes, edges, metricName }: PathParts) {
		this.#edges = EdgeList.from(edges);
		const byId = new Map(nodes.map((node) => [node.id, node]));
		this.#kinds = this.#edges.ids.map((id) => byId.get(id)?.kind);
		this.#logits = weighLogits(nodes, metricName);
		this.beginsAtTokens = this.#kinds.includes("token");
		this.#shares = shareOut(this.#edges, byId);
		this.#order = sortNodes(this.#edges, this.#shares);
	}

	/** From any of these nodes to the target; of several together. */
	toTarget(starts: readonly string[], count: number): StrongestPaths {
		return this.#search(starts, count, this.#flowToTarget());
	}

	/** From the prompt's tokens to any of these nodes; of several nodes each counts for its part. */
	fromTokens(ends: readonly string[], count: number): StrongestPaths {
		const { total, paths, carried } = this.#search(ends, count, this.#flowFromTokens());
		const part = 1 / Math.max(1, ends.length);
		return {
			total: total * part,
			carried,
			paths: paths.map((path) => ({ ...path, nodes: path.nodes.toReversed(), strength: path.strength * part })),
		};
	}

	/** From the prompt's tokens to the target: what the circuit says as a whole. */
	throughout(count: number): StrongestPaths {
		const begins = this.#edges.ids.filter((_, node) => this.#isBegin(node));
		return this.toTarget(begins, count);
	}

	/** What these paths carry together of all that leads from the tokens to the target; other paths carry none of it. */
	shareOf(paths: readonly (readonly string[])[]): number {
		const flow = this.#flowToTarget();
		const { total } = this.throughout(0);
		if (!flow || total === 0) return 0;
		const apart = new Map(paths.map((path) => [path.join(" "), path]));
		return [...apart.values()].reduce((sum, path) => sum + this.#strengthOf(path, flow), 0) / total;
	}

	#strengthOf(path: readonly string[], { ends }: Flow): number {
		const numbers = path.map((id) => this.#edges.numberOf(id));
		if (!this.#isBegin(numbers[0] as number)) return 0;
		const steps = path.slice(1).map((id, i) => this.#shares[this.#edges.indexOf(path[i] as string, id)] ?? 0);
		return steps.reduce((product, share) => product * share, ends[numbers.at(-1) as number] ?? 0);
	}

	#isBegin(node: number): boolean {
		if (this.beginsAtTokens) return this.#kinds[node] === "token";
		const { starts } = this.#edges.byTarget;
		return this.#kinds[node] !== undefined && starts[node] === starts[node + 1];
	}

	#search(from: readonly string[], count: number, flow: Flow | undefined): StrongestPaths {
		if (!flow) return none;
		const numbers = from.map((id) => this.#edges.numberOf(id)).filter((node) => node >= 0);
		const total = numbers.reduce((sum, node) => sum + (flow.sums[node] as number), 0);
		if (total === 0) return none;
		const found = searchPaths({ ...flow, shares: this.#shares, from: numbers, count });
		const paths = found.map(({ nodes, strength }) => ({
			nodes: nodes.map((node) => this.#edges.ids[node] as string),
			strength,
			share: strength / total,
		}));
		return {
			total,
			paths,
			carried: Math.min(
				1,
				paths.reduce((sum, { share }) => sum + share, 0),
			),
		};
	}

	#flowToTarget(): Flow | undefined {
		const { bySource, targets, ids } = this.#edges;
		if (!this.#toTarget && this.#order) {
			const isDeadEnd = (node: number) => bySource.starts[node] === bySource.starts[node + 1];
			const deadEnds = ids.filter((_, node) => isDeadEnd(node)).length;
			const ends = Float64Array.from(ids, (id, node) =>
				this.#logits.size > 0 ? (this.#logits.get(id) ?? 0) : isDeadEnd(node) ? 1 / deadEnds : 0,
			);
			this.#toTarget = flow(this.#order.toReversed(), bySource, targets, this.#shares, ends);
		}
		return this.#toTarget;
	}

	#flowFromTokens(): Flow | undefined {
		const { byTarget, sources, ids } = this.#edges;
		if (!this.#fromTokens && this.#order) {
			const ends = Float64Array.from(ids, (_, node) => (this.#isBegin(node) ? 1 : 0));
			this.#fromTokens = flow(this.#order, byTarget, sources, this.#shares, ends);
		}
		return this.#fromTokens;
	}
}

/** Paths in one direction: where they lead on from each node, where they end, and what comes of all of them. */
interface Flow {
	readonly steps: EdgesByNode;
	/** At which node each edge arrives. */
	readonly arrive: Uint32Array;
	/** Weight of a path that ends at a node; 0 where none does. */
	readonly ends: Float64Array;
	/** Of each node: strengths of all paths from it, summed, and the largest of them. */
	readonly sums: Float64Array;
	readonly best: Float64Array;
}

/** `order`: every node after those where its edges arrive. */
function flow(
	order: Uint32Array,
	steps: EdgesByNode,
	arrive: Uint32Array,
	shares: Float64Array,
	ends: Float64Array,
): Flow {
	const [sums, best] = [ends.slice(), ends.slice()];
	for (const node of order) {
		let [sum, most] = [ends[node] as number, ends[node] as number];
		for (let i = steps.starts[node] as number; i < (steps.starts[node + 1] as number); i++) {
			const edge = steps.edges[i] as number;
			const [share, next] = [shares[edge] as number, arrive[edge] as number];
			sum += share * (sums[next] as number);
			most = Math.max(most, share * (best[next] as number));
		}
		sums[node] = sum;
		best[node] = most;
	}
	return { steps, arrive, ends, sums, best };
}

function shareOut({ sources, targets, weights, ids }: EdgeList, nodes: ReadonlyMap<string, CircuitNode>): Float64Array {
	const kinds = ids.map((id) => nodes.get(id)?.kind);
	const byKind = {
		feature: new Float64Array(ids.length),
		error: new Float64Array(ids.length),
		token: new Float64Array(ids.length),
	};
	const sizes = Float64Array.from(weights, (weight, edge) => {
		const [from, into] = [kinds[sources[edge] as number], targets[edge] as number];
		if (from === undefined || from === "logit" || (kinds[into] !== "feature" && kinds[into] !== "logit")) return 0;
		byKind[from][into] = (byKind[from][into] as number) + Math.abs(weight);
		return Math.abs(weight);
	});
	const sums = Float64Array.from(ids, (id, node) => {
		const inflow = nodes.get(id)?.inflow;
		// Rounding alone makes the edges of a kind more than all that leads in, where a circuit is of one piece.
		return (["feature", "error", "token"] as const).reduce(
			(sum, kind) => sum + Math.max(byKind[kind][node] as number, inflow?.[`${kind}s`] ?? 0),
			0,
		);
	});
	return sizes.map((size, edge) => (size === 0 ? 0 : size / (sums[targets[edge] as number] as number)));
}

/** Every node after those that lead to it (Kahn 1962); undefined where a circle keeps some waiting. */
function sortNodes({ bySource, targets, ids }: EdgeList, shares: Float64Array): Uint32Array | undefined {
	const open = new Uint32Array(ids.length);
	for (const [edge, share] of shares.entries()) {
		const target = targets[edge] as number;
		if (share > 0) open[target] = (open[target] as number) + 1;
	}
	const order = new Uint32Array(ids.length);
	let known = 0;
	for (let node = 0; node < ids.length; node++) if (open[node] === 0) order[known++] = node;
	for (let taken = 0; taken < known; taken++) {
		const node = order[taken] as number;
		for (let i = bySource.starts[node] as number; i < (bySource.starts[node + 1] as number); i++) {
			const edge = bySource.edges[i] as number;
			if ((shares[edge] as number) === 0) continue;
			const target = targets[edge] as number;
			open[target] = (open[target] as number) - 1;
			if (open[target] === 0) order[known++] = target;
		}
	}
	return known === ids.length ? order : undefined;
}
