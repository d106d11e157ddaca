import { basename, join } from "node:path";
import { z } from "zod";
import { loadTorchFile } from "../../model/torch-file.ts";
import { plainConfig } from "../dictionary-config.ts";
import { orient } from "../stored-matrix.ts";
import type { DictionaryFormat, OpenDictionary } from "./dictionary-format.ts";
import { DictionaryTensors } from "./dictionary-tensors.ts";
import { readConfig } from "./read-config.ts";

/** The first sets at attention's heads (Kissane and Krzyzanowski 2024): many `NAME.pt` with `NAME_cfg.json` in one folder. */
export const earlyHookZ: DictionaryFormat = {
	name: "early hook_z set",
	find: (folder, names) =>
		[...names]
			.filter((name) => name.endsWith(".pt") && names.has(name.replace(/\.pt$/, "_cfg.json")))
			.map((name) => join(folder, name)),
	open: openEarly,
};

const schema = z.object({
	act_name: z.string(),
	act_size: z.number().int().positive(),
	dict_size: z.number().int().positive(),
	model_name: z.string().nullish(),
	seq_len: z.number().int().positive().nullish(),
});

/** ReLU on `(x − b_dec)·W_enc + b_enc`. */
function openEarly(path: string): OpenDictionary {
	const configPath = path.replace(/\.pt$/, "_cfg.json");
	const fields = readConfig(configPath, schema, "an early hook_z dictionary", "Download it again.");
	const { act_name, act_size: dIn, dict_size: dSae, model_name, seq_len } = fields;
	const stored = new DictionaryTensors(path, loadTorchFile(path).tensors, "standard", basename(configPath));
	stored.refuseOthers(["W_enc", "W_dec", "b_enc", "b_dec"]);
	return {
		config: {
			...plainConfig(act_name, configPath),
			// Trained on TransformerLens's processed model, as all of that time.
			...(act_name.endsWith("hook_z") && { valueBiases: "folded" as const }),
			...{ dIn, dSae },
			...(model_name && { modelName: model_name }),
			...(seq_len && { contextSize: seq_len }),
		},
		...{ dIn, dSae },
		encoder: orient(stored.find("W_enc", [dIn, dSae]), false),
		decoder: orient(stored.find("W_dec", [dSae, dIn]), false),
		files: [configPath, path],
		readVectors: () => ({ encoderBias: stored.vector("b_enc", dSae), decoderBias: stored.vector("b_dec", dIn) }),
	};
}
