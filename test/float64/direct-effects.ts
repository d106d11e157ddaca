import { decode, encode } from "./dictionary.ts";
import { type OracleRun, runGpt2 } from "./gpt2.ts";
import { runTokens } from "./metric.ts";
import type { OracleInputs, SiteActivity } from "./site-activity.ts";
import {
	findGradients,
	leaf,
	type Matrix,
	matrix,
	multiply,
	pickColumns,
	pickRows,
	subtract,
	sumOfAll,
	type Variable,
} from "./tape.ts";

/** The model with every site that carries a dictionary held: what is computed there does not go on. */
export interface HeldRun {
	readonly run: OracleRun;
	/** What goes on from a held site, by name. */
	readonly held: ReadonlyMap<string, Variable>;
	/** The tokens' embedding before it is held, if it is. */
	readonly embedding: Variable;
}

export function runHeld(inputs: OracleInputs): HeldRun {
	const held = new Map<string, Variable>();
	const names = new Set(inputs.dictionaries.map(({ site }) => site));
	const run = runGpt2(inputs.model, runTokens(inputs.metric, inputs.tokens), (site, computed) => {
		if (!names.has(site)) return undefined;
		const variable = leaf(computed.value);
		held.set(site, variable);
		return variable;
	});
	return { run, held, embedding: computedAt(run, "embed_-1") };
}

/** Cotangents of a scalar of the held run: at each held site, and at the embedding. */
export function pullToSites(
	{ held, embedding }: HeldRun,
	scalar: Variable,
): { bySite: Map<string, Matrix>; atEmbedding: Matrix } {
	const names = [...held.keys()];
	const [atEmbedding, ...gradients] = findGradients(scalar, matrix(1, 1, [1]), [
		embedding,
		...names.map((name) => held.get(name) as Variable),
	]) as [Matrix, ...Matrix[]];
	return { bySite: new Map(names.map((name, i) => [name, gradients[i] as Matrix])), atEmbedding };
}

/** `y = w · a_d` of a feature. */
export function featureTarget({ run }: HeldRun, { dictionary, featureGradients }: SiteActivity) {
	const encoded = encode(dictionary, computedAt(run, dictionary.site));
	const weighted = multiply(encoded, leaf(featureGradients));
	return (position: number, feature: number) => pickColumns(pickRows(weighted, [position]), feature, feature + 1);
}

/** `y = g · e(x)` of the error at a position. */
export function errorTarget({ run }: HeldRun, { dictionary, gradient }: SiteActivity) {
	const x = computedAt(run, dictionary.site);
	const weighted = multiply(subtract(x, decode(dictionary, encode(dictionary, x), x)), leaf(gradient));
	return (position: number) => sumOfAll(pickRows(weighted, [position]));
}

/** `y = w · logit` at the last position. */
export function logitTarget({ run }: HeldRun, token: number, weight: number): Variable {
	const logit = pickColumns(pickRows(run.logits, [run.logits.value.rows - 1]), token, token + 1);
	return multiply(logit, leaf(matrix(1, 1, [weight])));
}

function computedAt(run: OracleRun, site: string): Variable {
	const found = run.sites.get(site);
	if (!found) throw new Error(`No site ${site}.`);
	return found.computed;
}
