import type { CircuitNode, Inflow } from "./circuit.ts";
import { EdgeList } from "./edge-list.ts";
import { weighLogits } from "./logit-weights.ts";
import type { Rows } from "./rows.ts";

/**
 * How much of a circuit's effect on the logits comes through features and not through errors, both in [0, 1], as
 * circuit-tracer's `compute_graph_scores` defines them (Ameisen et al. 2025); null where no logit, or nothing that leads
 * to one, is in the circuit.
 */
export interface CircuitScores {
	/** Of what reaches the logits from the ends of all paths, the share that begins at tokens and not at errors. */
	readonly replacement: number | null;
	/** Of what leads into the nodes, each by its influence, the share that comes from features and tokens. */
	readonly completeness: number | null;
}

export const noScores: CircuitScores = { replacement: null, completeness: null };

export interface ScoredCircuit extends CircuitScores {
	/** Of each node, in the order of the nodes: the share of the logits' inputs that goes through it, by all paths. */
	readonly influence: Float64Array;
	/**
	 * Edges into a node are more than what leads into it: traces that divide it in different ways were put together, and what
	 * is counted twice would pass for more. Both scores are null.
	 */
	readonly isDoubled: boolean;
}

export interface ScoredParts {
	readonly nodes: readonly CircuitNode[];
	readonly edges: Rows<{ readonly source: string; readonly target: string; readonly weight: number }>;
	/** Decides the logits' weights: their probabilities where another program wrote them, else equal parts. */
	readonly metricName: string;
	/** Ids of the features whose part of the circuit is meant; the others count as errors. Without it all are. */
	readonly features?: ReadonlySet<string>;
}

const noNode = 0;
const codes = { feature: 1, error: 2, token: 3, logit: 4 } as const satisfies Record<CircuitNode["kind"], number>;
type Kind = keyof Inflow;
const kinds = ["features", "errors", "tokens"] as const satisfies readonly Kind[];

/**
 * `A[d, u] = |edge(u→d)|`, each row divided by its sum, to which what was cut off from it is added; rows of tokens, errors
 * and features outside the part are empty. Influence is `p·(A + A² + …)`, in one sweep from the logits down, since no
 * path comes back. Of a graph that has a circle nothing is said: all is null and zero.
 */
export function scoreCircuit(parts: ScoredParts): ScoredCircuit {
	const edges = EdgeList.from(parts.edges);
	const graph = readGraph(parts, edges);
	const { influence, isWhole } = sweep(graph, edges);
	const { isDoubled } = graph;
	if (!isWhole) return { ...noScores, isDoubled, influence: new Float64Array(parts.nodes.length) };
	const ofNodes = Float64Array.from(graph.numbers, (node) => influence[node] as number);
	return { ...(isDoubled ? noScores : aggregate(graph, influence)), isDoubled, influence: ofNodes };
}

/** What leads into a node and is no edge of the circuit, by kind of source; undefined where that was not recorded. */
export function remainderOf(
	node: CircuitNode,
	edges: EdgeList,
	kindOf: (id: string) => CircuitNode["kind"] | undefined,
): Inflow | undefined {
	if (!node.inflow) return undefined;
	const present = { features: 0, errors: 0, tokens: 0 };
	for (const edge of edges.into(edges.numberOf(node.id))) {
		const kind = kindOf(edges.ids[edges.sources[edge] as number] as string);
		if (kind && kind !== "logit") present[`${kind}s`] += Math.abs(edges.weights[edge] as number);
	}
	return {
		features: restOf(node.inflow.features, present.features),
		errors: restOf(node.inflow.errors, present.errors),
		tokens: restOf(node.inflow.tokens, present.tokens),
	};
}

/** What rounding leaves of a difference of sums is nothing. */
function restOf(all: number, present: number): number {
	const rest = all - present;
	return rest > 1e-9 * all ? rest : 0;
}

/** The nodes by their number in the list of edges; those without an edge come behind them. */
interface Graph {
	/** Of each node of the circuit its number here. */
	readonly numbers: Int32Array;
	/** What each counts as. */
	readonly codes: Uint8Array;
	/** The logits' weights. */
	readonly weights: Float64Array;
	/** Sum of each row, with what was cut off. */
	readonly sums: Float64Array;
	/** Of each row what comes from errors and tokens. */
	readonly errors: Float64Array;
	readonly tokens: Float64Array;
	isDoubled: boolean;
}

/** Sums in another order differ by less. */
const doubledFrom = 1 + 1e-4;

