import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { loadSafetensorsHeader, type StoredTensor } from "../../model/safetensors.ts";
import { type DictionaryConfig, parseDictionaryConfig } from "../dictionary-config.ts";
import { measureRowNorms, type StoredMatrix } from "../stored-matrix.ts";
import type { DictionaryFormat, OpenDictionary } from "./dictionary-format.ts";
import { DictionaryTensors, readFinite } from "./dictionary-tensors.ts";

/** SAELens's folders, of all versions: `cfg.json` and `sae_weights.safetensors`. */
export const saelens: DictionaryFormat = {
	name: "SAELens",
	find: (folder, names) => (names.has("cfg.json") && !names.has("sae.safetensors") ? [folder] : []),
	open: openSaelens,
};

function openSaelens(folder: string): OpenDictionary {
	const configPath = join(folder, "cfg.json");
	const weightsPath = join(folder, "sae_weights.safetensors");
	const config = parseDictionaryConfig(readFileSync(configPath, "utf8"), folder);
	const { tensors } = loadSafetensorsHeader(weightsPath);
	const stored = new DictionaryTensors(weightsPath, tensors, config.architecture, "cfg.json");
	const { shape } = stored.find("W_enc");
	const [dIn, dSae] = [config.dIn ?? shape[0] ?? 0, config.dSae ?? shape[1] ?? 0];
	const encoder: StoredMatrix = { tensor: stored.find("W_enc", [dIn, dSae]), transposed: false };
	const decoder: StoredMatrix = { tensor: stored.find("W_dec", [dSae, dIn]), transposed: false };
	if (config.k !== undefined && config.k > dSae)
		throw new AppError("bad-file", `${configPath} keeps k = ${config.k} of only ${dSae} features. Download it again.`, {
			path: configPath,
		});
	const gated = config.architecture === "gated";
	return {
		...{ config, dIn, dSae, encoder, decoder },
		files: [configPath, weightsPath],
		readVectors() {
			const scalingFactor = readScalingFactor(tensors.get("scaling_factor"), dSae, config, folder);
			return {
				encoderBias: stored.vector(gated ? "b_mag" : "b_enc", dSae),
				decoderBias: stored.vector("b_dec", dIn),
				...(gated && {
					gate: { bias: stored.vector("b_gate", dSae), scale: stored.vector("r_mag", dSae).map(Math.exp) },
				}),
				...(config.architecture === "jumprelu" && { threshold: stored.vector("threshold", dSae) }),
				...(config.rescaleByDecoderNorm && { decoderNorms: measureRowNorms(decoder) }),
				...(scalingFactor && { scalingFactor }),
			};
		},
	};
}

function readScalingFactor(tensor: StoredTensor | undefined, dSae: number, config: DictionaryConfig, folder: string) {
	if (!tensor) return undefined;
	const factor = readFinite(tensor);
	if (factor.every((number) => number === 1)) return undefined;
	if (factor.length !== dSae || !config.finetuningScaling)
		throw new AppError(
			"mismatch",
			`${folder} has a scaling_factor that its cfg.json does not ask for (finetuning_scaling_factor). Set it to true there if the factor belongs to this dictionary, or remove the tensor.`,
			{ path: folder },
		);
	return factor;
}
