import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillNormal, seededRandom } from "#shared/random";
import { saveSafetensors, type TensorToSave } from "../../main/model/save-safetensors.ts";

export interface RandomDictionary {
	readonly dIn: number;
	readonly dSae: number;
	readonly kind: "standard" | "topk" | "jumprelu" | "gated" | "batchtopk";
	/** Fields of `cfg.json` beside those that follow from the kind. */
	readonly fields?: Readonly<Record<string, unknown>>;
	readonly k?: number;
	readonly scalingFactor?: boolean;
	readonly dtype?: "F32" | "F16";
	readonly seed?: number;
}

/** Writes a SAELens folder with random weights. */
export function writeRandomDictionary(dir: string, hook: string, options: RandomDictionary): void {
	const { dIn, dSae, kind, k = 4, dtype = "F32" } = options;
	const random = seededRandom(options.seed ?? 1);
	const tensors = new Map<string, TensorToSave>();
	const put = (name: string, shape: readonly number[], deviation: number, mean = 0) =>
		tensors.set(name, {
			dtype,
			shape,
			data: fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1)), deviation, random).map((x) => x + mean),
		});
	put("W_enc", [dIn, dSae], 1 / Math.sqrt(dIn));
	put("W_dec", [dSae, dIn], 1 / Math.sqrt(dIn));
	put("b_dec", [dIn], 0.1);
	if (kind === "gated") {
		put("b_gate", [dSae], 0.2, -0.6);
		put("b_mag", [dSae], 0.2);
		put("r_mag", [dSae], 0.3);
	} else put("b_enc", [dSae], 0.2, -0.5);
	if (kind === "jumprelu" || kind === "batchtopk") put("threshold", [dSae], 0.05, 0.3);
	if (options.scalingFactor) put("scaling_factor", [dSae], 0.1, 1);
	mkdirSync(dir, { recursive: true });
	saveSafetensors(join(dir, "sae_weights.safetensors"), tensors);
	const cfg = {
		architecture: kind,
		d_in: dIn,
		d_sae: dSae,
		hook_name: hook,
		prepend_bos: false,
		...(kind === "topk" && { k }),
		...options.fields,
	};
	writeFileSync(join(dir, "cfg.json"), JSON.stringify(cfg));
}
