import { decode, decoderRows, encode, type OracleDictionary, unnormalisingFactors } from "./dictionary.ts";
import { type OracleModel, type Replace, runGpt2 } from "./gpt2.ts";
import { measure, numberOf, type OracleMetric, runTokens } from "./metric.ts";
import { at, dot, fill, findGradients, leaf, type Matrix, matrix, rowOf, type Variable } from "./tape.ts";

export interface OracleInputs {
	readonly model: OracleModel;
	/** At most one per site. */
	readonly dictionaries: readonly OracleDictionary[];
	/** With BOS where the dictionaries want it, and with the target of a cross-entropy. */
	readonly tokens: readonly number[];
	readonly patchTokens?: readonly number[];
	readonly metric: OracleMetric;
	readonly integratedGradients?: number;
}

/** All that a site with a dictionary holds on one prompt. Matrices have one row per token that the model ran on. */
export interface SiteActivity {
	readonly dictionary: OracleDictionary;
	readonly x: Matrix;
	/** `[tokens, d_sae]` */
	readonly activations: Matrix;
	readonly error: Matrix;
	/** `∂m/∂x` of the plain model. */
	readonly gradient: Matrix;
	/** `∂m/∂a`, plain also with integrated gradients. */
	readonly featureGradients: Matrix;
	readonly attributions: Matrix;
	readonly errorAttributions: readonly number[];
	/** Active in the prompt or in its patch. */
	isActive(position: number, feature: number): boolean;
	/** What the feature adds to the site beyond its baseline: activation × un-normalising factor × decoder row. */
	contribution(position: number, feature: number): Float64Array;
	/** The error, less the patch prompt's. */
	readonly errorContribution: Matrix;
}

export interface PlainRun {
	readonly metric: number;
	readonly activities: readonly SiteActivity[];
	/** `∂m/∂logit` of the last position, the logits there, and `∂m/∂x` at the embedding. */
	readonly logitGradients: Float64Array;
	readonly logits: Float64Array;
	readonly embeddingGradient: Matrix;
}

/** Runs the plain model on the prompt and attributes the metric to the features and errors of every dictionary. */
export function attributeSites(inputs: OracleInputs): PlainRun {
	const { model, dictionaries, tokens, metric } = inputs;
	const run = runMetric(inputs);
	const used = (site: string) => run.sites(site);
	const [logitGradient, embeddingGradient, ...gradients] = findGradients(run.metric, matrix(1, 1, [1]), [
		run.logits,
		used("embed_-1"),
		...dictionaries.map(({ site }) => used(site)),
	]) as [Matrix, Matrix, ...Matrix[]];
	const patchRun = inputs.patchTokens && runGpt2(model, runTokens(metric, inputs.patchTokens));
	const last = runTokens(metric, tokens).length - 1;
	return {
		metric: numberOf(run.metric),
		logits: rowOf(run.logits.value, last),
		logitGradients: rowOf(logitGradient, last),
		embeddingGradient,
		activities: dictionaries.map((dictionary, i) => {
			const patch = patchRun?.sites.get(dictionary.site)?.computed;
			return attributeSite(inputs, dictionary, used(dictionary.site).value, gradients[i] as Matrix, patch?.value);
		}),
	};
}

function attributeSite(
	inputs: OracleInputs,
	dictionary: OracleDictionary,
	x: Matrix,
	gradient: Matrix,
	patchX: Matrix | undefined,
): SiteActivity {
	const patch = patchX && reconstruct(dictionary, patchX);
	const patchActivations = patch?.activations;
	const { activations, error } = reconstruct(dictionary, x);
	const errorContribution = patch ? fill(x.rows, x.cols, (t, i) => at(error, t, i) - at(patch.error, t, i)) : error;
	const rows = decoderRows(dictionary);
	const factors = unnormalisingFactors(dictionary, x);
	const project = (g: Matrix) =>
		fill(x.rows, rows.rows, (t, f) => at(factors, t, 0) * dot(rowOf(g, t), rowOf(rows, f)));
	const featureGradients = project(gradient);
	const baseline = patchActivations ?? matrix(activations.rows, activations.cols);
	const attributed = inputs.integratedGradients
		? project(integrate(inputs, dictionary, x, activations, baseline, inputs.integratedGradients))
		: featureGradients;
	const change = (t: number, f: number) =>
		patchActivations ? at(patchActivations, t, f) - at(activations, t, f) : at(activations, t, f);
	return {
		dictionary,
		x,
		activations,
		error,
		gradient,
		featureGradients,
		attributions: fill(x.rows, rows.rows, (t, f) => at(attributed, t, f) * change(t, f)),
		errorAttributions: Array.from(
			{ length: x.rows },
			(_, t) => (patch ? -1 : 1) * dot(rowOf(gradient, t), rowOf(errorContribution, t)),
		),
		errorContribution,
		isActive: (t, f) => at(activations, t, f) !== 0 || at(baseline, t, f) !== 0,
		contribution: (t, f) =>
			rowOf(rows, f).map((value) => (at(activations, t, f) - at(baseline, t, f)) * at(factors, t, 0) * value),
	};
}

function reconstruct(dictionary: OracleDictionary, x: Matrix): { activations: Matrix; error: Matrix } {
	const site = leaf(x);
	const encoded = encode(dictionary, site);
	const reconstruction = decode(dictionary, encoded, site).value;
	return {
		activations: encoded.value,
		error: fill(x.rows, x.cols, (t, i) => at(x, t, i) - at(reconstruction, t, i)),
	};
}

/** Mean of `∂m/∂x` while the site goes from the prompt's reconstruction towards the baseline's, error and all else kept. */
function integrate(
	inputs: OracleInputs,
	dictionary: OracleDictionary,
	x: Matrix,
	activations: Matrix,
	baseline: Matrix,
	steps: number,
): Matrix {
	const decoded = (a: Matrix) => decode(dictionary, leaf(a), leaf(x)).value;
	const [from, to] = [decoded(activations), decoded(baseline)];
	let mean = matrix(x.rows, x.cols);
	for (let step = 0; step < steps; step++) {
		const alpha = step / steps;
		const moved = leaf(fill(x.rows, x.cols, (t, i) => at(x, t, i) + alpha * (at(to, t, i) - at(from, t, i))));
		const run = runMetric(inputs, (site) => (site === dictionary.site ? moved : undefined));
		const [gradient] = findGradients(run.metric, matrix(1, 1, [1]), [moved]) as [Matrix];
		const sum = mean;
		mean = fill(x.rows, x.cols, (t, i) => at(sum, t, i) + at(gradient, t, i) / steps);
	}
	return mean;
}

/** The plain model and its metric, with sites replaced where asked. */
export function runMetric(
	{ model, tokens, metric }: OracleInputs,
	replace?: Replace,
): { metric: Variable; logits: Variable; sites: (name: string) => Variable } {
	const run = runGpt2(model, runTokens(metric, tokens), replace);
	return {
		metric: measure(metric, tokens, run.logits),
		logits: run.logits,
		sites: (name) => {
			const site = run.sites.get(name);
			if (!site) throw new Error(`No site ${name}.`);
			return site.used;
		},
	};
}
