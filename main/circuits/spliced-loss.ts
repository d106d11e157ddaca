import type { SiteName } from "#shared/site";
import { differentiate } from "../onnx/differentiate.ts";
import { ones } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers, type SessionOptions, withSession } from "../onnx/session.ts";
import type { Shape, Value } from "../onnx/value.ts";
import type { MeasuredText } from "./measure.ts";
import {
	type Baselines,
	buildPart,
	type FeatureSet,
	planParts,
	type SplicedOptions,
	type SplicedPart,
	splicedFeeds,
} from "./spliced-model.ts";

export interface SplicedLossOptions extends SplicedOptions {
	readonly session: SessionOptions;
}

/** Texts of which the same is measured. */
export interface SplicedTexts {
	readonly texts: readonly MeasuredText[];
	/** Of the text of that place in the list, at these sites. */
	baselines(text: number, sites: readonly SiteName[]): Baselines;
	/** Called before every run, which blocks. */
	pause(): Promise<void>;
}

/** Streams that wait for the next part, where nothing limits them: so many that loading a part hardly counts. */
const waitingBytes = 67_108_864;

/**
 * The model with every dictionary spliced in, features outside a set at their baseline: features and errors are computed
 * anew from whatever arrives at each site. Many sets share one run. Where memory is limited the model is run part by part, and
 * what leaves one waits for the next.
 */
export class SplicedLoss {
	readonly #options: SplicedLossOptions;
	readonly #parts: readonly SplicedPart[];
	/** Where the whole model is one part. */
	readonly #whole: GraphSession | undefined;

	private constructor(options: SplicedLossOptions, parts: readonly SplicedPart[], whole: GraphSession | undefined) {
		this.#options = options;
		this.#parts = parts;
		this.#whole = whole;
	}

	static async load(options: SplicedLossOptions): Promise<SplicedLoss> {
		const parts = planParts(options);
		const [whole] = parts.length === 1 ? parts : [];
		const session =
			whole && (await GraphSession.load(buildPart(options, whole).outputs, { ...options.session, prepack: true }));
		return new SplicedLoss(options, parts, session);
	}

	/** How many texts of so many tokens are best measured together for so many sets. */
	textsAtOnce(tokens: number, sets: number): number {
		return this.#whole ? 1 : rowsAtOnce(4 * sets * tokens * this.#options.model.config.width, waitingBytes);
	}

	/** What is measured of each text for each set: summed nats of all predictions, or its metric. */
	async run(texts: SplicedTexts, sets: readonly FeatureSet[]): Promise<readonly Float32Array[]> {
		let leaving: readonly Numbers[] = [];
		let shape: Shape | undefined;
		for (const part of this.#parts) {
			const work = async (session: GraphSession) => await this.#runPart(part, session, texts, sets, leaving);
			if (this.#whole) leaving = await work(this.#whole);
			else {
				const { outputs } = buildPart(this.#options, part, shape);
				shape = outputs["stream"]?.shape;
				leaving = await withSession(outputs, this.#options.session, work);
			}
		}
		return leaving.map(({ data }) => data as Float32Array);
	}

	/**
	 * What leaves a part, text by text, for all sets: streams `[N, T, width]` (`[T, width]` before the first dictionary), or
	 * losses `[N]`. `entering` is what left the part before.
	 */
	async #runPart(
		{ dictionaries }: SplicedPart,
		session: GraphSession,
		{ texts, baselines, pause }: SplicedTexts,
		sets: readonly FeatureSet[],
		entering: readonly Numbers[],
	): Promise<readonly Numbers[]> {
		const sites = dictionaries.map(({ siteName }) => siteName);
		const leaving: Numbers[] = [];
		for (const [index, text] of texts.entries()) {
			const replaced = baselines(index, sites);
			const stream = entering[index];
			const atOnce = this.#setsAtOnce(text.ids.length);
			const found: Numbers[] = [];
			for (let first = 0; first < sets.length; first += atOnce) {
				await pause();
				const some = sets.slice(first, first + atOnce);
				const results = await session.run({
					...splicedFeeds(this.#options, dictionaries, text, some, replaced),
					...(stream && { stream: cutRows(stream, first, some.length) }),
				});
				const leaves = (results["losses"] ?? results["stream"]) as Numbers;
				found.push(leaves);
				// Nothing was replaced yet: one for all sets.
				if (leaves.dims.length === 2) break;
			}
			leaving.push(joinRows(found));
		}
		return leaving;
	}

	/** How many sets of features fit in one run over so many tokens. */
	#setsAtOnce(tokens: number): number {
		const { dictionaries, model } = this.#options;
		const { heads, innerWidth, vocabularySize } = model.config;
		const widest = Math.max(...dictionaries.map(({ dSae }) => 3 * dSae));
		return rowsAtOnce(4 * tokens * Math.max(heads * tokens + innerWidth, widest, vocabularySize));
	}

	async dispose(): Promise<void> {
		await this.#whole?.dispose();
	}
}

/** Rows `first … first + count − 1` of `[N, T, width]`; what has no rows is the same for all. */
function cutRows({ data, dims }: Numbers, first: number, count: number): Numbers {
	if (dims.length < 3) return { data, dims };
	const [, ...rest] = dims;
	const size = rest.reduce((product, dim) => product * dim, 1);
	return { data: (data as Float32Array).subarray(first * size, (first + count) * size), dims: [count, ...rest] };
}

/** `[a, …]` and `[b, …]` as `[a + b, …]`. */
function joinRows(parts: readonly Numbers[]): Numbers {
	const [first] = parts;
	if (parts.length === 1 && first) return first;
	const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
	let at = 0;
	for (const part of parts) {
		data.set(part.data as Float32Array, at);
		at += part.data.length;
	}
	const rows = parts.reduce((sum, { dims }) => sum + (dims[0] as number), 0);
	return { data, dims: [rows, ...(first?.dims.slice(1) ?? [])] };
}

/** How what is measured changes with how much of each feature is kept, in the very graph of `SplicedLoss`. */
export class SplicedGradient {
	readonly #session: GraphSession;
	readonly #options: SplicedLossOptions;

	private constructor(session: GraphSession, options: SplicedLossOptions) {
		this.#session = session;
		this.#options = options;
	}

	static async load(options: SplicedLossOptions): Promise<SplicedGradient> {
		const { dictionaries, model } = options;
		const { outputs: built, kept } = buildPart(options, { first: 0, last: model.config.layers - 1, dictionaries });
		const sites = [...kept.keys()];
		const gradients = differentiate([{ value: built["losses"] as Value, cotangent: ones(1) }], [...kept.values()]);
		const outputs = sites.flatMap((site, i) => (gradients[i] ? [[`g:${site}`, gradients[i]] as const] : []));
		return new SplicedGradient(await GraphSession.load(Object.fromEntries(outputs), options.session), options);
	}

	/** `∂m/∂keep`, `[F]` a site, where the set's features are kept. A site that reaches nothing has none. */
	async run(text: MeasuredText, set: FeatureSet, baselines: Baselines): Promise<ReadonlyMap<SiteName, Float32Array>> {
		const results = await this.#session.run(
			splicedFeeds(this.#options, this.#options.dictionaries, text, [set], baselines),
		);
		const sites = this.#options.dictionaries.map(({ siteName }) => siteName);
		return new Map(sites.filter((site) => results[`g:${site}`]).map((site) => [site, floats(results, `g:${site}`)]));
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}
