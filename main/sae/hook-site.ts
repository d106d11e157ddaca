import { AppError } from "#shared/errors";
import type { Site, SiteKind } from "#shared/site";

/** TransformerLens's names inside `blocks.N`. `hook_resid_pre` is the stream behind the layer before. */
const blockHooks = new Map<string, SiteKind>([
	["hook_resid_post", "resid"],
	["hook_resid_pre", "resid"],
	["hook_resid_mid", "mid"],
	["hook_mlp_in", "mlpin"],
	["hook_attn_out", "attn"],
	["hook_mlp_out", "mlp"],
	["attn.hook_z", "z"],
	["mlp.hook_post", "post"],
	["ln1.hook_normalized", "ln1"],
	["ln2.hook_normalized", "ln2"],
]);

/** Hugging Face's modules inside `h.N` whose output is a site's tensor; the block itself has no name behind its number. */
const blockModules = new Map<string, SiteKind>([
	["", "resid"],
	["attn", "attn"],
	["attn.c_proj", "attn"],
	["mlp", "mlp"],
	["mlp.c_proj", "mlp"],
	["mlp.act", "post"],
]);

/** Hooks and modules that belong to no layer. What `lnf` belongs to is known with the model (`placeInLayers`). */
const modelHooks = new Map<string, Site>([
	["hook_embed", { kind: "embed", layer: -1 }],
	["ln_final.hook_normalized", { kind: "lnf", layer: 0 }],
	["wte", { kind: "embed", layer: -1 }],
	["drop", { kind: "resid", layer: -1 }],
]);

/** Modules that are near a site and hold other numbers. */
const otherTensors = new Map<string, string>([
	["ln_1", "blocks.N.ln1.hook_normalized"],
	["ln_2", "blocks.N.ln2.hook_normalized"],
	["ln_f", "ln_final.hook_normalized"],
]);

/**
 * The site that a hook of TransformerLens or a module of Hugging Face names; `head` where only one head's numbers are
 * read. Throws `unsupported`, naming the known ones; `path` is the file that says it.
 */
export function parseHook(hook: string, path: string, head?: number): Site {
	const site = readBlockHook(hook) ?? modelHooks.get(hook.replace(/^(?:model\.)?transformer\./, ""));
	if (!site) throw refuse(hook, path);
	if (head === undefined) return site;
	if (site.kind === "z") return { ...site, head };
	throw new AppError(
		"unsupported",
		`${path} reads head ${head} of "${hook}" (hook_head_index), and only attn.hook_z has the heads side by side. Choose a dictionary of a whole site.`,
		{ path, hook, head },
	);
}

function readBlockHook(hook: string): Site | undefined {
	const [, block, name = ""] = /^blocks\.(\d+)\.(.+)$/.exec(hook) ?? [];
	if (block !== undefined) {
		const kind = blockHooks.get(name);
		return kind && { kind, layer: Number(block) - (name === "hook_resid_pre" ? 1 : 0) };
	}
	const [, layer, module = ""] =
		/^(?:(?:model|transformer|model\.transformer)\.)?(?:h|layers)\.(\d+)(?:\.(.+))?$/.exec(hook) ?? [];
	const kind = layer === undefined ? undefined : blockModules.get(module);
	return kind && { kind, layer: Number(layer) };
}

function refuse(hook: string, path: string): AppError {
	const near = otherTensors.get(hook.split(".").at(-1) ?? "");
	return new AppError(
		"unsupported",
		near === undefined
			? `${path} puts its dictionary at "${hook}". Known are blocks.N with ${[...blockHooks.keys()].join(", ")}, hook_embed, ln_final.hook_normalized, and Hugging Face's h.N, h.N.attn and h.N.mlp.`
			: `${path} puts its dictionary at "${hook}", which is a layer norm's output with its gain and bias. Known is what lies before these: ${near}.`,
		{ path, hook },
	);
}

/** A site in a model of so many layers: the final norm lies in the last. */
export function placeInLayers(site: Site, layers: number): Site {
	return site.kind === "lnf" ? { ...site, layer: layers - 1 } : site;
}

/** The hook that names a site, as TransformerLens writes it. */
export function formatHook({ kind, layer }: Site): string {
	if (kind === "embed") return "hook_embed";
	if (kind === "lnf") return "ln_final.hook_normalized";
	if (layer === -1) return "blocks.0.hook_resid_pre";
	const [name] = [...blockHooks].find(([, one]) => one === kind) as [string, SiteKind];
	return `blocks.${layer}.${name}`;
}
