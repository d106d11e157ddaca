import { AppError } from "#shared/errors";
import type { Site } from "#shared/site";

const hooks: Readonly<Record<string, Site["kind"]>> = {
	hook_resid_pre: "resid",
	hook_resid_post: "resid",
	hook_resid_mid: "mid",
	hook_attn_out: "attn",
	hook_mlp_out: "mlp",
	"attn.hook_z": "z",
};

/** The site that a hook names. Throws `unsupported`, naming the known ones; `path` is the file that says it. */
export function parseHook(hook: string, path: string): Site {
	const [, layer, name] = /^blocks\.(\d+)\.(.+)$/.exec(hook) ?? [];
	const kind = name === undefined ? undefined : hooks[name];
	if (layer === undefined || kind === undefined)
		throw new AppError(
			"unsupported",
			`${path} puts its dictionary at "${hook}". Known are blocks.N with hook_resid_pre, hook_resid_post, hook_resid_mid, hook_attn_out, hook_mlp_out or attn.hook_z.`,
			{ path, hook },
		);
	return { kind, layer: Number(layer) - (name === "hook_resid_pre" ? 1 : 0) };
}
