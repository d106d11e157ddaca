import type { SiteName } from "#shared/site";
import type { Baseline } from "#shared/validation";
import type { SessionOptions } from "../onnx/session.ts";
import { CorpusEncoder } from "../sae/corpus-encoder.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import type { MeasuredText } from "./measure.ts";
import type { MethodInputs } from "./method-inputs.ts";

/** Activations of one dictionary on one text. */
interface Entries {
	readonly positions: number[];
	readonly features: number[];
	readonly activations: number[];
}

/** What takes the place of activations that are left out, text by text. */
export class TextBaselines {
	readonly #baseline: Baseline;
	readonly #dictionaries: readonly Dictionary[];
	readonly #lengths: readonly number[];
	#means: ReadonlyMap<SiteName, Float32Array> = new Map();
	/** Of each text, what its activations (or those of its patch) are. */
	readonly #encodings: ReadonlyMap<SiteName, Entries>[] = [];

	private constructor(baseline: Baseline, dictionaries: readonly Dictionary[], texts: readonly MeasuredText[]) {
		this.#baseline = baseline;
		this.#dictionaries = dictionaries;
		this.#lengths = texts.map(({ ids }) => ids.length);
	}

	/** Encodes the texts (or their patches) where the baseline needs it; `step` is called behind each. */
	static async load(
		baseline: Baseline,
		{ model, dictionaries }: MethodInputs,
		texts: readonly MeasuredText[],
		session: SessionOptions,
		step: () => Promise<void>,
	): Promise<TextBaselines> {
		const baselines = new TextBaselines(baseline, dictionaries, texts);
		if (baseline === "zero") return baselines;
		const encoder = await CorpusEncoder.load(model, dictionaries, session);
		try {
			const sums = dictionaries.map(({ dSae }) => new Float64Array(dSae));
			for (const { ids, patch } of texts) {
				await baselines.#encode(encoder, (baseline === "patch" ? patch : ids) ?? ids, sums);
				await step();
			}
			baselines.#setMeans(sums);
		} finally {
			await encoder.dispose();
		}
		return baselines;
	}

	async #encode(encoder: CorpusEncoder, ids: readonly number[], sums: readonly Float64Array[]): Promise<void> {
		const keep = this.#baseline !== "mean";
		const found = this.#dictionaries.map(() => ({ positions: [], features: [], activations: [] }) as Entries);
		await encoder.run([ids], {
			add: (dictionary, feature, _, position, value) => {
				const [sum, entries] = [sums[dictionary] as Float64Array, found[dictionary] as Entries];
				sum[feature] = (sum[feature] as number) + value;
				if (!keep) return;
				entries.positions.push(position);
				entries.features.push(feature);
				entries.activations.push(value);
			},
		});
		if (keep)
			this.#encodings.push(new Map(this.#dictionaries.map(({ siteName }, i) => [siteName, found[i] as Entries])));
	}

	#setMeans(sums: readonly Float64Array[]): void {
		const positions = this.#lengths.reduce((sum, length) => sum + length, 0);
		this.#means = new Map(
			this.#dictionaries.map(({ siteName }, i) => [
				siteName,
				Float32Array.from(sums[i] as Float64Array, (total) => total / positions),
			]),
		);
	}

	/** Of a text, by site of those asked for: nothing for zero, `[F]` for the mean, `[T, F]` of the next text or of its own patch. */
	of(
		index: number,
		sites: readonly SiteName[] = this.#dictionaries.map(({ siteName }) => siteName),
	): ReadonlyMap<SiteName, Float32Array> {
		if (this.#baseline === "zero") return new Map();
		if (this.#baseline === "mean") return this.#means;
		const other = this.#baseline === "patch" ? index : (index + 1) % this.#lengths.length;
		const [length, from] = [this.#lengths[index] ?? 0, this.#lengths[other] ?? 1];
		return new Map(
			this.#dictionaries
				.filter(({ siteName }) => sites.includes(siteName))
				.map(({ siteName, dSae }) => {
					const { positions, features, activations } = (this.#encodings[other] as ReadonlyMap<SiteName, Entries>).get(
						siteName,
					) as Entries;
					const dense = new Float32Array(length * dSae);
					// A shorter text begins anew.
					for (const [i, feature] of features.entries())
						for (let t = positions[i] as number; t < length; t += from)
							dense[t * dSae + feature] = activations[i] as number;
					return [siteName, dense];
				}),
		);
	}
}
