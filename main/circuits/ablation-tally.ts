import { assert } from "#shared/errors";
import type { TokenEffect } from "#shared/feature-facts";
import { formatNodeId } from "#shared/node-id";
import { pickExtremes } from "#shared/top";
import type { AblationEffect, LogitEffect } from "#shared/trace";
import type { AblationRequest } from "#shared/trace-request";
import type { Dictionary } from "../sae/dictionary.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { logSumExp } from "./knock-out.ts";
import type { MethodInputs } from "./method-inputs.ts";

/** What ablating some features of one site showed; JSON, kept as a piece. */
export interface Findings {
	/** Not thresholded yet; zero effects are left out. */
	readonly effects: readonly AblationEffect[];
	readonly logits: readonly LogitEffect[];
}

/** The token that the model holds likeliest after the first prompt. */
export interface Likeliest {
	readonly token: number;
	readonly logProbability: number;
}

export function findLikeliest(logits: Float32Array): Likeliest {
	const [most] = pickExtremes(logits, 1, "largest");
	assert(most, "a vocabulary has a token");
	return { token: most.index, logProbability: most.value - logSumExp(logits) };
}

/** Means over prompts of what each ablated feature changes. */
export class AblationTally {
	readonly #dictionary: Dictionary;
	readonly #next: Dictionary | undefined;
	readonly #inputs: MethodInputs;
	readonly #choice: AblationRequest;
	/** Prompts on which a feature is active. */
	readonly #counts = new Map<number, number>();
	readonly #effects = new Map<number, Map<string, number>>();
	/** Σ over prompts of `log p(base) − log p(ablated)`, by feature. */
	readonly #logits = new Map<number, Float32Array>();
	readonly #logitCounts = new Map<number, number>();
	readonly #likeliest: Likeliest;

	constructor(
		dictionary: Dictionary,
		next: Dictionary | undefined,
		inputs: MethodInputs,
		choice: AblationRequest,
		likeliest: Likeliest,
	) {
		this.#dictionary = dictionary;
		this.#next = next;
		this.#inputs = inputs;
		this.#choice = choice;
		this.#likeliest = likeliest;
	}

	/** Row 0 of each batch is the model as it is; the same shapes give it the same rounding. */
	addEffects(
		features: readonly number[],
		encoded: SparseActivations,
		{ positions, firstPosition }: { readonly positions: number; readonly firstPosition: number },
		length: number,
	): void {
		const rows: Map<string, number>[] = Array.from({ length: features.length + 1 }, () => new Map());
		for (const [i, feature] of encoded.features.entries()) {
			const at = encoded.positions[i] as number;
			const position = firstPosition + (at % positions);
			const key = `${feature}@${this.#hasOneLength(length) ? position : ""}`;
			rows[Math.floor(at / positions)]?.set(key, encoded.activations[i] as number);
		}
		const base = rows[0] as Map<string, number>;
		for (const [i, feature] of features.entries()) {
			this.#counts.set(feature, (this.#counts.get(feature) ?? 0) + 1);
			const row = rows[i + 1] as Map<string, number>;
			const sums = this.#effects.get(feature) ?? new Map<string, number>();
			this.#effects.set(feature, sums);
			for (const key of new Set([...base.keys(), ...row.keys()])) {
				const effect = (row.get(key) ?? 0) - (base.get(key) ?? 0);
				if (effect !== 0) sums.set(key, (sums.get(key) ?? 0) + effect);
			}
		}
	}

	addLogits(features: readonly number[], effects: Float32Array): void {
		const width = effects.length / (features.length + 1);
		for (const [i, feature] of features.entries()) {
			this.#logitCounts.set(feature, (this.#logitCounts.get(feature) ?? 0) + 1);
			const row = effects.subarray((i + 1) * width, (i + 2) * width);
			const sums = this.#logits.get(feature);
			if (!sums) this.#logits.set(feature, row.slice());
			else for (let token = 0; token < width; token++) sums[token] = (sums[token] as number) + (row[token] as number);
		}
	}

	finish(): Findings {
		const { site } = this.#dictionary;
		const effects: AblationEffect[] = [];
		for (const [feature, sums] of [...this.#effects].sort(([a], [b]) => a - b)) {
			const count = this.#counts.get(feature) as number;
			for (const [key, sum] of sums) {
				const [target, position] = key.split("@") as [string, string];
				effects.push({
					source: formatNodeId({ kind: "feature", site, feature }),
					target: formatNodeId({ kind: "feature", site: (this.#next as Dictionary).site, feature: Number(target) }),
					position: position === "" ? null : Number(position),
					effect: sum / count,
					count,
				});
			}
		}
		return {
			effects,
			logits: [...this.#logits].sort(([a], [b]) => a - b).map(([feature, sums]) => this.#describeLogits(feature, sums)),
		};
	}

	#describeLogits(feature: number, sums: Float32Array): LogitEffect {
		const count = this.#logitCounts.get(feature) as number;
		const { tokenizer } = this.#inputs;
		const list = (end: "largest" | "smallest", sign: 1 | -1): readonly TokenEffect[] =>
			pickExtremes(sums, this.#choice.logitTokens, end)
				.filter(({ value }) => sign * value > 0)
				.map(({ index, value }) => ({ token: tokenizer.tokenText(index), effect: value / count }));
		return {
			source: formatNodeId({ kind: "feature", site: this.#dictionary.site, feature }),
			up: list("largest", 1),
			down: list("smallest", -1),
			onLikeliest: (sums[this.#likeliest.token] as number) / count,
		};
	}

	#hasOneLength(length: number): boolean {
		return this.#inputs.prompts.every((ids) => ids.length === length);
	}
}
