import { fillNormal, seededRandom } from "#shared/random";
import {
	buildFinalNorm,
	buildGpt2Sites,
	buildUnembedding,
	causalMask,
	type Gpt2GraphOptions,
} from "../model/gpt2-graph.ts";
import { add, mul, sub } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { reduceLogSumExp, reduceSum } from "../onnx/reductions.ts";
import { GraphSession, type Numbers } from "../onnx/session.ts";
import { reshape } from "../onnx/shaping.ts";
import { input } from "../onnx/sources.ts";
import type { TrainingGraph } from "../onnx/training-session.ts";
import type { Value } from "../onnx/value.ts";

/** The bundled model's shape. Everything else about it follows from the corpus and the seed. */
export const referenceConfig = {
	layers: 4,
	heads: 4,
	width: 128,
	innerWidth: 512,
	vocabularySize: 2048,
	contextLength: 128,
	layerNormEpsilon: 1e-5,
	activation: "gelu_tanh",
	tiedHead: true,
} as const;

/** GPT-2's initialisation (Radford et al. 2019): N(0, 0.02), projections into the residual stream scaled by 1/√(2·layers). */
export function startParameters(seed: number): ReadonlyMap<string, Numbers> {
	const { layers, width, innerWidth, vocabularySize, contextLength } = referenceConfig;
	const random = seededRandom(seed);
	const parameters = new Map<string, Numbers>();
	const normal = (name: string, dims: readonly [number, number], deviation = 0.02) =>
		parameters.set(name, { data: fillNormal(new Float32Array(dims[0] * dims[1]), deviation, random), dims });
	const fill = (name: string, size: number, number: number) =>
		parameters.set(name, { data: new Float32Array(size).fill(number), dims: [size] });
	const layerNorm = (name: string) => {
		fill(`${name}.weight`, width, 1);
		fill(`${name}.bias`, width, 0);
	};
	const projection = 0.02 / Math.sqrt(2 * layers);
	normal("wte.weight", [vocabularySize, width]);
	normal("wpe.weight", [contextLength, width]);
	for (let layer = 0; layer < layers; layer++) {
		const block = `h.${layer}`;
		layerNorm(`${block}.ln_1`);
		normal(`${block}.attn.c_attn.weight`, [width, 3 * width]);
		fill(`${block}.attn.c_attn.bias`, 3 * width, 0);
		normal(`${block}.attn.c_proj.weight`, [width, width], projection);
		fill(`${block}.attn.c_proj.bias`, width, 0);
		layerNorm(`${block}.ln_2`);
		normal(`${block}.mlp.c_fc.weight`, [width, innerWidth]);
		fill(`${block}.mlp.c_fc.bias`, innerWidth, 0);
		normal(`${block}.mlp.c_proj.weight`, [innerWidth, width], projection);
		fill(`${block}.mlp.c_proj.bias`, width, 0);
	}
	layerNorm("ln_f");
	return parameters;
}

/** Mean next-token cross-entropy (nats) of `ids [batch, context]` against `targets [batch·context]`. */
export function buildModelLoss(parameter: (name: string) => Value, batch: number): TrainingGraph {
	const { contextLength, width } = referenceConfig;
	const ids = input("ids", [batch, contextLength], "int64");
	const embedding = add(gather(parameter("wte.weight"), ids), parameter("wpe.weight"));
	const mask = input("mask", [contextLength, contextLength]);
	const options = { config: referenceConfig, parameter, embedding, mask };
	const sites = buildGpt2Sites(options);
	const count = batch * contextLength;
	const last = reshape(sites.get(`resid_${referenceConfig.layers - 1}`) as Value, [count, width]);
	return { loss: buildTokenLoss(last, options), metrics: {} };
}

/** Mean cross-entropy (nats) of final residuals `[N, width]` against the input `targets [N]`. */
function buildTokenLoss(last: Value, options: Pick<Gpt2GraphOptions, "config" | "parameter">): Value {
	const count = last.shape[0] as number;
	const hidden = buildFinalNorm({ value: last, normalised: false }, options);
	const unembedding = buildUnembedding(options);
	const normaliser = reduceLogSumExp(matMul(hidden, unembedding, { transB: true }), [-1]);
	// The target's logit from its own row: no pass over the whole vocabulary to pick one number.
	const logit = reduceSum(mul(hidden, gather(unembedding, input("targets", [count], "int64"))), [-1]);
	return mul(reduceSum(sub(normaliser, logit), [-1, -2], false), 1 / count);
}

/** Windows of the corpus: `<|endoftext|>`, then consecutive tokens; each predicts the next. */
export function buildBatch(tokens: Uint16Array, starts: readonly number[], bos: number): Record<string, Numbers> {
	const { contextLength } = referenceConfig;
	const ids = new BigInt64Array(starts.length * contextLength);
	const targets = new BigInt64Array(ids.length);
	for (const [row, start] of starts.entries())
		for (let t = 0; t < contextLength; t++) {
			const at = row * contextLength + t;
			ids[at] = BigInt(t === 0 ? bos : (tokens[start + t - 1] as number));
			targets[at] = BigInt(tokens[start + t] as number);
		}
	return {
		ids: { data: ids, dims: [starts.length, contextLength] },
		targets: { data: targets, dims: [ids.length] },
		mask: causalMask(contextLength),
	};
}

/** The windows of one training step, the same for the same seed and step, so that a stopped run can go on. */
export function drawStarts(tokens: Uint16Array, batch: number, seed: number, step: number): readonly number[] {
	const random = seededRandom(seed * 1_000_003 + step);
	const range = tokens.length - referenceConfig.contextLength;
	return Array.from({ length: batch }, () => Math.floor(random() * range));
}

/** Mean nats a token over all of `tokens`, in windows that do not overlap. */
export async function measureLoss(
	parameters: ReadonlyMap<string, Numbers>,
	tokens: Uint16Array,
	bos: number,
): Promise<number> {
	const batch = 16;
	const { loss } = buildModelLoss((name) => input(name, parameters.get(name)?.dims ?? []), batch);
	const session = await GraphSession.load({ loss });
	const { contextLength } = referenceConfig;
	const windows = Math.floor(tokens.length / contextLength);
	let [sum, runs] = [0, 0];
	for (let first = 0; first + batch <= windows; first += batch, runs++) {
		const starts = Array.from({ length: batch }, (_, i) => (first + i) * contextLength);
		const results = await session.run({ ...buildBatch(tokens, starts, bos), ...Object.fromEntries(parameters) });
		sum += results["loss"]?.data[0] as number;
	}
	await session.dispose();
	return sum / runs;
}
