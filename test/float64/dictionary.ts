import {
	add,
	at,
	divide,
	dot,
	fill,
	leaf,
	type Matrix,
	map,
	matmul,
	matrix,
	meanOfRows,
	multiply,
	rowOf,
	scale,
	squareRoot,
	subtract,
	sumOfRows,
	type Variable,
} from "./tape.ts";

export interface OracleDictionary {
	/** `resid_-1`, `z_0`, `attn_0`, … */
	readonly site: string;
	readonly kind: "standard" | "topk" | "abstopk" | "groupmax" | "jumprelu" | "gated" | "batchtopk";
	/** `[d_in, d_sae]` */
	readonly wEnc: Matrix;
	/** `[d_sae, d_in]` */
	readonly wDec: Matrix;
	/** `[1, d_in]` */
	readonly bDec: Matrix;
	/** `[1, d_sae]`; absent where the dictionary is gated. */
	readonly bEnc?: Matrix;
	/** Gated only, each `[1, d_sae]`. */
	readonly bGate?: Matrix;
	readonly bMag?: Matrix;
	readonly rMag?: Matrix;
	/** jumprelu and batchtopk, `[1, d_sae]`. */
	readonly threshold?: Matrix;
	/** Multiplies activations on the way into the decoder, `[1, d_sae]`. */
	readonly finetuningScale?: Matrix;
	readonly k?: number;
	readonly normalize: "none" | "layer_norm" | "constant_norm_rescale";
	readonly applyDecoderBiasToInput: boolean;
	readonly centre: boolean;
	/** Taken off before and put back behind, `[1, d_in]`. */
	readonly offset?: Matrix;
	/** Sits at a normalised stream that weights read without its mean (TransformerLens's `fold_ln`). */
	readonly meanless?: boolean;
	/** Of `expected_average_only_in`. */
	readonly normFactor?: number;
	readonly rescaleByDecoderNorm: boolean;
}

/** `[tokens, d_in]` → `[tokens, d_sae]`. Which features pass is constant; all else is differentiated. */
export function encode(dictionary: OracleDictionary, x: Variable): Variable {
	const { kind, wEnc, bDec, applyDecoderBiasToInput } = dictionary;
	const normalized = statisticsOf(dictionary, x).input;
	const input = applyDecoderBiasToInput ? subtract(normalized, leaf(bDec)) : normalized;
	const product = matmul(input, leaf(wEnc));
	if (kind === "gated") {
		const gate = add(product, leaf(given(dictionary.bGate)));
		const gain = leaf(fill(1, wEnc.cols, (_, f) => Math.exp(at(given(dictionary.rMag), 0, f))));
		const magnitude = relu(add(multiply(product, gain), leaf(given(dictionary.bMag))));
		return multiply(
			magnitude,
			passing(gate.value, (value) => value > 0),
		);
	}
	let pre = add(product, leaf(given(dictionary.bEnc)));
	if (dictionary.rescaleByDecoderNorm)
		pre = multiply(pre, leaf(fill(1, wEnc.cols, (_, f) => decoderNorm(dictionary, f))));
	if (kind === "topk") return multiply(relu(pre), leaf(largestOfRows(pre.value, given(dictionary.k))));
	if (kind === "abstopk") {
		const sizes = fill(pre.value.rows, pre.value.cols, (t, f) => Math.abs(at(pre.value, t, f)));
		return multiply(pre, leaf(largestOfRows(sizes, given(dictionary.k))));
	}
	if (kind === "groupmax") return multiply(relu(pre), leaf(largestOfGroups(pre.value, given(dictionary.k))));
	if (kind === "jumprelu" || kind === "batchtopk") {
		const threshold = given(dictionary.threshold);
		return multiply(
			relu(pre),
			passing(pre.value, (value, f) => value > at(threshold, 0, f)),
		);
	}
	return relu(pre);
}

/** `[tokens, d_sae]` → `[tokens, d_in]`; what the normalisation took from `x` is put back. */
export function decode(dictionary: OracleDictionary, activations: Variable, x: Variable): Variable {
	const { factor, shift } = statisticsOf(dictionary, x);
	const output = add(matmul(activations, leaf(decoderRows(dictionary))), leaf(dictionary.bDec));
	const whole = add(multiply(output, factor), shift);
	return dictionary.meanless ? subtract(whole, meanOfRows(whole)) : whole;
}

