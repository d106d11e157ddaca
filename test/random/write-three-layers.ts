import { join } from "node:path";
import { writeRandomDictionary } from "./write-dictionary.ts";
import { writeRandomModel } from "./write-model.ts";

/**
 * A model of three layers in `root/model`, and in `root/saes` dictionaries that leave several sublayers between them: at the
 * MLPs of layers 0 and 1 and at the stream behind layers 0 and 2.
 */
export function writeThreeLayers(root: string): void {
	writeRandomModel(join(root, "model"), { layers: 3, heads: 2, width: 12, vocabularySize: 257, seed: 5 });
	for (const [i, site] of ["0.hook_mlp_out", "1.hook_mlp_out", "0.hook_resid_post", "2.hook_resid_post"].entries())
		writeRandomDictionary(join(root, "saes", site), `blocks.${site}`, {
			...{ dIn: 12, dSae: 30, kind: "standard", seed: 40 + i },
		});
}
