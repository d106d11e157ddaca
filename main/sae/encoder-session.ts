import { mapTensor } from "../model/gpt2-parameters.ts";
import { add, greater, mul, relu, sub, toFloat } from "../onnx/elementwise.ts";
import { matMul } from "../onnx/linear.ts";
import { topK } from "../onnx/reductions.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import { type Dictionary, describeNotFinite } from "./dictionary.ts";
import { buildNormalised } from "./normalization.ts";

/** Active features, by position and then by feature: entry i is `features[i]` at `positions[i]`. */
export interface SparseActivations {
	readonly positions: Int32Array;
	readonly features: Int32Array;
	readonly activations: Float32Array;
}

/** Dense activations of one run stay below this; longer prompts are encoded in parts. */
const denseBytes = 67_108_864;

/** A dictionary's encoder, ready to run. Its matrix is mapped from the file. */
export class EncoderSession {
	readonly #session: GraphSession;
	readonly #dictionary: Dictionary;

	private constructor(session: GraphSession, dictionary: Dictionary) {
		this.#session = session;
		this.#dictionary = dictionary;
	}

	static async load(dictionary: Dictionary, options?: SessionOptions): Promise<EncoderSession> {
		return new EncoderSession(await GraphSession.load(buildEncoder(dictionary), options), dictionary);
	}

	/** Sparse activations of `x [T, dIn]`. Throws `bad-file` where they are not finite. */
	async run(x: Float32Array): Promise<SparseActivations> {
		const { dIn, dSae, config } = this.#dictionary;
		const tokens = x.length / dIn;
		const step = Math.max(1, Math.floor(denseBytes / (4 * (config.k ?? dSae))));
		const [positions, features, activations]: [number[], number[], number[]] = [[], [], []];
		for (let first = 0; first < tokens; first += step) {
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

/** `values` are activations `[T, dSae]`, or for topk `[T, k]` with `indices`. Inactive ones are 0. */
function buildEncoder(dictionary: Dictionary): Record<string, Value> {
	const { dIn, config } = dictionary;
	const normalised = buildNormalised(input("x", ["T", dIn]), dIn, config).input;
	const shifted = config.applyDecoderBiasToInput ? sub(normalised, constant(dictionary.decoderBias)) : normalised;
	const product = matMul(shifted, mapTensor(dictionary.encoder));
	const bias = constant(dictionary.encoderBias);
	if (dictionary.gate) {
		const open = toFloat(greater(add(product, constant(dictionary.gate.bias)), 0));
		return { values: mul(relu(add(mul(product, constant(dictionary.gate.scale)), bias)), open) };
	}
	const before = add(product, bias);
	if (dictionary.threshold)
		return { values: mul(relu(before), toFloat(greater(before, constant(dictionary.threshold)))) };
	if (config.k === undefined) return { values: relu(before) };
	const scaled = dictionary.decoderNorms ? mul(before, constant(dictionary.decoderNorms)) : before;
	const [values, indices] = topK(scaled, config.k);
	return { values: relu(values), indices };
}
