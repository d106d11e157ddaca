import {
	add,
	at,
	exponential,
	fill,
	leaf,
	logarithm,
	matrix,
	pickColumns,
	pickRows,
	subtract,
	sumOfRows,
	type Variable,
} from "./tape.ts";

export type OracleMetric =
	| { readonly name: "cross_entropy" }
	| { readonly name: "logit"; readonly token: number }
	| { readonly name: "logprob"; readonly token: number }
	| { readonly name: "logit_difference"; readonly token: number; readonly against: number };

/** What the model runs on: cross-entropy keeps the last token back as the target. */
export function runTokens(metric: OracleMetric, tokens: readonly number[]): readonly number[] {
	return metric.name === "cross_entropy" ? tokens.slice(0, -1) : tokens;
}

/** The tokens that the metric names. */
export function namedTokens(metric: OracleMetric, tokens: readonly number[]): readonly number[] {
	if (metric.name === "cross_entropy") return tokens.slice(-1);
	return metric.name === "logit_difference" ? [metric.token, metric.against] : [metric.token];
}

/** `[tokens, vocabulary]` → `[1, 1]`, of the last row. */
export function measure(metric: OracleMetric, tokens: readonly number[], logits: Variable): Variable {
	const last = pickRows(logits, [logits.value.rows - 1]);
	const logit = (token: number) => pickColumns(last, token, token + 1);
	const logprob = (token: number) => subtract(logit(token), logSumExp(last));
	switch (metric.name) {
		case "cross_entropy":
			return subtract(leaf(matrix(1, 1)), logprob(tokens.at(-1) as number));
		case "logit":
			return logit(metric.token);
		case "logprob":
			return logprob(metric.token);
		case "logit_difference":
			return subtract(logit(metric.token), logit(metric.against));
	}
}

function logSumExp(row: Variable): Variable {
	const largest = Math.max(...row.value.data);
	const shifted = subtract(row, leaf(fill(1, 1, () => largest)));
	return add(logarithm(sumOfRows(exponential(shifted))), leaf(matrix(1, 1, [largest])));
}

export function numberOf(scalar: Variable): number {
	return at(scalar.value, 0, 0);
}
