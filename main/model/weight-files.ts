import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { AppError } from "#shared/errors";
import { loadSafetensorsHeader, type StoredTensor } from "./safetensors.ts";
import { loadTorchFile } from "./torch-file.ts";

/** Of a model's weights, in the order of preference: safetensors needs no interpreter. */
const layouts = ["model.safetensors", "pytorch_model.bin"];
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Weights that other programs read, so that people learn why a folder of weights has none. */
const foreign: readonly (readonly [RegExp, string])[] = [
	[/\.gguf$/i, "llama.cpp"],
	[/^tf_model.*\.h5$/i, "TensorFlow"],
	[/^flax_model.*\.msgpack$/i, "Flax"],
	[/\.onnx$/i, "ONNX"],
	[/\.ot$/i, "Rust"],
	[/\.ckpt\b/i, "TensorFlow"],
];

/** The files that hold a model's weights: one, or those that an index names. Throws `not-found` or `bad-file`. */
export function listWeightFiles(folder: string): readonly string[] {
	for (const name of layouts) {
		const single = join(folder, name);
		if (existsSync(single)) return [single];
		const index = `${single}.index.json`;
		if (existsSync(index)) return readIndex(index).map((file) => join(folder, basename(file)));
	}
	const others = listNames(folder).flatMap((name) => {
		const known = foreign.find(([pattern]) => pattern.test(name));
		return known ? [`${name}, the weights for ${known[1]}`] : [];
	});
	throw new AppError(
		"not-found",
		others.length > 0
			? `${folder} has ${others.join(", and ")}, and neither model.safetensors nor pytorch_model.bin. Download one of these.`
			: `${folder} has no model.safetensors (or pytorch_model.bin). Give the folder of a GPT-2 model with its weights.`,
		{ path: folder },
	);
}

/** The tensors of a file of either format, by name. */
export function loadWeights(path: string): ReadonlyMap<string, StoredTensor> {
	if (path.endsWith(".safetensors")) return loadSafetensorsHeader(path).tensors;
	const { tensors } = loadTorchFile(path);
	if (tensors.size > 0) return tensors;
	throw new AppError("bad-file", `${path} holds no tensors by name (a state dict). Choose a file of weights.`, {
		path,
	});
}

function readIndex(path: string): readonly string[] {
	try {
		const { weight_map } = indexSchema.parse(JSON.parse(readFileSync(path, "utf8")));
		return [...new Set(Object.values(weight_map))].sort();
	} catch {
		throw new AppError("bad-file", `${path} is not an index of weight files. Download it again.`, { path });
	}
}

function listNames(folder: string): readonly string[] {
	try {
		return readdirSync(folder).sort();
	} catch {
		return [];
	}
}
