import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import { isDictionary, loadTorchFile } from "../../model/torch-file.ts";

/** What people take for a dictionary, by name and with the way out; undefined where a folder holds nothing of the kind. */
export function describeForeignFolder(folder: string, names: ReadonlySet<string>): string | undefined {
	if (names.has("params.npz"))
		return `${folder} holds params.npz, Gemma Scope's format, and those dictionaries are of Gemma. This program reads dictionaries of GPT-2.`;
	if ([...names].some((name) => /^W_enc_\d+\.safetensors$/.test(name)))
		return `${folder} is a cross-layer transcoder of circuit-tracer; it writes to other places than it reads. This version reads dictionaries that encode and decode one place.`;
	if (names.has("sae_weights.safetensors"))
		return `${folder} holds the weights of a SAELens dictionary without its cfg.json, which says where it sits. Download cfg.json too.`;
	if (names.has("sae.safetensors"))
		return `${folder} holds the weights of a sparsify dictionary without its cfg.json, which says how it chooses. Download cfg.json too.`;
	if (names.has("sparsity.safetensors"))
		return `${folder} holds only how often features are active (sparsity.safetensors). Download cfg.json and sae_weights.safetensors too.`;
	if (names.has("config.json") && says(folder, "dict_class"))
		return `${folder} is of dictionary_learning and its weights (ae.pt) are missing. Put them beside config.json.`;
	return undefined;
}

/** Whether a folder is a language model of Hugging Face's, which people give where a dictionary is wanted. */
export function isModelFolder(folder: string, names: ReadonlySet<string>): boolean {
	return names.has("config.json") && says(folder, "model_type");
}

function says(folder: string, field: string): boolean {
	try {
		return readFileSync(join(folder, "config.json"), "utf8").includes(`"${field}"`);
	} catch {
		return false;
	}
}

/** What a `.pt` file is that is no dictionary, or why it cannot be read. */
export function describeForeignTorch(path: string): string {
	try {
		const { value, tensors } = loadTorchFile(path);
		const keys = isDictionary(value) ? Object.keys(value) : [];
		if (keys.some((key) => /^(?:optimizer|optim|param_groups|lr_scheduler|scheduler)/.test(key)))
			return `${path} is the checkpoint of a training (${keys.slice(0, 4).join(", ")}) and not a dictionary alone. Save the dictionary's state_dict() in a file of its own.`;
		const names = [...tensors.keys()];
		if (names.some((name) => /wte\.weight$|attn\.c_attn\.weight$/.test(name)))
			return `${path} holds the weights of a language model. Give its folder as the model.`;
		if (/(?:^|[\\/])ae_\d+\.pt$/.test(path) && names.length > 0)
			return `${path} is a checkpoint of dictionary_learning. Copy it into a folder of its own as ae.pt, with the config.json of its trainer beside it.`;
		if (names.includes("W_enc") || names.includes("encoder.weight"))
			return `${path} holds a dictionary's weights (${names.slice(0, 5).join(", ")}) and nothing says where it sits. Put the configuration that it was published with beside it: ae.pt with config.json, or NAME.pt with NAME_cfg.json.`;
		const shown = names.length > 0 ? `its tensors are ${names.slice(0, 4).join(", ")}` : "it holds no tensors by name";
		return `${path} is no dictionary of a known format: ${shown}.`;
	} catch (error) {
		if (error instanceof AppError) return error.message;
		throw error;
	}
}
