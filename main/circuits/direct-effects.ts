import type { Site, SiteName } from "#shared/site";
import type { LanguageModel } from "../model/language-model.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { Metric } from "./metric.ts";
import { type Arrival, type PathRow, Paths } from "./paths.ts";
import type { UpProduct, UpProducts } from "./up-products.ts";
import type { Upstream } from "./upstream.ts";

/**
 * A node whose inputs are wanted: a feature with its `∂m/∂a`, an error with its gradient, errors of several positions as
 * one, a logit with `∂m/∂logit`.
 */
export type DownNode =
	| { readonly kind: "feature"; readonly feature: number; readonly position: number; readonly weight: number }
	| { readonly kind: "error"; readonly position: number }
	| { readonly kind: "errors"; readonly positions: readonly number[] }
	| { readonly kind: "logit"; readonly term: number; readonly position: number; readonly weight: number };

type SingleNode = Exclude<DownNode, { readonly kind: "errors" }>;

/** What reaches one down node from one site upstream: direct effects of ablating features, errors or tokens there. */
export interface DirectEffects {
	readonly down: DownNode;
	/** `tokens` are the embedding's own nodes. */
	readonly from: SiteName | "tokens";
	/** By position; indices into the site's contributions, and effects that are not zero. */
	readonly entries: Int32Array;
	readonly effects: Float64Array;
	/** Where errors or tokens have an effect, and which. */
	readonly positions: Int32Array;
	readonly errorEffects: Float64Array;
}

export interface DirectEffectsOptions {
	readonly model: LanguageModel;
	readonly metric: Metric;
	readonly upstream: Upstream;
	/** The site of the down nodes; absent for logits. */
	readonly into?: Site;
	readonly downNodes: readonly DownNode[];
	/** Of one down node of the site. */
	seedOf(node: DownNode): PathRow;
	readonly session?: SessionOptions;
	/** Called between runs with the share that is done, so that other work can be done or the trace be stopped. */
	pause(share: number): Promise<void>;
}

/** Joined errors of more positions have a graph of their own, whose products are with all keys at once. */
const manyPositions = 48;

/**
 * Direct effects into the down nodes of one site: `y = w_d · a_d` (for errors `Σ g · e`) differentiated along every path
 * that crosses no other dictionary, times what each node upstream holds beyond its baseline, with a minus: the effect of
 * moving it there, which with a baseline of zero is ablating it. One down node after another, with one answer for each site that reaches it.
 */
export async function* computeDirectEffects(options: DirectEffectsOptions): AsyncGenerator<DirectEffects> {
	const { model, metric, upstream: work, into, session } = options;
	const asked = { model, metric, given: work.before(into), ...(into && { into }), ...(session && { session }) };
	const joined = options.downNodes.flatMap((node) => (node.kind === "errors" ? [node] : []));
	const single = options.downNodes.flatMap((node) => (node.kind === "errors" ? [] : [node]));
	const wide = joined.some(({ positions }) => positions.length > manyPositions);
	let paths = await Paths.load({ ...asked, wide });
	if (!paths) return;
	try {
		const batches = planBatches(single, paths);
		const steps = joined.length + batches.length;
		for (const [i, node] of joined.entries())
			yield* joinErrors(node, options.seedOf(node), paths, work, (share) => options.pause((i + share) / steps));
		if (wide && paths.mixes && single.length > 0) {
			await paths.dispose();
			paths = (await Paths.load(asked)) as Paths;
		}
		for (const [i, batch] of batches.entries()) {
			await options.pause((joined.length + i) / steps);
			yield* readBatch(batch, await paths.run(batch.map((node) => options.seedOf(node))), work);
		}
	} finally {
		await paths.dispose();
	}
}

/** By position, so that no row pays for positions behind its own. */
function planBatches(nodes: readonly SingleNode[], paths: Paths): readonly (readonly SingleNode[])[] {
	const batches: SingleNode[][] = [];
	let batch: SingleNode[] = [];
	for (const node of paths.mixes ? nodes.toSorted((a, b) => a.position - b.position) : nodes) {
		const first = batch[0]?.position ?? 0;
		const isFull = batch.length >= rowsAtOnce(paths.rowBytes(1, node.position + 1));
		const isFar = paths.mixes && batch.length >= 4 && node.position + 1 > 1.5 * (first + 1) + 16;
		if (batch.length > 0 && (isFull || isFar)) {
			batches.push(batch);
			batch = [];
		}
		batch.push(node);
	}
	if (batch.length > 0) batches.push(batch);
	return batches;
}

