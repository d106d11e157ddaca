import { isMemoryLimited, rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "./dictionary.ts";
import { choiceOf, listChosen } from "./feature-choice.ts";
import { buildAllFeatures, buildPreActivations } from "./feature-graph.ts";
import { FoundActivations } from "./found-activations.ts";

/** Active features, by position and then by feature: entry i is `features[i]` at `positions[i]`. */
export interface SparseActivations {
	readonly positions: Int32Array;
	readonly features: Int32Array;
	readonly activations: Float32Array;
}

/** Dense activations of one run stay below this; longer prompts are encoded in parts. */
const denseBytes = 33_554_432;

/** Where dense activations are written, kept for the next dictionary: taking new memory each time costs as much as reading it. */
let scratch: Float32Array | undefined;

function takeScratch(length: number): Float32Array {
	const taken = scratch && scratch.length >= length ? scratch : new Float32Array(length);
	scratch = undefined;
	return taken;
}

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
		const found = new FoundActivations();
		const dense = choiceOf(this.#dictionary.config) ? undefined : takeScratch(Math.min(step, tokens) * dSae);
		for (let first = 0; first < tokens; first += step) {
			if (first > 0) await pause?.(first / tokens);
			const count = Math.min(step, tokens - first);
			const feeds = { x: { data: x.subarray(first * dIn, (first + count) * dIn), dims: [count, dIn] } };
			const into = dense && { values: { data: dense.subarray(0, count * dSae), dims: [count, dSae] } };
			const results = await this.#session.run(feeds, into);
			const values = dense ? dense.subarray(0, count * dSae) : floats(results, "values");
			const indices = results["indices"]?.data as BigInt64Array | undefined;
			if (indices) found.addListed(values, indices, first, count);
			else found.addDense(values, first, dSae);
		}
		if (!isMemoryLimited()) scratch = dense ?? scratch;
		const sparse = found.tell();
		if (!sparse.activations.every(Number.isFinite)) throw describeNotFinite(this.#dictionary);
		return sparse;
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
