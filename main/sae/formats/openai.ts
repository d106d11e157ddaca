import { join } from "node:path";
import { AppError } from "#shared/errors";
import { isDictionary, loadTorchFile, type TorchFile } from "../../model/torch-file.ts";
import { type DictionaryConfig, plainConfig } from "../dictionary-config.ts";
import { orient } from "../stored-matrix.ts";
import { checkChoice } from "./check-sizes.ts";
import type { DictionaryFormat, OpenDictionary } from "./dictionary-format.ts";
import { DictionaryTensors } from "./dictionary-tensors.ts";
import { findOpenAiPlace } from "./openai-hook.ts";

/** OpenAI's sparse_autoencoder (Gao et al. 2024): `.pt` files whose path says where they sit. */
export const openAi: DictionaryFormat = {
	name: "OpenAI sparse_autoencoder",
	find: (folder, names) =>
		[...names]
			.filter((name) => name.endsWith(".pt"))
			.map((name) => join(folder, name))
			.filter(looksSo),
	open: openOpenAi,
};

function looksSo(path: string): boolean {
	try {
		const { tensors } = loadTorchFile(path);
		return tensors.has("pre_bias") && tensors.has("latent_bias") && tensors.has("encoder.weight");
	} catch {
		return false;
	}
}

/**
 * `activation((x̃ − pre_bias)·encoderᵀ + latent_bias)` and back by the decoder plus pre_bias. Its loader takes input for
 * layer-normed where the activation is TopK, and only there.
 */
function openOpenAi(path: string): OpenDictionary {
	const file = loadTorchFile(path);
	const stored = new DictionaryTensors(path, file.tensors, "OpenAI", "the file's biases");
	const [dIn = 0] = stored.find("pre_bias").shape;
	const [dSae = 0] = stored.find("latent_bias").shape;
	const { hook, name } = findOpenAiPlace(path);
	const config = { ...plainConfig(hook, path), ...readActivation(file), ...{ dIn, dSae } };
	checkChoice(config, dSae, path);
	stored.refuseOthers(["encoder.weight", "decoder.weight", "latent_bias", "pre_bias"]);
	return {
		...{ name, config, dIn, dSae },
		encoder: orient(stored.find("encoder.weight", [dSae, dIn]), true),
		decoder: orient(stored.find("decoder.weight", [dIn, dSae]), true),
		files: [path],
		placedByPath: true,
		readVectors: () => ({
			encoderBias: stored.vector("latent_bias", dSae),
			decoderBias: stored.vector("pre_bias", dIn),
		}),
	};
}

function readActivation({ path, value }: TorchFile): Partial<DictionaryConfig> {
	const outer = isDictionary(value) ? value : {};
	const activation = outer["activation"] ?? "ReLU";
	const unknown = (what: unknown) =>
		new AppError(
			"unsupported",
			`${path} is of OpenAI's sparse_autoencoder and asks for the activation ${JSON.stringify(what)}. Known are ReLU, and TopK behind which comes ReLU or Identity.`,
			{ path },
		);
	if (activation === "ReLU") return { prependBos: false };
	if (activation !== "TopK") throw unknown(activation);
	const state = outer["activation_state_dict"];
	const { k, postact_fn } =
		state !== undefined && isDictionary(state) ? state : { k: undefined, postact_fn: undefined };
	if (typeof k !== "number" || !Number.isInteger(k) || k < 1)
		throw new AppError("bad-file", `${path} has a TopK activation without k. Download it again.`, { path });
	if (postact_fn !== "ReLU" && postact_fn !== "Identity") throw unknown(postact_fn);
	return {
		...{ architecture: "topk", k, normalization: "layer_norm", prependBos: false },
		...(postact_fn === "Identity" && { signed: true }),
	};
}