async function* readBatch(
	batch: readonly SingleNode[],
	arrivals: readonly Arrival[],
	work: Upstream,
): AsyncGenerator<DirectEffects> {
	const found = new Map(batch.map((down) => [down, [] as DirectEffects[]]));
	const positions = batch.map(({ position }) => position);
	for (const [from, arrived] of Map.groupBy(arrivals, (arrival) => arrival.from)) {
		const products = await work.of(from);
		const isAlone = arrived.every(({ at }) => at === "own");
		const tallies = positions.map((position) => new Tally(products, isAlone ? position : 0, position));
		for (const { at, cotangents } of arrived)
			if (at === "own")
				await products.run(cotangents, positions, 1, (first, count, product) => {
					for (let i = 0; i < count; i++) tallies[first + i]?.add(positions[first + i] as number, product, i);
				});
			else {
				const every = Array.from({ length: Math.max(...positions) + 1 }, (_, t) => t);
				await products.run(cotangents, every, batch.length, (first, count, product) => {
					for (let i = 0; i < count; i++)
						for (const [row, tally] of tallies.entries())
							if (first + i <= (positions[row] as number)) tally.add(first + i, product, i * batch.length + row);
				});
			}
		for (const [row, down] of batch.entries()) found.get(down)?.push((tallies[row] as Tally).tell(down));
	}
	for (const effects of found.values()) yield* effects;
}

/** Errors of many positions as one node ask some positions at a time; what arrives adds up. */
async function* joinErrors(
	down: DownNode,
	{ positions, cotangents }: PathRow,
	paths: Paths,
	work: Upstream,
	pause: (share: number) => Promise<void>,
): AsyncGenerator<DirectEffects> {
	const tallies = new Map<Arrival["from"], Tally>();
	const sums = new Map<Arrival["from"], Float32Array>();
	const width = cotangents.length / positions.length;
	const atOnce = paths.positionsAtOnce((positions.at(-1) as number) + 1);
	for (let first = 0; first < positions.length; first += atOnce) {
		await pause(first / positions.length);
		const part = positions.slice(first, first + atOnce);
		const seeds = cotangents.subarray(first * width, (first + part.length) * width);
		for (const { from, at, cotangents: arrived } of await paths.run([{ positions: part, cotangents: seeds }])) {
			const products = await work.of(from);
			const tally = tallies.get(from) ?? new Tally(products, 0, positions.at(-1) as number);
			tallies.set(from, tally);
			if (at === "own")
				await products.run(arrived, part, 1, (begin, count, product) => {
					for (let i = 0; i < count; i++) tally.add(part[begin + i] as number, product, i);
				});
			else {
				const sum = sums.get(from) ?? new Float32Array(products.site.tokens * products.site.width);
				for (let i = 0; i < arrived.length; i++) sum[i] = (sum[i] as number) + (arrived[i] as number);
				sums.set(from, sum);
			}
		}
	}
	for (const [from, sum] of sums) {
		const products = await work.of(from);
		const every = Array.from({ length: (positions.at(-1) as number) + 1 }, (_, t) => t);
		const summed = sum.subarray(0, every.length * products.site.width);
		await products.run(summed, every, 1, (begin, count, product) => {
			for (let i = 0; i < count; i++) tallies.get(from)?.add(begin + i, product, i);
		});
	}
	for (const tally of tallies.values()) yield tally.tell(down);
}

/** Effects of one site on one down node from the positions `first` to `last`, as they come in. */
class Tally {
	readonly #products: UpProducts;
	readonly #first: number;
	/** Of the entries at these positions, and of what else lies there. */
	readonly #effects: Float64Array;
	readonly #errorEffects: Float64Array;

	constructor(products: UpProducts, first: number, last: number) {
		const { begins } = products;
		this.#products = products;
		this.#first = first;
		this.#effects = new Float64Array((begins[last + 1] as number) - (begins[first] as number));
		this.#errorEffects = new Float64Array(last + 1 - first);
	}

	/** What a position contributes, of which a product holds row `row`. */
	add(position: number, { width, features, vectors }: UpProduct, row: number): void {
		const { begins, factors } = this.#products;
		const effects = this.#effects;
		const begin = begins[position] as number;
		const count = (begins[position + 1] as number) - begin;
		const to = begin - (begins[this.#first] as number);
		for (let i = 0; i < count; i++) {
			const amount = (features[row * width + i] as number) * (factors[begin + i] as number);
			effects[to + i] = (effects[to + i] as number) - amount;
		}
		const at = position - this.#first;
		this.#errorEffects[at] = (this.#errorEffects[at] as number) - (vectors[row] as number);
	}

	tell(down: DownNode): DirectEffects {
		const { begins, site } = this.#products;
		const entries = listNonzero(this.#effects);
		const positions = listNonzero(this.#errorEffects);
		return {
			down,
			from: site.from,
			entries: entries.map((i) => i + (begins[this.#first] as number)),
			effects: Float64Array.from(entries, (i) => this.#effects[i] as number),
			positions: positions.map((i) => i + this.#first),
			errorEffects: Float64Array.from(positions, (i) => this.#errorEffects[i] as number),
		};
	}
}

function listNonzero(numbers: Float64Array): Int32Array {
	const places = new Int32Array(numbers.length);
	let count = 0;
	for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) places[count++] = i;
	return places.subarray(0, count);
}