/** What one unit of a feature adds to the site, before the un-normalising factor. `[d_sae, d_in]` */
export function decoderRows(dictionary: OracleDictionary): Matrix {
	const { wDec, finetuningScale, rescaleByDecoderNorm, meanless } = dictionary;
	const mean = (f: number) => (meanless ? rowOf(wDec, f).reduce((sum, value) => sum + value, 0) / wDec.cols : 0);
	return fill(wDec.rows, wDec.cols, (f, i) => {
		const scaled = (at(wDec, f, i) - mean(f)) * (finetuningScale ? at(finetuningScale, 0, f) : 1);
		return rescaleByDecoderNorm ? scaled / decoderNorm(dictionary, f) : scaled;
	});
}

/** The un-normalising factor of each token, `[tokens, 1]`. */
export function unnormalisingFactors(dictionary: OracleDictionary, x: Matrix): Matrix {
	return statisticsOf(dictionary, leaf(x)).factor.value;
}

/** The encoder's input, and `output · factor + shift` that undoes it. */
function statisticsOf(dictionary: OracleDictionary, x: Variable) {
	const width = x.value.cols;
	const mean = meanOfRows(x);
	const zero = leaf(matrix(x.value.rows, 1));
	const one = leaf(fill(x.value.rows, 1, () => 1));
	const offset = dictionary.offset && leaf(dictionary.offset);
	const base = offset ? subtract(x, offset) : dictionary.centre ? subtract(x, mean) : x;
	const baseShift = offset ?? (dictionary.centre ? mean : zero);
	if (dictionary.normalize === "none") {
		const norm = dictionary.normFactor ?? 1;
		return { input: scale(base, norm), factor: scale(one, 1 / norm), shift: baseShift };
	}
	if (dictionary.normalize === "layer_norm") {
		const mu = meanOfRows(base);
		const centred = subtract(base, mu);
		const std = squareRoot(scale(sumOfRows(multiply(centred, centred)), 1 / (width - 1)));
		const epsilon = leaf(matrix(1, 1, [1e-5]));
		return { input: divide(centred, add(std, epsilon)), factor: std, shift: add(mu, baseShift) };
	}
	const norm = squareRoot(sumOfRows(multiply(base, base)));
	const factor = scale(norm, 1 / Math.sqrt(width));
	return { input: divide(base, factor), factor, shift: baseShift };
}

/** Of the row with the norm factor folded in, as SAELens's `fold_activation_norm_scaling_factor` leaves it. */
function decoderNorm({ wDec, normFactor = 1 }: OracleDictionary, feature: number): number {
	const row = rowOf(wDec, feature);
	return Math.sqrt(dot(row, row)) / normFactor;
}

function relu(x: Variable): Variable {
	return map(
		x,
		(v) => Math.max(v, 0),
		(v) => (v > 0 ? 1 : 0),
	);
}

function passing(values: Matrix, test: (value: number, feature: number) => boolean): Variable {
	return leaf(fill(values.rows, values.cols, (t, f) => (test(at(values, t, f), f) ? 1 : 0)));
}

function largestOfRows(values: Matrix, k: number): Matrix {
	const mask = matrix(values.rows, values.cols);
	for (let t = 0; t < values.rows; t++) {
		const row = rowOf(values, t);
		const order = [...row.keys()].sort((a, b) => (row[b] as number) - (row[a] as number));
		for (const f of order.slice(0, k)) mask.data[t * values.cols + f] = 1;
	}
	return mask;
}

/** Of each of `groups` runs of neighbours in a row the largest. */
function largestOfGroups(values: Matrix, groups: number): Matrix {
	const size = values.cols / groups;
	return fill(values.rows, values.cols, (t, f) => {
		const first = Math.floor(f / size) * size;
		const group = Array.from({ length: size }, (_, i) => at(values, t, first + i));
		return group.indexOf(Math.max(...group)) === f - first ? 1 : 0;
	});
}

function given<T>(value: T | undefined): T {
	if (value === undefined) throw new Error("The dictionary lacks a tensor of its kind.");
	return value;
}
