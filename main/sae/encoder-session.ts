import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "./dictionary.ts";
import { choiceOf, listChosen } from "./feature-choice.ts";
import { buildAllFeatures, buildPreActivations } from "./feature-graph.ts";

/** Active features, by position and then by feature: entry i is `features[i]` at `positions[i]`. */
export interface SparseActivations {
	readonly positions: Int32Array;
	readonly features: Int32Array;
	readonly activations: Float32Array;
}

/** Dense activations of one run stay below this; longer prompts are encoded in parts. */
const denseBytes = 33_554_432;

/** A dictionary's encoder, ready to run. Its matrix is mapped from the file. */
export class EncoderSession {
	readonly #session: GraphSession;
	readonly #dictionary: Dictionary;

	private constructor(session: GraphSession, dictionary: Dictionary) {
		this.#session = session;
		this.#dictionary = dictionary;
	}

	static async load(dictionary: Dictionary, options?: SessionOptions): Promise<EncoderSession> {
		return new EncoderSession(
			await GraphSession.load({ ...buildEncoder(input("x", ["T", dictionary.dIn]), dictionary) }, options),
			dictionary,
		);
	}

	/**
	 * Sparse activations of `x [T, dIn]`. Throws `bad-file` where they are not finite. `pause` is called between runs with
	 * the share that is done.
	 */
	async run(x: Float32Array, pause?: (share: number) => Promise<void>): Promise<SparseActivations> {
		const { dIn, dSae } = this.#dictionary;
		const tokens = x.length / dIn;
		const step = rowsAtOnce(4 * dSae, denseBytes);
		const [positions, features, activations]: [number[], number[], number[]] = [[], [], []];
		for (let first = 0; first < tokens; first += step) {
			if (first > 0) await pause?.(first / tokens);
			const count = Math.min(step, tokens - first);
			const results = await this.#session.run({
				x: { data: x.subarray(first * dIn, (first + count) * dIn), dims: [count, dIn] },
			});
			const values = floats(results, "values");
			const indices = results["indices"]?.data as BigInt64Array | undefined;
			const width = values.length / count;
			for (let t = 0; t < count; t++) {
				const found: [number, number][] = [];
				for (let i = t * width; i < (t + 1) * width; i++) {
					const value = values[i] as number;
					if (value !== 0) found.push([indices ? Number(indices[i]) : i - t * width, value]);
				}
				if (indices) found.sort((a, b) => a[0] - b[0]);
				for (const [feature, value] of found) {
					if (!Number.isFinite(value)) throw describeNotFinite(this.#dictionary);
					positions.push(first + t);
					features.push(feature);
					activations.push(value);
				}
			}
		}
		return {
			positions: Int32Array.from(positions),
			features: Int32Array.from(features),
			activations: Float32Array.from(activations),
		};
	}

	async dispose(): Promise<void> {
		await this.#session.dispose();
	}
}

/** Of `x […, dIn]`: `values` are activations `[…, dSae]`, or for kinds that choose `[…, k]` with `indices`. Inactive ones are 0. */
export function buildEncoder(x: Value, dictionary: Dictionary): { readonly values: Value; readonly indices?: Value } {
	const choice = choiceOf(dictionary.config);
	if (!choice) return { values: buildAllFeatures(x, dictionary).activations };
	return listChosen(buildPreActivations(x, dictionary), choice);
}
