import {
	add,
	at,
	divide,
	exponential,
	fill,
	joinColumns,
	leaf,
	type Matrix,
	map,
	matmul,
	meanOfRows,
	multiply,
	pickColumns,
	pickRows,
	scale,
	squareRoot,
	subtract,
	sumOfRows,
	transpose,
	type Variable,
} from "./tape.ts";

export interface OracleModel {
	readonly layers: number;
	readonly heads: number;
	readonly epsilon: number;
	readonly activation: "gelu_new" | "gelu" | "relu";
	/** Keys without `transformer.`; vectors are `[1, n]`. `lm_head.weight` only where the head is not tied. */
	readonly tensors: ReadonlyMap<string, Matrix>;
}

/** `computed` is what the model makes there; `used` is what goes on, another variable where the site was replaced. */
export interface OracleSite {
	readonly computed: Variable;
	readonly used: Variable;
}

export interface OracleRun {
	/**
	 * By name: `embed_-1` (tokens), `resid_-1` (with positions), then `ln1_0`, `z_0h0`, …, `z_0`, `attn_0`, `mid_0`, `mlpin_0`, `ln2_0`,
	 * `post_0`, `mlp_0`, `resid_0`, …, and `lnf_1` of two layers.
	 */
	readonly sites: ReadonlyMap<string, OracleSite>;
	/** `[tokens, vocabulary]` */
	readonly logits: Variable;
}

export type Replace = (site: string, computed: Variable) => Variable | undefined;

/** GPT-2 as its paper and Hugging Face's `modeling_gpt2` define it; `replace` may put another value at any site. */
export function runGpt2(model: OracleModel, tokens: readonly number[], replace: Replace = () => undefined): OracleRun {
	const tensor = (name: string) => {
		const found = model.tensors.get(name);
		if (!found) throw new Error(`No tensor ${name}.`);
		return leaf(found);
	};
	const linear = (x: Variable, name: string) => add(matmul(x, tensor(`${name}.weight`)), tensor(`${name}.bias`));
	const norm = (x: Variable, name: string, place: string) => {
		const centred = subtract(x, meanOfRows(x));
		const variance = meanOfRows(multiply(centred, centred));
		const deviation = squareRoot(add(variance, leaf(fill(1, 1, () => model.epsilon))));
		const normalised = site(place, divide(centred, deviation));
		return add(multiply(normalised, tensor(`${name}.weight`)), tensor(`${name}.bias`));
	};
	const sites = new Map<string, OracleSite>();
	const site = (name: string, computed: Variable) => {
		const used = replace(name, computed) ?? computed;
		sites.set(name, { computed, used });
		return used;
	};
	const positions = tokens.map((_, position) => position);
	const embedded = site("embed_-1", pickRows(tensor("wte.weight"), tokens));
	let x = site("resid_-1", add(embedded, pickRows(tensor("wpe.weight"), positions)));
	for (let layer = 0; layer < model.layers; layer++) {
		const block = `h.${layer}`;
		const heads = attend(linear(norm(x, `${block}.ln_1`, `ln1_${layer}`), `${block}.attn.c_attn`), model.heads);
		const z = joinColumns(heads.map((head, i) => site(`z_${layer}h${i}`, head)));
		const attention = site(`attn_${layer}`, linear(site(`z_${layer}`, z), `${block}.attn.c_proj`));
		const middle = site(`mid_${layer}`, add(x, attention));
		const hidden = linear(
			norm(site(`mlpin_${layer}`, scale(middle, 1)), `${block}.ln_2`, `ln2_${layer}`),
			`${block}.mlp.c_fc`,
		);
		const inner = site(`post_${layer}`, activate(hidden, model.activation));
		x = site(`resid_${layer}`, add(middle, site(`mlp_${layer}`, linear(inner, `${block}.mlp.c_proj`))));
	}
	const unembedding = tensor(model.tensors.has("lm_head.weight") ? "lm_head.weight" : "wte.weight");
	return { sites, logits: matmul(norm(x, "ln_f", `lnf_${model.layers - 1}`), transpose(unembedding)) };
}

/** Queries, keys and values `[tokens, 3 · width]` → each head's output `[tokens, width / heads]`. */
function attend(qkv: Variable, heads: number): readonly Variable[] {
	const width = qkv.value.cols / 3;
	const size = width / heads;
	const outputs: Variable[] = [];
	for (let head = 0; head < heads; head++) {
		const part = (index: number) => pickColumns(qkv, index * width + head * size, index * width + (head + 1) * size);
		const scores = scale(matmul(part(0), transpose(part(1))), 1 / Math.sqrt(size));
		outputs.push(matmul(causalSoftmax(scores), part(2)));
	}
	return outputs;
}

function causalSoftmax(scores: Variable): Variable {
	const { rows, cols } = scores.value;
	const largest = leaf(
		fill(rows, 1, (row) => Math.max(...Array.from({ length: row + 1 }, (_, col) => at(scores.value, row, col)))),
	);
	const past = leaf(fill(rows, cols, (row, col) => (col <= row ? 1 : 0)));
	// Masked before exp as well, so that a large future score cannot overflow.
	const powers = multiply(exponential(multiply(subtract(scores, largest), past)), past);
	return divide(powers, sumOfRows(powers));
}

function activate(x: Variable, activation: OracleModel["activation"]): Variable {
	if (activation === "relu")
		return map(
			x,
			(v) => Math.max(v, 0),
			(v) => (v > 0 ? 1 : 0),
		);
	if (activation === "gelu")
		return map(
			x,
			(v) => v * normalCdf(v),
			(v) => normalCdf(v) + (v * Math.exp((-v * v) / 2)) / Math.sqrt(2 * Math.PI),
		);
	const root = Math.sqrt(2 / Math.PI);
	const bend = (v: number) => Math.tanh(root * (v + 0.044715 * v ** 3));
	return map(
		x,
		(v) => 0.5 * v * (1 + bend(v)),
		(v) => 0.5 * (1 + bend(v)) + 0.5 * v * (1 - bend(v) ** 2) * root * (1 + 3 * 0.044715 * v * v),
	);
}

function normalCdf(v: number): number {
	return 0.5 * (1 + errorFunction(v / Math.SQRT2));
}

/** Abramowitz and Stegun 7.1.6, all of whose terms have one sign. */
export function errorFunction(x: number): number {
	if (Math.abs(x) > 6) return Math.sign(x);
	let term = x;
	let sum = x;
	for (let n = 1; n < 400; n++) {
		term *= (2 * x * x) / (2 * n + 1);
		sum += term;
	}
	return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
