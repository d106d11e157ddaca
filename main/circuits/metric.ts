import { AppError } from "#shared/errors";
import {
	buildFinalNorm,
	buildLogits,
	buildUnembedding,
	type FinalStream,
	type Gpt2GraphOptions,
	pickPosition,
} from "../model/gpt2-graph.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { add, mul } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import { reduceLogSumExp, reduceSum } from "../onnx/reductions.ts";
import type { Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";

/**
 * A scalar of the logits at the last position. All metrics are `Σᵢ cᵢ·logit(vᵢ) + c₀·log Σ exp(logits)`:
 * cross-entropy is c = −1, c₀ = 1; log-probability is its negative; logits and their differences have c₀ = 0.
 */
export interface Metric {
	readonly name: string;
	/** Tokens that the metric names, and how much of each one's logit it holds. */
	readonly terms: readonly { readonly token: number; readonly coefficient: number }[];
	readonly normaliser: number;
	/** Tokens that the model runs on: cross-entropy keeps the last as its target. */
	readonly runIds: readonly number[];
}

/** Reads a metric's text for a prompt. Throws `usage` for an unknown metric, `bad-prompt` where the prompt is too short. */
export function parseMetric(text: string, tokenIds: readonly number[], tokenizer: Tokenizer): Metric {
	const name = text.trim();
	if (name === "cross_entropy") {
		const target = tokenIds.at(-1);
		if (target === undefined || tokenIds.length < 2)
			throw new AppError(
				"bad-prompt",
				"Cross-entropy needs a token to predict and one before it, and the prompt has only one token. Write a longer prompt or choose another --metric.",
				{ tokens: tokenIds.length },
			);
		return { name, terms: [{ token: target, coefficient: -1 }], normaliser: 1, runIds: tokenIds.slice(0, -1) };
	}
	const match = /^(logit|logprob|logit_difference)\((.*)\)$/s.exec(name);
	const [, kind, inside] = match ?? [];
	if (kind === undefined || inside === undefined)
		throw new AppError(
			"usage",
			`"${text}" is not a metric. Use cross_entropy, logit(X), logprob(X) or logit_difference(X,Y) with X a token's text or number.`,
			{ metric: text },
		);
	const tokens = kind === "logit_difference" ? resolvePair(inside, tokenizer) : [tokenizer.resolveToken(inside)];
	const terms = tokens.map((token, i) => ({ token, coefficient: i === 0 ? 1 : -1 }));
	return { name, terms, normaliser: kind === "logprob" ? -1 : 0, runIds: tokenIds };
}

/** Tokens may hold commas themselves, so every comma is tried as the one that parts them. */
function resolvePair(inside: string, tokenizer: Tokenizer): readonly number[] {
	let failure: unknown = new AppError("usage", `logit_difference needs two tokens, and "${inside}" has no comma.`, {
		inside,
	});
	for (let comma = inside.indexOf(","); comma >= 0; comma = inside.indexOf(",", comma + 1))
		try {
			const pair = [inside.slice(0, comma), inside.slice(comma + 1)].map((token) => tokenizer.resolveToken(token));
			if (pair[0] !== pair[1]) return pair;
			failure = new AppError(
				"usage",
				`logit_difference(${inside}) names one token twice. Name two different tokens.`,
				{},
			);
		} catch (error) {
			failure = error;
		}
	throw failure;
}

export interface MetricGraph {
	/** `[…, 1]`, one for each row of the batch. */
	readonly value: Value;
	/** Logits of the named tokens, `[…, 1, M]`. */
	readonly logits: Value;
	/** `log Σ exp(logits)`, `[…, 1, 1]`. */
	readonly normaliser: Value;
}

/** The metric of a final stream `[…, T, width]`; its tokens and coefficients are inputs (`metricFeeds`). */
export function buildMetric(final: FinalStream, options: Pick<Gpt2GraphOptions, "config" | "parameter">): MetricGraph {
	const last = pickPosition(input("last", [1, "T"]), final);
	const logits = buildNamedLogits(last, options);
	const normaliser = reduceLogSumExp(buildLogits(last, options), [-1]);
	const named = reduceSum(mul(logits, input("coefficients", ["M"])), [-1]);
	return { value: add(named, mul(normaliser, input("normaliser", []))), logits, normaliser };
}

/** Logits `[…, M]` of the tokens in the input `named`, each from its own row of the unembedding. */
export function buildNamedLogits(last: FinalStream, options: Pick<Gpt2GraphOptions, "config" | "parameter">): Value {
	const rows = gather(buildUnembedding(options), input("named", ["M"], "int64"));
	return matMul(buildFinalNorm(last, options), rows, { transB: true });
}

export function metricFeeds({ terms, normaliser }: Metric): Record<string, Numbers> {
	return {
		named: { data: BigInt64Array.from(terms, ({ token }) => BigInt(token)), dims: [terms.length] },
		coefficients: { data: Float32Array.from(terms, ({ coefficient }) => coefficient), dims: [terms.length] },
		normaliser: { data: Float32Array.of(normaliser), dims: [] },
	};
}

/** Selects the last of `tokens` positions. */
export function lastFeed(tokens: number): Record<string, Numbers> {
	const data = new Float32Array(tokens);
	data[tokens - 1] = 1;
	return { last: { data, dims: [1, tokens] } };
}
