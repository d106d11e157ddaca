import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readWeights, type Weights } from "./read-weights.ts";
import type { Tape } from "./tape.ts";

/** Variables `[position][number]`. */
export type Rows = readonly (readonly number[])[];

export class OracleModel {
	readonly layers: number;
	readonly heads: number;
	readonly width: number;
	readonly #activation: string;
	readonly #weights: ReadonlyMap<string, Weights>;
	readonly #tied: boolean;

	constructor(dir: string) {
		const config = JSON.parse(readFileSync(join(dir, "config.json"), "utf8")) as Record<string, unknown>;
		this.layers = config["n_layer"] as number;
		this.heads = config["n_head"] as number;
		this.width = config["n_embd"] as number;
		this.#activation = config["activation_function"] as string;
		this.#tied = config["tie_word_embeddings"] as boolean;
		this.#weights = readWeights(join(dir, "model.safetensors"));
	}

	weight(name: string): Weights {
		const found = this.#weights.get(name);
		if (!found) throw new Error(`no weight ${name}`);
		return found;
	}

	row(name: string, index: number): Float64Array {
		const { data, shape } = this.weight(name);
		return data.slice(index * (shape[1] as number), (index + 1) * (shape[1] as number));
	}

	/** Final residual rows; `at` sees every site in order and returns what goes on. */
	forward(tape: Tape, ids: readonly number[], at: (site: string, rows: Rows) => Rows): Rows {
		let x: Rows = ids.map((id, t) => {
			const [token, position] = [this.row("wte.weight", id), this.row("wpe.weight", t)];
			return Array.from(token, (number, i) => tape.leaf(number + (position[i] as number)));
		});
		x = at("resid_-1", x);
		const addRows = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((v, i) => tape.add(v, b[t]?.[i] as number)));
		for (let l = 0; l < this.layers; l++) {
			const z = at(`z_${l}`, this.#attend(tape, this.#norm(tape, x, `h.${l}.ln_1`), `h.${l}.attn`));
			const attn = at(`attn_${l}`, this.#affine(tape, z, `h.${l}.attn.c_proj`));
			const mid = at(`mid_${l}`, addRows(x, attn));
			const hidden = this.#affine(tape, this.#norm(tape, mid, `h.${l}.ln_2`), `h.${l}.mlp.c_fc`);
			const active = hidden.map((row) => row.map((v) => this.#activate(tape, v)));
			const mlp = at(`mlp_${l}`, this.#affine(tape, active, `h.${l}.mlp.c_proj`));
			x = at(`resid_${l}`, addRows(mid, mlp));
		}
		return x;
	}

	/** All logits of one final residual row. */
	logits(tape: Tape, row: readonly number[]): readonly number[] {
		const [normed] = this.#norm(tape, [row], "ln_f");
		const name = this.#tied ? "wte.weight" : "lm_head.weight";
		const [size = 0] = this.weight(name).shape;
		return Array.from({ length: size }, (_, id) => tape.dot(normed as readonly number[], this.row(name, id)));
	}

	#norm(tape: Tape, x: Rows, name: string): Rows {
		const [gain, bias] = [this.weight(`${name}.weight`).data, this.weight(`${name}.bias`).data];
		return x.map((row) => {
			const n = row.length;
			const mean = tape.scale(tape.sum(row), 1 / n);
			const centred = row.map((v) => tape.sub(v, mean));
			const variance = tape.scale(tape.sum(centred.map((v) => tape.mul(v, v))), 1 / n, 1e-5);
			const deviation = tape.sqrt(variance);
			return centred.map((v, i) => tape.scale(tape.div(v, deviation), gain[i] as number, bias[i] as number));
		});
	}

	#affine(tape: Tape, x: Rows, name: string): Rows {
		const { data, shape } = this.weight(`${name}.weight`);
		const bias = this.weight(`${name}.bias`).data;
		const columns = shape[1] as number;
		return x.map((row) =>
			Array.from({ length: columns }, (_, j) => tape.dot(row, Float64Array.from(row, (_v, i) => data[i * columns + j] as number), bias[j])),
		);
	}

	#attend(tape: Tape, x: Rows, name: string): Rows {
		const qkv = this.#affine(tape, x, `${name}.c_attn`);
		const size = this.width / this.heads;
		return qkv.map((row, t) =>
			Array.from({ length: this.heads }, (_, head) => {
				const part = (r: readonly number[], which: number) => r.slice(which * this.width + head * size, which * this.width + (head + 1) * size);
				const query = part(row, 0);
				const weights = qkv.slice(0, t + 1).map((other) => {
					const key = part(other, 1);
					return tape.exp(tape.scale(tape.sum(query.map((q, i) => tape.mul(q, key[i] as number))), 1 / Math.sqrt(size)));
				});
				const total = tape.sum(weights);
				return Array.from({ length: size }, (_v, i) =>
					tape.sum(weights.map((w, s) => tape.mul(tape.div(w, total), part(qkv[s] as readonly number[], 2)[i] as number))),
				);
			}).flat(),
		);
	}

	#activate(tape: Tape, v: number): number {
		const x = tape.value(v);
		if (this.#activation === "relu") return tape.map(v, Math.max(0, x), x > 0 ? 1 : 0);
		if (this.#activation === "gelu") {
			const cumulative = 0.5 * (1 + erf(x / Math.SQRT2));
			return tape.map(v, x * cumulative, cumulative + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI));
		}
		const c = Math.sqrt(2 / Math.PI);
		const t = Math.tanh(c * (x + 0.044715 * x ** 3));
		return tape.map(v, 0.5 * x * (1 + t), 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x));
	}
}

/** Maclaurin series; enough terms for the small arguments here. */
function erf(x: number): number {
	if (Math.abs(x) > 5) return Math.sign(x);
	let [term, sum] = [x, x];
	for (let n = 1; n < 120; n++) {
		term *= (-x * x) / n;
		sum += term / (2 * n + 1);
	}
	return (2 / Math.sqrt(Math.PI)) * sum;
}
