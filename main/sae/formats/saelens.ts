import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { loadSafetensorsHeader, type StoredTensor } from "../../model/safetensors.ts";
import { type DictionaryConfig, parseDictionaryConfig } from "../dictionary-config.ts";
import { measureRowNormsOnce, orient } from "../stored-matrix.ts";
import { checkChoice } from "./check-sizes.ts";
import type { DictionaryFormat, OpenDictionary } from "./dictionary-format.ts";
import { DictionaryTensors, readFinite } from "./dictionary-tensors.ts";
import { belongsToSparsify } from "./sparsify.ts";

/** SAELens's folders, of all versions: `cfg.json` and `sae_weights.safetensors`. */
export const saelens: DictionaryFormat = {
	name: "SAELens",
	find: (folder, names) => (names.has("cfg.json") && !belongsToSparsify(folder, names) ? [folder] : []),
	open: openSaelens,
};

const shared = ["W_enc", "W_dec", "b_dec", "scaling_factor", "finetuning_scaling_factor"];
/** Tensors beside these, by kind. A trainer's `topk_threshold` is told apart below. */
const own: Readonly<Record<DictionaryConfig["architecture"], readonly string[]>> = {
	standard: ["b_enc"],
	topk: ["b_enc"],
	abstopk: ["b_enc"],
	groupmax: ["b_enc"],
	jumprelu: ["b_enc", "threshold", "log_threshold", "topk_threshold"],
	gated: ["b_gate", "b_mag", "r_mag"],
};

function openSaelens(folder: string): OpenDictionary {
	const configPath = join(folder, "cfg.json");
	const weightsPath = join(folder, "sae_weights.safetensors");
	const text = readFileSync(configPath, "utf8");
	const config = parseDictionaryConfig(text, folder);
	const { tensors } = loadSafetensorsHeader(weightsPath);
	const stored = new DictionaryTensors(weightsPath, tensors, config.architecture, "cfg.json");
	const { shape } = stored.find("W_enc");
	const [dIn, dSae] = [config.dIn ?? shape[0] ?? 0, config.dSae ?? shape[1] ?? 0];
	const encoder = orient(stored.find("W_enc", [dIn, dSae]), false);
	const decoder = orient(stored.find("W_dec", [dSae, dIn]), false);
	checkChoice(config, dSae, configPath);
	stored.refuseOthers([...shared, ...own[config.architecture]]);
	if (config.architecture === "jumprelu") checkThreshold(stored, text, folder);
	const gated = config.architecture === "gated";
	return {
		...{ config, dIn, dSae, encoder, decoder },
		files: [configPath, weightsPath],
		readVectors() {
			const factor = stored.look("scaling_factor") ?? stored.look("finetuning_scaling_factor");
			const scalingFactor = readScalingFactor(factor, dSae, config, folder);
			return {
				encoderBias: stored.vector(gated ? "b_mag" : "b_enc", dSae),
				decoderBias: stored.vector("b_dec", dIn),
				...(gated && {
					gate: { bias: stored.vector("b_gate", dSae), scale: stored.vector("r_mag", dSae).map(Math.exp) },
				}),
				...(config.architecture === "jumprelu" && { threshold: readThreshold(stored, dSae) }),
				...(config.rescaleByDecoderNorm && { decoderNorms: measureRowNormsOnce(decoder) }),
				...(scalingFactor && { scalingFactor }),
			};
		},
	};
}

/** Trainers of batch-topk dictionaries keep the threshold elsewhere until they export. */
function checkThreshold(stored: DictionaryTensors, config: string, folder: string): void {
	if (stored.look("threshold") || stored.look("log_threshold")) return;
	if (!stored.look("topk_threshold") && !/batchtopk/i.test(config)) return;
	throw new AppError(
		"unsupported",
		`${folder} is a checkpoint from the middle of a SAELens training, with its threshold not exported yet. In Python, load it with TrainingSAE.load_from_disk(), call save_inference_model(), and give that folder.`,
		{ path: folder },
	);
}

/** Older trainers keep its logarithm. */
function readThreshold(stored: DictionaryTensors, dSae: number): Float32Array {
	return stored.look("log_threshold")
		? stored.spread("log_threshold", dSae).map(Math.exp)
		: stored.spread("threshold", dSae);
}

/** As near to one as SAELens takes for one (`torch.allclose`). */
const nearOne = (number: number) => Math.abs(number - 1) <= 1.001e-5;

function readScalingFactor(tensor: StoredTensor | undefined, dSae: number, config: DictionaryConfig, folder: string) {
	if (!tensor) return undefined;
	const factor = readFinite(tensor);
	if (factor.every(nearOne)) return undefined;
	if (factor.length !== dSae || !config.finetuningScaling)
		throw new AppError(
			"mismatch",
			`${folder} has a ${tensor.name} that its cfg.json does not ask for (finetuning_scaling_factor). Set it to true there if the factor belongs to this dictionary, or remove the tensor.`,
			{ path: folder },
		);
	return factor;
}
