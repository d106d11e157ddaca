import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readWeights, type Weights } from "./read-weights.ts";
import type { Tape } from "./tape.ts";

export interface Encoded {
	/** One variable a feature; inactive ones are zero. */
	readonly activations: readonly number[];
	readonly reconstruction: readonly number[];
	/** Row that one unit of each feature adds to the reconstruction. */
	direction(feature: number): readonly number[];
	/** Reconstruction of nothing. */
	readonly nothing: readonly number[];
}

/** Encoding and decoding by the letter of the published rules. */
export class OracleDictionary {
	readonly hook: string;
	readonly dSae: number;
	readonly #cfg: Record<string, unknown>;
	readonly #weights: ReadonlyMap<string, Weights>;

	constructor(dir: string) {
		this.#cfg = JSON.parse(readFileSync(join(dir, "cfg.json"), "utf8")) as Record<string, unknown>;
		this.#weights = readWeights(join(dir, "sae_weights.safetensors"));
		this.hook = this.#cfg["hook_name"] as string;
		this.dSae = this.#cfg["d_sae"] as number;
	}

	encode(tape: Tape, row: readonly number[]): Encoded {
		const n = row.length;
		const vector = (name: string) => this.#weights.get(name)?.data as Float64Array;
		const kwargs = this.#cfg["model_from_pretrained_kwargs"] as { center_writing_weights?: boolean } | undefined;
		const offset = kwargs?.center_writing_weights ? tape.scale(tape.sum(row), 1 / n) : tape.leaf(0);
		let x = row.map((v) => tape.sub(v, offset));
		let restore = (v: number) => v;
		let factor = 1;
		const rule = this.#cfg["normalize_activations"];
		if (rule === "layer_norm") {
			const mean = tape.scale(tape.sum(x), 1 / n);
			const centred = x.map((v) => tape.sub(v, mean));
			const std = tape.sqrt(tape.scale(tape.sum(centred.map((v) => tape.mul(v, v))), 1 / (n - 1)));
			x = centred.map((v) => tape.div(v, tape.scale(std, 1, 1e-5)));
			restore = (v) => tape.add(tape.mul(v, std), mean);
			factor = tape.value(std);
		}
		if (rule === "constant_norm_rescale") {
			const scale = tape.scale(tape.sqrt(tape.sum(x.map((v) => tape.mul(v, v)))), 1 / Math.sqrt(n));
			x = x.map((v) => tape.div(v, scale));
			restore = (v) => tape.mul(v, scale);
			factor = tape.value(scale);
		}
		const shift = vector("b_dec");
		if (this.#cfg["apply_b_dec_to_input"] !== false) x = x.map((v, i) => tape.scale(v, 1, -(shift[i] as number)));
		const [encoder, decoder] = [vector("W_enc"), vector("W_dec")];
		const column = (f: number) => Float64Array.from({ length: n }, (_, i) => encoder[i * this.dSae + f] as number);
		const decoderRow = (f: number) => decoder.slice(f * n, (f + 1) * n);
		const norm = (f: number) => (this.#cfg["rescale_acts_by_decoder_norm"] ? Math.hypot(...decoderRow(f)) : 1);
		const scaling = (f: number) => (this.#cfg["finetuning_scaling_factor"] ? (vector("scaling_factor")[f] as number) : 1);
		const zero = tape.leaf(0);
		const features = Array.from({ length: this.dSae }, (_, f) => f);
		let activations: number[];
		if (this.#cfg["architecture"] === "gated")
			activations = features.map((f) => {
				const product = tape.dot(x, column(f));
				const open = tape.value(product) + (vector("b_gate")[f] as number) > 0;
				const magnitude = tape.scale(product, Math.exp(vector("r_mag")[f] as number), vector("b_mag")[f] as number);
				return open && tape.value(magnitude) > 0 ? magnitude : zero;
			});
		else {
			const before = features.map((f) => tape.scale(tape.dot(x, column(f), vector("b_enc")[f] as number), norm(f)));
			const thresholds = this.#weights.get("threshold")?.data;
			const k = this.#cfg["k"] as number | undefined;
			const order = before.map((v) => tape.value(v)).sort((a, b) => b - a);
			const least = k === undefined ? Number.NEGATIVE_INFINITY : (order[k - 1] as number);
			activations = before.map((v, f) => {
				const value = tape.value(v);
				return value > 0 && value >= least && value > (thresholds?.[f] ?? 0) ? v : zero;
			});
		}
		const effective = (f: number) => Array.from(decoderRow(f), (number) => (number * scaling(f)) / norm(f));
		const active = features.filter((f) => tape.value(activations[f] as number) !== 0);
		const finish = (sum: number) => tape.add(restore(sum), offset);
		const reconstruction = row.map((_, i) =>
			finish(tape.dot(active.map((f) => activations[f] as number), active.map((f) => effective(f)[i] as number), shift[i])),
		);
		return {
			activations,
			reconstruction,
			direction: (f) => effective(f).map((number) => number * factor),
			nothing: row.map((_, i) => tape.value(finish(tape.leaf(shift[i] as number)))),
		};
	}
}
