import type { SiteName } from "#shared/site";
import { gather, matMul } from "../onnx/linear.ts";
import { floats, GraphSession, type Numbers, onProcessor, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { decoderFactors, loadDecoderRows } from "../sae/dictionary-slice.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { withoutMean, writesWithoutMean } from "../sae/normalization.ts";
import { gatherStoredRows } from "../sae/stored-matrix.ts";

/** What a site upstream holds: features in sparse form, and one vector at each position (its error, or a token). */
export interface UpSite {
	readonly from: SiteName | "tokens";
	readonly width: number;
	readonly tokens: number;
	/** `[T, width]`. */
	readonly vectors: Float32Array;
	/** By position and then by feature; `scale [T]` is what one unit of the decoder's output is in the model's units. */
	readonly features?: {
		readonly dictionary: Dictionary;
		readonly entries: SparseActivations;
		readonly scale: Float32Array;
	};
}

/** Products with the features of one position after another: entry `e` of position `b` for row `r` is at `(b · rows + r) · width + e`. */
export interface UpProduct {
	readonly width: number;
	readonly features: Float32Array;
	/** `[positions, rows]`. */
	readonly vectors: Float32Array;
}

/** Decoder rows that are gathered at once, and cotangents beside them, stay near the processor. */
const blockBytes = 4_194_304;

/** Multiplies cotangents at a site by what lies there. Decoder rows are read where they lie, as they are needed. */
export class UpProducts {
	readonly site: UpSite;
	/** Entries of position `t` are those from `begins[t]` to `begins[t + 1]`. */
	readonly begins: Int32Array;
	/** What an entry's product is multiplied by to become what the feature contributes. */
	readonly factors: Float64Array;
	readonly #session: GraphSession;
	readonly #rows: { readonly data: Float32Array; readonly numbers: ReadonlyMap<number, number> } | undefined;

	/** What stays in memory while this is loaded, mapped or read. */
	readonly bytes: number;

	private constructor(
		site: UpSite,
		session: GraphSession,
		rows: Float32Array | undefined,
		known: Int32Array,
		bytes: number,
	) {
		this.site = site;
		this.bytes = bytes;
		this.#session = session;
		this.#rows = rows && { data: rows, numbers: new Map(Array.from(known, (feature, i) => [feature, i])) };
		this.begins = new Int32Array(site.tokens + 1);
		for (const position of site.features?.entries.positions ?? [])
			this.begins[position + 1] = (this.begins[position + 1] as number) + 1;
		for (let t = 0; t < site.tokens; t++)
			this.begins[t + 1] = (this.begins[t + 1] as number) + (this.begins[t] as number);
		this.factors = measureFactors(site, rows !== undefined);
	}

	static async load(site: UpSite, options?: SessionOptions): Promise<UpProducts> {
		const { width, features } = site;
		const cotangents = input("cotangents", ["B", "R", width]);
		const outputs: Record<string, Value> = {
			vectors: matMul(cotangents, input("vectors", ["B", 1, width]), { transB: true }),
		};
		const known = features ? Int32Array.from(new Set(features.entries.features)).sort() : new Int32Array();
		// A matrix that lies by columns is read once; gathering from it would touch all of it each time.
		const rows =
			features?.dictionary.decoder.transposed && known.length > 0
				? loadDecoderRows(features.dictionary, known)
				: undefined;
		if (features && known.length > 0) {
			const { dictionary } = features;
			const indices = input("indices", ["B", "U"], "int64");
			const own = rows ? gather(input("rows", ["F", width]), indices) : gatherStoredRows(dictionary.decoder, indices);
			const meanless = !rows && writesWithoutMean(dictionary);
			outputs["features"] = matMul(meanless ? withoutMean(cotangents) : cotangents, own, { transB: true });
		}
		const held = rows?.byteLength ?? features?.dictionary.decoder.tensor.bytes ?? 0;
		return new UpProducts(site, await GraphSession.load(outputs, onProcessor(options)), rows, known, held);
	}

	/** Of `cotangents [positions, rows, width]`, handed over some positions at a time: `first` is the first of them. */
	async run(
		cotangents: Float32Array,
		positions: ArrayLike<number>,
		rows: number,
		take: (first: number, count: number, product: UpProduct) => void,
	): Promise<void> {
		const { width } = this.site;
		const each = rows * width;
		for (let first = 0; first < positions.length; ) {
			let [count, longest] = [0, 1];
			while (first + count < positions.length) {
				const wider = Math.max(longest, this.#count(positions[first + count] as number));
				if (count > 0 && 4 * (count + 1) * (wider * width + each + rows * wider) > blockBytes) break;
				longest = wider;
				count++;
			}
			const block = Array.from({ length: count }, (_, i) => positions[first + i] as number);
			const results = await this.#session.run({
				cotangents: { data: cotangents.subarray(first * each, (first + count) * each), dims: [count, rows, width] },
				...this.#inputs(block, longest),
			});
			const features = this.#session.has("features") ? floats(results, "features") : new Float32Array();
			take(first, count, { width: longest, features, vectors: floats(results, "vectors") });
			first += count;
		}
	}

	#count(position: number): number {
		return (this.begins[position + 1] as number) - (this.begins[position] as number);
	}

	#inputs(positions: readonly number[], longest: number): Record<string, Numbers> {
		const { width, vectors, features } = this.site;
		const own = new Float32Array(positions.length * width);
		const indices = new BigInt64Array(features ? positions.length * longest : 0);
		for (const [b, position] of positions.entries()) {
			own.set(vectors.subarray(position * width, (position + 1) * width), b * width);
			for (let i = 0; features && i < this.#count(position); i++) {
				const feature = features.entries.features[(this.begins[position] as number) + i] as number;
				indices[b * longest + i] = BigInt(this.#rows?.numbers.get(feature) ?? feature);
			}
		}
		return {
			vectors: { data: own, dims: [positions.length, 1, width] },
			indices: { data: indices, dims: [positions.length, longest] },
			...(this.#rows && { rows: { data: this.#rows.data, dims: [this.#rows.data.length / width, width] } }),
		};
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

/** `amount · scale`, and the decoder's own factor where its rows are taken as they are stored. */
function measureFactors({ features }: UpSite, folded: boolean): Float64Array {
	if (!features) return new Float64Array();
	const { entries, scale, dictionary } = features;
	const own = folded ? undefined : decoderFactors(dictionary, entries.features);
	return Float64Array.from(
		entries.activations,
		(amount, i) => amount * (scale[entries.positions[i] as number] as number) * (own?.[i] ?? 1),
	);
}
