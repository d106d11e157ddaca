import type { CircuitEdge } from "./circuit.ts";
import { AppError } from "./errors.ts";
import { LazyRows } from "./rows.ts";
import { strongestFirst } from "./strongest-first.ts";

/** Edges by column: edge i leads from `ids[sources[i]]` to `ids[targets[i]]`. An id may have no edge. */
export interface EdgeColumns {
	readonly ids: readonly string[];
	readonly sources: Uint32Array;
	readonly targets: Uint32Array;
	readonly weights: Float64Array;
}

/** Edges of each node: those of node n are `edges[starts[n]]` … `edges[starts[n + 1] − 1]`, in the order of the list. */
export interface EdgesByNode {
	readonly starts: Uint32Array;
	readonly edges: Uint32Array;
}

/**
 * Edges of a circuit as columns, 16 bytes an edge; no two lead from the same node to the same node. Never changed: what
 * is derived from it (order by strength, edges of a node) is computed once, when it is first asked for.
 */
export class EdgeList extends LazyRows<CircuitEdge> implements EdgeColumns {
	static readonly none = new EdgeList({
		ids: [],
		sources: new Uint32Array(0),
		targets: new Uint32Array(0),
		weights: new Float64Array(0),
	});

	/** Edges of any kind as columns; a list is itself. */
	static from(edges: Iterable<CircuitEdge>): EdgeList {
		if (edges instanceof EdgeList) return edges;
		const columns = new EdgeBuilder();
		for (const { source, target, weight } of edges) columns.add(source, target, weight);
		return columns.build();
	}

	/** Columns that somebody sent. Throws `bad-file` where they do not fit together. */
	static check({ ids, sources, targets, weights }: EdgeColumns): EdgeList {
		const isNode = (index: number) => index < ids.length;
		const fits =
			sources.length === weights.length &&
			targets.length === weights.length &&
			ids.every((id) => typeof id === "string") &&
			sources.every(isNode) &&
			targets.every(isNode);
		if (!fits) throw new AppError("bad-file", "The edges of a circuit are damaged: their columns do not fit together.");
		return new EdgeList({ ids, sources, targets, weights });
	}

	readonly ids: readonly string[];
	readonly sources: Uint32Array;
	readonly targets: Uint32Array;
	readonly weights: Float64Array;
	/** The list whose first edges these are: what is derived from it serves here too. */
	readonly #whole: EdgeList | undefined;
	#numbers: ReadonlyMap<string, number> | undefined;
	#order: Uint32Array | undefined;
	#bySource: EdgesByNode | undefined;
	#byTarget: EdgesByNode | undefined;

	constructor({ ids, sources, targets, weights }: EdgeColumns, whole?: EdgeList) {
		super();
		this.ids = ids;
		this.sources = sources;
		this.targets = targets;
		this.weights = weights;
		this.#whole = whole;
	}

	get length(): number {
		return this.weights.length;
	}

	/** What can be sent to where a list has no methods. */
	get columns(): EdgeColumns {
		const { ids, sources, targets, weights } = this;
		// A part of a column would take the whole along.
		if (weights.byteLength === weights.buffer.byteLength) return { ids, sources, targets, weights };
		return { ids, sources: sources.slice(), targets: targets.slice(), weights: weights.slice() };
	}

