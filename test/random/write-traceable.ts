import { join } from "node:path";
import { writeRandomDictionary } from "./write-dictionary.ts";
import { writeRandomModel } from "./write-model.ts";

/** Writes `model` (two layers) and `saes` (attn, mlp and resid of both) into a folder: the least that can be traced. */
export function writeTraceable(folder: string): { readonly model: string; readonly saes: string } {
	const [model, saes] = [join(folder, "model"), join(folder, "saes")];
	writeRandomModel(model, { layers: 2, heads: 2, width: 8, vocabularySize: 257 });
	for (const layer of [0, 1])
		for (const [i, hook] of ["attn_out", "mlp_out", "resid_post"].entries())
			writeRandomDictionary(join(saes, `${hook}_${layer}`), `blocks.${layer}.hook_${hook}`, {
				dIn: 8,
				dSae: 24,
				kind: i === 1 ? "topk" : "standard",
				seed: 3 * layer + i,
			});
	return { model, saes };
}
