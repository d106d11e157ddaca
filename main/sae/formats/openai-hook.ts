import { basename, dirname } from "node:path";
import { AppError } from "#shared/errors";

/** Places in the names of OpenAI's bucket, and as those who published the files again wrote them. */
const places: readonly (readonly [RegExp, string])[] = [
	[/resid[_-]delta[_-]attn|attn[_-]out/, "hook_attn_out"],
	[/resid[_-]delta[_-]mlp|mlp[_-]out/, "hook_mlp_out"],
	[/resid[_-]post[_-]attn|resid[_-]mid/, "hook_resid_mid"],
	[/resid[_-]post/, "hook_resid_post"],
	[/mlp[_-]post[_-]act/, "mlp.hook_post"],
];

/** Where an OpenAI file sits, and how it is called for people: with the part of its path that names the place. */
export interface OpenAiPlace {
	readonly hook: string;
	readonly name: string;
}

/**
 * The place of a file, which does not say it itself: `…/resid_post_mlp_v5_32k/autoencoders/3.pt`, or a name with a layer
 * such as `v5_32k_layer_3.pt` in a path that names the place. The nearest part of the path counts. Throws `unsupported`.
 */
export function findOpenAiPlace(path: string): OpenAiPlace {
	const [, layer] = /^(\d+)\.pt$/.exec(basename(path)) ?? /layer[_-]?(\d+)/i.exec(basename(path)) ?? [];
	const place = findPlace(path);
	if (layer !== undefined && place !== undefined)
		return {
			hook: `blocks.${Number(layer)}.${place.hook}`,
			name: place.part === basename(path) ? place.part : `${place.part}/${basename(path)}`,
		};
	throw new AppError(
		"unsupported",
		`${path} is of OpenAI's sparse_autoencoder, whose files do not say where they sit, and its path does not say ${place === undefined ? "the place" : "the layer"}. Name it as OpenAI does: a folder such as resid_post_mlp_v5_32k (or resid_delta_attn, resid_delta_mlp, resid_post_attn), in it autoencoders/3.pt for layer 3.`,
		{ path },
	);
}

function findPlace(path: string): { readonly hook: string; readonly part: string } | undefined {
	for (let rest = path; ; rest = dirname(rest)) {
		const part = basename(rest);
		const found = places.find(([pattern]) => pattern.test(part.toLowerCase()));
		if (found) return { hook: found[1], part };
		if (dirname(rest) === rest) return undefined;
	}
}