function readGraph({ nodes, metricName, features }: ScoredParts, edges: EdgeList): Graph {
	const size = edges.ids.length + nodes.length;
	const graph: Graph = {
		numbers: new Int32Array(nodes.length),
		codes: new Uint8Array(size),
		weights: new Float64Array(size),
		sums: new Float64Array(size),
		errors: new Float64Array(size),
		tokens: new Float64Array(size),
		isDoubled: false,
	};
	// Kinds as they are, beside what a node counts as: a remainder is of what its sources are.
	const own = new Uint8Array(size);
	for (const [i, node] of nodes.entries()) {
		const known = edges.numberOf(node.id);
		const number = known < 0 ? edges.ids.length + i : known;
		graph.numbers[i] = number;
		own[number] = codes[node.kind];
		const isOutside = node.kind === "feature" && features !== undefined && !features.has(node.id);
		graph.codes[number] = isOutside ? codes.error : codes[node.kind];
	}
	const shares = weighLogits(nodes, metricName);
	for (const [i, { id }] of nodes.entries()) graph.weights[graph.numbers[i] as number] = shares.get(id) ?? 0;
	const present = { features: new Float64Array(size), errors: new Float64Array(size), tokens: new Float64Array(size) };
	const { sources, targets, weights } = edges;
	for (let edge = 0; edge < edges.length; edge++) {
		const [source, target] = [sources[edge] as number, targets[edge] as number];
		if (!hasRow(graph.codes[target] as number)) continue;
		const kind = kinds[(own[source] as number) - 1];
		if (kind === undefined) continue;
		const amount = Math.abs(weights[edge] as number);
		addTo(present[kind], target, amount);
		addTo(graph.sums, target, amount);
		if (graph.codes[source] === codes.error) addTo(graph.errors, target, amount);
		if (graph.codes[source] === codes.token) addTo(graph.tokens, target, amount);
	}
	for (const [i, { inflow }] of nodes.entries()) {
		const node = graph.numbers[i] as number;
		if (!inflow || !hasRow(graph.codes[node] as number)) continue;
		graph.isDoubled ||= kinds.some((kind) => (present[kind][node] as number) > doubledFrom * inflow[kind]);
		for (const kind of kinds) {
			const rest = restOf(inflow[kind], present[kind][node] as number);
			addTo(graph.sums, node, rest);
			if (kind !== "features") addTo(graph[kind], node, rest);
		}
	}
	return graph;
}

const hasRow = (code: number) => code === codes.feature || code === codes.logit;

function addTo(sums: Float64Array, at: number, amount: number): void {
	sums[at] = (sums[at] as number) + amount;
}

/** Influence on the logits, every node after all that it leads to; not whole where a circle keeps nodes waiting. */
function sweep({ codes: code, weights, sums }: Graph, edges: EdgeList) {
	const influence = new Float64Array(code.length);
	const { starts, edges: incoming } = edges.byTarget;
	// How many edges out of each node lead into a row that was not taken yet.
	const open = new Uint32Array(code.length);
	const isRow = (node: number) => hasRow(code[node] as number) && (sums[node] as number) > 0;
	let rows = 0;
	for (let node = 0; node < edges.ids.length; node++) {
		if (!isRow(node)) continue;
		rows++;
		for (let i = starts[node] as number; i < (starts[node + 1] as number); i++) {
			const source = edges.sources[incoming[i] as number] as number;
			open[source] = (open[source] as number) + 1;
		}
	}
	const ready = new Uint32Array(edges.ids.length);
	let [taken, waiting, done] = [0, 0, 0];
	for (let node = 0; node < edges.ids.length; node++) if (open[node] === 0) ready[waiting++] = node;
	while (taken < waiting) {
		const node = ready[taken++] as number;
		if (!isRow(node)) continue;
		done++;
		const output = (influence[node] as number) + (weights[node] as number);
		for (let i = starts[node] as number; i < (starts[node + 1] as number); i++) {
			const edge = incoming[i] as number;
			const source = edges.sources[edge] as number;
			const share = Math.abs(edges.weights[edge] as number) / (sums[node] as number);
			if (code[source] !== noNode) addTo(influence, source, output * share);
			open[source] = (open[source] as number) - 1;
			if (open[source] === 0) ready[waiting++] = source;
		}
	}
	return { influence, isWhole: done === rows };
}

function aggregate(graph: Graph, influence: Float64Array): CircuitScores {
	const { codes: code, weights, sums, errors, tokens } = graph;
	let [fromTokens, fromErrors, whole, complete] = [0, 0, 0, 0];
	let isReached = false;
	for (const node of graph.numbers) {
		if (code[node] === noNode) continue;
		const output = (influence[node] as number) + (weights[node] as number);
		const sum = sums[node] as number;
		const errorShare = sum > 0 ? (errors[node] as number) / sum : 0;
		isReached ||= code[node] === codes.logit && sum > 0;
		whole += output;
		complete += output * (1 - errorShare);
		fromErrors += output * errorShare;
		if (sum > 0) fromTokens += (output * (tokens[node] as number)) / sum;
	}
	const reached = fromTokens + fromErrors;
	return {
		replacement: reached > 0 ? clamp(fromTokens / reached) : null,
		completeness: isReached && whole > 0 ? clamp(complete / whole) : null,
	};
}

/** Rounding alone leaves [0, 1]. */
const clamp = (share: number) => Math.min(1, Math.max(0, share));
