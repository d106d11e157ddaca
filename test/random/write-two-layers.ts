import { join } from "node:path";
import { writeRandomDictionary } from "./write-dictionary.ts";
import { writeRandomModel } from "./write-model.ts";

/** A model of two layers in `root/model`, and dictionaries at its attention, MLP and stream in `root/saes`. */
export function writeTwoLayers(root: string): void {
	writeRandomModel(join(root, "model"), { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1])
		for (const hook of ["hook_attn_out", "hook_mlp_out", "hook_resid_post"])
			writeRandomDictionary(join(root, "saes", `${layer}.${hook}`), `blocks.${layer}.${hook}`, {
				dIn: 12,
				dSae: 30,
				kind: "standard",
				seed: 10 * layer + hook.length,
			});
}