	/** Number of a node in `ids`; −1 where it has none. */
	numberOf(id: string): number {
		if (this.#whole) return this.#whole.numberOf(id);
		this.#numbers ??= new Map(this.ids.map((known, i) => [known, i]));
		return this.#numbers.get(id) ?? -1;
	}

	/** Numbers of the edges by |weight|, the strongest first. */
	get strongestFirst(): Uint32Array {
		this.#order ??= strongestFirst(this.weights);
		return this.#order;
	}

	/** Numbers of the edges out of a node, in the order of the list. */
	outOf(node: number): Uint32Array {
		if (this.#whole) return this.#own(this.#whole.outOf(node));
		return slotOf(this.bySource, node);
	}

	/** Numbers of the edges into a node, in the order of the list. */
	into(node: number): Uint32Array {
		if (this.#whole) return this.#own(this.#whole.into(node));
		return slotOf(this.byTarget, node);
	}

	/** Numbers of the edges into and out of a node, in the order of the list. */
	*touching(node: number): Generator<number> {
		const [out, into] = [this.outOf(node), this.into(node)];
		for (let [i, j] = [0, 0]; i < out.length || j < into.length; )
			yield (out[i] ?? this.length) < (into[j] ?? this.length) ? (out[i++] as number) : (into[j++] as number);
	}

	get bySource(): EdgesByNode {
		this.#bySource ??= groupByNode(this.sources, this.ids.length);
		return this.#bySource;
	}

	get byTarget(): EdgesByNode {
		this.#byTarget ??= groupByNode(this.targets, this.ids.length);
		return this.#byTarget;
	}

	/** Number of an edge; −1 where there is none. */
	indexOf(source: string, target: string): number {
		const to = this.numberOf(target);
		for (const edge of this.outOf(this.numberOf(source))) if (this.targets[edge] === to) return edge;
		return -1;
	}

	/** Edges by number, in that order. */
	pick(edges: Uint32Array): EdgeList {
		const [sources, targets] = [new Uint32Array(edges.length), new Uint32Array(edges.length)];
		const weights = new Float64Array(edges.length);
		for (let i = 0; i < edges.length; i++) {
			const edge = edges[i] as number;
			sources[i] = this.sources[edge] as number;
			targets[i] = this.targets[edge] as number;
			weights[i] = this.weights[edge] as number;
		}
		return new EdgeList({ ids: this.ids, sources, targets, weights });
	}

	/** The edges whose number passes; the list itself where all do. */
	where(test: (edge: number) => boolean): EdgeList {
		const kept = new Uint32Array(this.length);
		let count = 0;
		for (let i = 0; i < this.length; i++) if (test(i)) kept[count++] = i;
		return count === this.length ? this : this.pick(kept.subarray(0, count));
	}

	/** The first edges, without a copy. */
	first(count: number): EdgeList {
		if (count >= this.length) return this;
		return new EdgeList(
			{
				ids: this.ids,
				sources: this.sources.subarray(0, count),
				targets: this.targets.subarray(0, count),
				weights: this.weights.subarray(0, count),
			},
			this.#whole ?? this,
		);
	}

	/** Without ids that have no edge. */
	compact(): EdgeList {
		const columns = new EdgeBuilder();
		columns.addAll(this);
		return columns.build();
	}

	protected override read(index: number): CircuitEdge {
		return {
			source: this.ids[this.sources[index] as number] as string,
			target: this.ids[this.targets[index] as number] as string,
			weight: this.weights[index] as number,
		};
	}

	#own(edges: Uint32Array): Uint32Array {
		let count = edges.length;
		while (count > 0 && (edges[count - 1] as number) >= this.length) count--;
		return edges.subarray(0, count);
	}
}

/** Grows a list edge by edge; lists that were built before stay as they are. */
export class EdgeBuilder {
	readonly #ids: string[] = [];
	readonly #numbers = new Map<string, number>();
	#sources = new Uint32Array(64);
	#targets = new Uint32Array(64);
	#weights = new Float64Array(64);
	#length = 0;

	get length(): number {
		return this.#length;
	}

	add(source: string, target: string, weight: number): void {
		this.#push(this.#numberOf(source), this.#numberOf(target), weight);
	}

	addAll(edges: Iterable<CircuitEdge>): void {
		const { ids, sources, targets, weights } = EdgeList.from(edges);
		const numbers = new Int32Array(ids.length).fill(-1);
		const numberOf = (node: number) => {
			if ((numbers[node] as number) < 0) numbers[node] = this.#numberOf(ids[node] as string);
			return numbers[node] as number;
		};
		this.#reserve(this.#length + weights.length);
		for (let i = 0; i < weights.length; i++)
			this.#push(numberOf(sources[i] as number), numberOf(targets[i] as number), weights[i] as number);
	}

	/** What was added so far; shares its memory with what is added later. */
	build(): EdgeList {
		return new EdgeList({
			ids: this.#ids.slice(),
			sources: this.#sources.subarray(0, this.#length),
			targets: this.#targets.subarray(0, this.#length),
			weights: this.#weights.subarray(0, this.#length),
		});
	}

	#numberOf(id: string): number {
		const known = this.#numbers.get(id);
		if (known !== undefined) return known;
		this.#numbers.set(id, this.#ids.length);
		return this.#ids.push(id) - 1;
	}

	#push(source: number, target: number, weight: number): void {
		if (this.#length === this.#weights.length) this.#reserve(2 * this.#length);
		this.#sources[this.#length] = source;
		this.#targets[this.#length] = target;
		this.#weights[this.#length++] = weight;
	}

	#reserve(length: number): void {
		if (length <= this.#weights.length) return;
		this.#sources = grow(this.#sources, new Uint32Array(length));
		this.#targets = grow(this.#targets, new Uint32Array(length));
		this.#weights = grow(this.#weights, new Float64Array(length));
	}
}

function grow<T extends { set(from: T): void }>(from: T, into: T): T {
	into.set(from);
	return into;
}

function slotOf({ starts, edges }: EdgesByNode, node: number): Uint32Array {
	return node < 0 ? edges.subarray(0, 0) : edges.subarray(starts[node], starts[node + 1]);
}

/** Adds to a count, and returns what it was before. */
function addAt(counts: Uint32Array, index: number, more: number): number {
	const before = counts[index] as number;
	counts[index] = before + more;
	return before;
}

/** Sorts edges by the node at one end, by counting. */
export function groupByNode(ends: ArrayLike<number>, nodes: number): EdgesByNode {
	const starts = new Uint32Array(nodes + 1);
	for (let i = 0; i < ends.length; i++) addAt(starts, (ends[i] as number) + 1, 1);
	for (let node = 0; node < nodes; node++) addAt(starts, node + 1, starts[node] as number);
	const next = starts.slice();
	const edges = new Uint32Array(ends.length);
	for (let i = 0; i < ends.length; i++) {
		const node = ends[i] as number;
		edges[addAt(next, node, 1)] = i;
	}
	return { starts, edges };
}
