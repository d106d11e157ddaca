import { statSync } from "node:fs";
import type { TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import { loadMethodInputs } from "./method-inputs.ts";
import { loadTraceInputs } from "./trace-inputs.ts";

/** What a trace will need, from the headers of its files alone: no weight is read. */
export interface TraceEstimate {
	/** Positions that the model runs on. */
	readonly tokens: number;
	readonly sites: readonly string[];
	/** Layers that the model has. */
	readonly layers: number;
	/** Expected peak memory of all processes. */
	readonly bytes: number;
	/** Multiplications and additions in the large products. */
	readonly flops: number;
	readonly skipped: TraceResult["skipped"];
}

/** Node, ONNX Runtime and the app's own process, measured with the bundled model. */
const baseBytes = 240e6;
/** Weights are mapped once and partly packed by the runtime. */
const modelShare = 1.28;
const usualEncoderBytes = 536_870_912;
const startSeconds = 0.35;
/** Two small graphs are made and loaded for each site. */
const siteSeconds = 0.04;
/** Of one core over a whole trace, measured at GPT-2 small's shape: 36 dictionaries of 24,576, 32 tokens. */
const flopsPerCore = 35e9;
/** More cores than this do not make the small products of one prompt faster. */
const usefulCores = 8;

/** Throws what opening the files throws: the same messages that the trace itself would give. */
export function estimateTrace(request: TraceRequest, limitBytes = Number.POSITIVE_INFINITY): TraceEstimate {
	const inputs = openInputs(request);
	const { model, dictionaries, tokens, skipped } = inputs;
	const files = new Set([...model.tensors.values()].map(({ path }) => path));
	const weights = [...files].reduce((sum, path) => sum + statSync(path).size, 0);
	const encoders = dictionaries.reduce((sum, { dIn, dSae }) => sum + 4 * dIn * dSae, 0);
	const cached = Math.min(encoders, usualEncoderBytes, limitBytes);
	const largest = Math.max(0, ...dictionaries.map(({ dIn, dSae }) => 4 * dIn * dSae));
	return {
		tokens,
		sites: dictionaries.map(({ siteName }) => siteName),
		layers: model.config.layers,
		bytes: baseBytes + modelShare * weights + Math.max(cached, largest),
		flops: countFlops(request, inputs),
		skipped,
	};
}

/** Seconds for so many operations in a trace of so many sites. */
export function predictSeconds({ flops, sites }: Pick<TraceEstimate, "flops" | "sites">, cores: number): number {
	return startSeconds + siteSeconds * sites.length + flops / (flopsPerCore * Math.min(usefulCores, cores));
}

/** Methods without a metric run every token and explain what is active. */
function openInputs(request: TraceRequest) {
	if (!("metric" in request)) {
		const { model, dictionaries, skipped, prompts } = loadMethodInputs(request, [request.prompt], maxLengthOf(request));
		return { model, dictionaries, skipped, tokens: prompts[0]?.length ?? 0, paired: false };
	}
	const { model, dictionaries, skipped, metric, patch } = loadTraceInputs(request);
	return { model, dictionaries, skipped, tokens: metric.runIds.length, paired: patch !== undefined };
}

const maxLengthOf = (request: TraceRequest) => (request.method === "ablation" ? request.maxLength : undefined);

function countFlops(
	request: TraceRequest,
	{ model, dictionaries, tokens, paired }: ReturnType<typeof openInputs>,
): number {
	const { width, innerWidth, layers, vocabularySize } = model.config;
	const [attention, mlp] = [4 * width * width, 2 * width * innerWidth];
	// A product of n weights costs 2n forward and 2n backward for each token; the head reads one position.
	const run = 4 * layers * (attention + mlp) * tokens + 4 * vocabularySize * width;
	const { integratedGradients: steps = 0, choice } = "choice" in request ? request : { choice: undefined };
	const encode = dictionaries.reduce((sum, { dIn, dSae }) => sum + 2 * dIn * dSae * tokens, 0);
	const chosen = choice?.by === "count" ? choice.count : 2 * tokens;
	// Attention mixes positions, so that each down node and error has a row of its own; elsewhere rows are shared.
	const edges = dictionaries.reduce((sum, { site }) => {
		const isAttention = site.kind === "attn" || site.kind === "z";
		const rows = isAttention ? chosen + tokens : chosen / tokens + 2;
		return sum + rows * 4 * (isAttention ? attention : mlp) * tokens;
	}, 0);
	return run * (1 + (paired ? 0.5 : 0) + (steps * dictionaries.length) / 2) + encode * (paired ? 2 : 1) + edges;
}
