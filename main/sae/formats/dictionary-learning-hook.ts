import { AppError } from "#shared/errors";

interface Place {
	readonly layer?: number | null | undefined;
	readonly submodule_name?: string | null | undefined;
}

/** What people call submodules there: free text, such as `resid_post_layer_3`, `mlp_layer3` or `attn_out`. */
const parts: readonly (readonly [RegExp, string, string?])[] = [
	[/resid(?:ual)?_?pre/, "hook_resid_pre", "hook_resid_pre"],
	[/resid(?:ual)?_?mid/, "hook_resid_mid", "hook_resid_mid"],
	[/attn_?z|hook_z/, "attn.hook_z"],
	[/att(?:ention|n)/, "hook_attn_out"],
	[/mlp_?(?:post|act)|post_?act/, "mlp.hook_post"],
	[/mlp/, "hook_mlp_out"],
	[/resid|block/, "hook_resid_post", "hook_resid_pre"],
];

/** The hook that a trainer's `layer` and `submodule_name` mean. Throws `unsupported`, saying what to write. */
export function nameLearntHook(place: Place, io: string | null | undefined, path: string): string {
	const name = place.submodule_name?.trim() || "resid_post";
	if (io === "in_and_out")
		throw new AppError(
			"unsupported",
			`${path} describes a transcoder of dictionary_learning; its input and output are different places. This version reads dictionaries that encode and decode one place.`,
			{ path, io },
		);
	// A module or a hook as the model names it.
	if (/^(?:transformer\.|blocks\.)/.test(name) && io !== "in") return name;
	const stated = /(?:^|[^a-z])(?:layer|l)?_?(\d+)/i.exec(name)?.[1];
	const layer = place.layer ?? (stated === undefined ? undefined : Number(stated));
	const [, output, input] = parts.find(([pattern]) => pattern.test(name.toLowerCase())) ?? [];
	const hook = io === "in" ? input : output;
	if (/embed/i.test(name) && io !== "in") return "hook_embed";
	if (hook !== undefined && layer !== undefined && layer >= 0) return `blocks.${layer}.${hook}`;
	throw new AppError(
		"unsupported",
		`${path} is of dictionary_learning and does not say at which place the dictionary sits: its layer is ${place.layer ?? "missing"} and its submodule_name "${name}"${io === "in" ? ", of which it reads the input" : ""}. Write a layer and resid_post, attn_out or mlp_out there.`,
		{ path, layer: place.layer, name },
	);
}
