import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "#shared/errors";
import { loadSafetensorsHeader } from "../../model/safetensors.ts";
import { type DictionaryConfig, plainConfig } from "../dictionary-config.ts";
import { orient } from "../stored-matrix.ts";
import { checkChoice } from "./check-sizes.ts";
import type { DictionaryFormat, OpenDictionary } from "./dictionary-format.ts";
import { DictionaryTensors } from "./dictionary-tensors.ts";
import { readConfig } from "./read-config.ts";

/** EleutherAI's sparsify: `cfg.json` and `sae.safetensors` in a folder that is named after the hook. */
export const sparsify: DictionaryFormat = {
	name: "sparsify",
	find: (folder, names) => (belongsToSparsify(folder, names) ? [folder] : []),
	open: openSparsify,
};

const count = z.number().int().nonnegative();
const schema = z.object({
	d_in: count.positive(),
	num_latents: count.nullish(),
	expansion_factor: z.number().positive().nullish(),
	k: count.positive().nullish(),
	activation: z.string().nullish(),
	signed: z.boolean().nullish(),
	transcode: z.boolean().nullish(),
	skip_connection: z.boolean().nullish(),
});

/** SAELens calls its configuration by the same name. Without weights beside it the fields tell whose it is. */
export function belongsToSparsify(folder: string, names: ReadonlySet<string>): boolean {
	if (!names.has("cfg.json") || names.has("sae_weights.safetensors")) return false;
	if (names.has("sae.safetensors")) return true;
	try {
		const found = JSON.parse(readFileSync(join(folder, "cfg.json"), "utf8"));
		return "expansion_factor" in found && !("hook_name" in found) && !("hook_point" in found);
	} catch {
		return false;
	}
}

function openSparsify(folder: string): OpenDictionary {
	const configPath = join(folder, "cfg.json");
	const weightsPath = join(folder, "sae.safetensors");
	const fields = readConfig(configPath, schema, "sparsify", "Download it again.");
	const { d_in: dIn, num_latents, expansion_factor, ...rules } = fields;
	if (rules.transcode || rules.skip_connection)
		throw new AppError(
			"unsupported",
			`${folder} is a transcoder of sparsify; its input and output are different places. This version reads dictionaries that encode and decode one place.`,
			{ path: folder },
		);
	const dSae = num_latents || dIn * (expansion_factor ?? 32);
	const config = readRules(folder, configPath, rules);
	checkChoice(config, dSae, configPath);
	const { tensors } = loadSafetensorsHeader(weightsPath);
	const stored = new DictionaryTensors(weightsPath, tensors, "sparsify", "cfg.json");
	stored.refuseOthers(["encoder.weight", "encoder.bias", "W_dec", "b_dec"]);
	const seed = basename(folder);
	return {
		...(isSeed(seed) && { name: `${basename(dirname(folder))}/${seed}` }),
		config: { ...config, dIn, dSae },
		...{ dIn, dSae },
		encoder: orient(stored.find("encoder.weight", [dSae, dIn]), true),
		decoder: orient(stored.find("W_dec", [dSae, dIn]), false),
		files: [configPath, weightsPath],
		placedByPath: true,
		readVectors: () => ({
			encoderBias: stored.vector("encoder.bias", dSae),
			decoderBias: stored.vector("b_dec", dIn),
		}),
	};
}

type Rules = Omit<z.infer<typeof schema>, "d_in" | "num_latents" | "expansion_factor">;

/** Activations are rectified before the k largest are taken; those of old `signed` ones are taken by size, and keep their sign. */
function readRules(folder: string, path: string, { k, activation, signed }: Rules): DictionaryConfig {
	const hook = nameHook(folder, path);
	const chosen = activation ?? "topk";
	if (chosen !== "topk" && chosen !== "groupmax")
		throw new AppError(
			"unsupported",
			`${path} is of sparsify and asks for the activation "${chosen}". Known are topk and groupmax.`,
			{ path, activation: chosen },
		);
	const architecture = chosen === "groupmax" ? "groupmax" : signed ? "abstopk" : "topk";
	return { ...plainConfig(hook, path), architecture, k: k ?? 32, ...(architecture === "abstopk" && { signed: true }) };
}

const isSeed = (name: string) => /^seed\d+$/.test(name);

/** What a block and its two halves put out. */
const modules = new Map([
	["", "hook_resid_post"],
	["attn", "hook_attn_out"],
	["mlp", "hook_mlp_out"],
]);

/**
 * The hook is the folder's name, as the model names its modules: `layers.3`, `h.3.mlp`, `transformer.h.3.attn`. Below it
 * may lie a folder a seed.
 */
function nameHook(folder: string, path: string): string {
	const own = basename(folder);
	const name = isSeed(own) ? basename(dirname(folder)) : own;
	if (/^(?:transformer\.|model\.)*(?:wte|embed_tokens)$/.test(name)) return "hook_embed";
	if (/^(?:transformer\.|model\.)*drop$/.test(name)) return "blocks.0.hook_resid_pre";
	const [, layer, part] = /^(?:[a-z_]+\.)*?(?:h|layers)[._](\d+)(?:\.(.+))?$/.exec(name) ?? [];
	if (layer !== undefined) {
		const hook = modules.get(part ?? "");
		return hook ? `blocks.${layer}.${hook}` : `transformer.h.${layer}.${part}`;
	}
	throw new AppError(
		"unsupported",
		`${path} is of sparsify, which names the place by the folder, and "${name}" names none. Rename the folder to the module that the dictionary reads, such as h.3, h.3.attn or h.3.mlp.`,
		{ path, name },
	);
}
