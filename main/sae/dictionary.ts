import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { AppError } from "#shared/errors";
import { type Site, type SiteName, siteName } from "#shared/site";
import { hashFiles } from "../model/content-hash.ts";
import type { Gpt2Config } from "../model/gpt2-config.ts";
import { checkFinite } from "../model/non-finite.ts";
import { loadSafetensorsHeader, readSpan, readTensor, type StoredTensor } from "../model/safetensors.ts";
import { type DictionaryConfig, parseDictionaryConfig } from "./dictionary-config.ts";

/** A sparse autoencoder on disk. Its two matrices stay in the file; vectors of `dSae` numbers are read. */
export interface Dictionary {
	readonly dir: string;
	readonly name: string;
	readonly hash: string;
	readonly config: DictionaryConfig;
	readonly site: Site;
	readonly siteName: SiteName;
	readonly dIn: number;
	readonly dSae: number;
	/** `W_enc [dIn, dSae]` and `W_dec [dSae, dIn]`. */
	readonly encoder: StoredTensor;
	readonly decoder: StoredTensor;
	/** `b_enc`; for gated ones `b_mag`. */
	readonly encoderBias: Float32Array;
	readonly decoderBias: Float32Array;
	/** Gated only: `b_gate` and `exp(r_mag)`. */
	readonly gate?: { readonly bias: Float32Array; readonly scale: Float32Array };
	/** jumprelu only. */
	readonly threshold?: Float32Array;
	/** Norms of the decoder's rows, where the config asks for rescaling by them. */
	readonly decoderNorms?: Float32Array;
	/** Fine-tuned factors of the activations before decoding. */
	readonly scalingFactor?: Float32Array;
}

/** Opens a SAELens folder. Throws `not-found`, `bad-file`, `mismatch` or `unsupported`. */
export function loadDictionary(dir: string): Dictionary {
	const folder = resolve(dir);
	const configPath = join(folder, "cfg.json");
	const weightsPath = join(folder, "sae_weights.safetensors");
	if (!existsSync(configPath))
		throw new AppError(
			"not-found",
			`${folder} is not a dictionary: it has no cfg.json. Give a SAELens folder or a folder of such folders.`,
			{ path: folder },
		);
	const config = parseDictionaryConfig(readFileSync(configPath, "utf8"), folder);
	const { tensors } = loadSafetensorsHeader(weightsPath);
	const find = (name: string, shape: readonly number[] | undefined): StoredTensor => {
		const tensor = tensors.get(name);
		if (!tensor)
			throw new AppError(
				"bad-file",
				`${weightsPath} lacks ${name}, which a ${config.architecture} dictionary needs. Download it again.`,
				{ path: weightsPath, name },
			);
		if (shape && (tensor.shape.length !== shape.length || tensor.shape.some((dim, i) => dim !== shape[i])))
			throw new AppError(
				"mismatch",
				`${name} in ${weightsPath} is [${tensor.shape}] where [${shape}] is needed. cfg.json and weights are of different dictionaries; download both again.`,
				{ path: weightsPath, name },
			);
		return tensor;
	};
	const { shape } = find("W_enc", undefined);
	const [dIn, dSae] = [config.dIn ?? shape[0] ?? 0, config.dSae ?? shape[1] ?? 0];
	const encoder = find("W_enc", [dIn, dSae]);
	const decoder = find("W_dec", [dSae, dIn]);
	const vector = (name: string, size = dSae) => readFinite(find(name, [size]));
	if (config.k !== undefined && config.k > dSae)
		throw new AppError("bad-file", `${configPath} keeps k = ${config.k} of only ${dSae} features. Download it again.`, {
			path: configPath,
		});
	const gated = config.architecture === "gated";
	const scalingFactor = readScalingFactor(tensors.get("scaling_factor"), dSae, config, folder);
	return {
		dir: folder,
		name: basename(folder),
		hash: hashFiles([configPath, weightsPath]),
		config,
		site: config.site,
		siteName: siteName(config.site),
		dIn,
		dSae,
		encoder,
		decoder,
		encoderBias: vector(gated ? "b_mag" : "b_enc"),
		decoderBias: vector("b_dec", dIn),
		...(gated && { gate: { bias: vector("b_gate"), scale: vector("r_mag").map(Math.exp) } }),
		...(config.architecture === "jumprelu" && { threshold: vector("threshold") }),
		...(config.rescaleByDecoderNorm && { decoderNorms: measureRowNorms(decoder) }),
		...(scalingFactor && { scalingFactor }),
	};
}

function readFinite(tensor: StoredTensor): Float32Array {
	const numbers = readTensor(tensor);
	if (!numbers.every(Number.isFinite))
		throw new AppError(
			"bad-file",
			`${tensor.name} in ${tensor.path} holds values that are not finite numbers. Download it again.`,
			{ path: tensor.path },
		);
	return numbers;
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

function measureRowNorms(decoder: StoredTensor): Float32Array {
	const [rows = 0, width = 0] = decoder.shape;
	const norms = new Float32Array(rows);
	const chunk = Math.max(1, Math.floor(4_194_304 / (4 * width)));
	for (let first = 0; first < rows; first += chunk) {
		const count = Math.min(chunk, rows - first);
		const numbers = readSpan(decoder, first * width, count * width);
		for (let row = 0; row < count; row++) {
			let sum = 0;
			for (let i = row * width; i < (row + 1) * width; i++) sum += (numbers[i] as number) ** 2;
			norms[first + row] = Math.sqrt(sum);
		}
	}
	return norms;
}

/** Throws `mismatch` where a dictionary cannot sit in a model of that shape. */
export function checkDictionaryFits(
	dictionary: Dictionary,
	model: { readonly name: string; readonly config: Gpt2Config },
): void {
	const { dir, dIn, config } = dictionary;
	const { layers, width } = model.config;
	if (dictionary.site.layer >= layers)
		throw new AppError(
			"mismatch",
			`${dir} belongs at ${config.hookName}, and ${model.name} has layers 0 to ${layers - 1}. Choose dictionaries of this model.`,
			{ path: dir },
		);
	if (dIn !== width)
		throw new AppError(
			"mismatch",
			`${dir} reads vectors of ${dIn} numbers, and ${model.name} has ${width}. Choose dictionaries of this model.`,
			{ path: dir, dIn, width },
		);
}

/** Why a dictionary computes what is no number: names the weights, if they are to blame. */
export function describeNotFinite({ dir, encoder, decoder }: Dictionary): AppError {
	try {
		checkFinite([encoder, decoder]);
	} catch (error) {
		if (error instanceof AppError) return error;
		throw error;
	}
	return new AppError(
		"bad-file",
		`The dictionary in ${dir} computes values that are not finite numbers although its weights are. Check that it belongs to this model.`,
		{ path: dir },
	);
}
