import { AppError } from "./errors.ts";

/**
 * Sites are the named places of a GPT-2 model where a dictionary can sit. The residual stream before layer `l` and
 * after layer `l − 1` is one tensor and so one site: `resid` of layer `l − 1`; layer −1 is the embedding.
 */
export const siteKinds = ["z", "attn", "mid", "mlp", "resid"] as const;

/** `z`: heads before the output matrix; `attn`: attn_out; `mid`: resid_mid; `mlp`: mlp_out; `resid`: resid_post. */
export type SiteKind = (typeof siteKinds)[number];

export interface Site {
	readonly kind: SiteKind;
	readonly layer: number;
}

export type SiteName = `${SiteKind}_${number}`;

export function siteName(site: Site): SiteName {
	return `${site.kind}_${site.layer}`;
}

/** Order of computation in the model: negative when `a` is computed before `b`. */
export function compareSites(a: Site, b: Site): number {
	return a.layer - b.layer || siteKinds.indexOf(a.kind) - siteKinds.indexOf(b.kind);
}

/** A site from its name, as `resid_2`. Throws `usage` where a model of so many layers has none of that name. */
export function readSite(name: string, layers: number): SiteName {
	const [, kind, layer] = /^([a-z]+)_(-?\d+)$/.exec(name) ?? [];
	const known = siteKinds.find((one) => one === kind);
	const lowest = known === "resid" ? -1 : 0;
	if (!known || Number(layer) < lowest || Number(layer) >= layers)
		throw new AppError(
			"usage",
			`"${name}" is no site of this model. Write one of ${siteKinds.join(", ")} and a layer from ${lowest} to ${layers - 1}, such as resid_${layers - 1}.`,
			{ site: name },
		);
	return siteName({ kind: known, layer: Number(layer) });
}
