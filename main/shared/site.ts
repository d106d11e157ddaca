import { AppError } from "./errors.ts";

/**
 * Sites are the named places of a GPT-2 model where a dictionary can sit, in the order of computation. The residual
 * stream before layer `l` and after layer `l − 1` is one tensor and so one site: `resid` of layer `l − 1`; layer −1 is the
 * embedding.
 */
export const siteKinds = ["embed", "ln1", "z", "attn", "mid", "mlpin", "ln2", "post", "mlp", "resid", "lnf"] as const;

/**
 * `embed`: token embedding without positions; `ln1`, `ln2`, `lnf`: the stream centred and divided by its deviation, before
 * gain and bias, as attention, the MLP and the logits read it; `z`: heads before the output matrix; `attn`: attn_out;
 * `mid`: resid_mid; `mlpin`: the same numbers on their way into the MLP alone (hook_mlp_in); `post`: the MLP's neurons; `mlp`: mlp_out; `resid`: resid_post.
 */
export type SiteKind = (typeof siteKinds)[number];

export interface Site {
	readonly kind: SiteKind;
	/** −1 for the embedding; of `lnf` the model's last. */
	readonly layer: number;
	/** Of `z` alone: one head's numbers. */
	readonly head?: number;
}

export type SiteName = `${SiteKind}_${number}${"" | `h${number}`}`;

export function siteName(site: Site): SiteName {
	return `${site.kind}_${placeInModel(site)}`;
}

/** What stands behind the kind in a name: the layer, and the head where only one is meant (`1h2`). */
export function placeInModel({ layer, head }: Site): `${number}${"" | `h${number}`}` {
	return head === undefined ? `${layer}` : `${layer}h${head}`;
}

/** Order of computation in the model: negative when `a` is computed before `b`. */
export function compareSites(a: Site, b: Site): number {
	return (
		a.layer - b.layer ||
		siteKinds.indexOf(a.kind) - siteKinds.indexOf(b.kind) ||
		(a.head ?? Number.MAX_SAFE_INTEGER) - (b.head ?? Number.MAX_SAFE_INTEGER)
	);
}

/** The same for names as `resid_2` or `z_3h1`; what is no name of a site comes last. */
export function compareSiteNames(a: string, b: string): number {
	const [one, other] = [splitSiteName(a), splitSiteName(b)];
	if (!one || !other) return Number(!one) - Number(!other) || a.localeCompare(b);
	return compareSites(one, other);
}

function splitSiteName(name: string): Site | undefined {
	const [, kind, layer, head] = /^([a-z]+\d?)_(-?\d+)(?:h(\d+))?$/.exec(name) ?? [];
	const known = siteKinds.find((one) => one === kind);
	return known && { kind: known, layer: Number(layer), ...(head !== undefined && { head: Number(head) }) };
}

/** Whether a site holds the residual stream, or what is added to it. Only there can a mean over the width be left out. */
export function isInStream({ kind }: Pick<Site, "kind">): boolean {
	return kind !== "z" && kind !== "post" && !isNormalised({ kind });
}

/** Whether a site holds the stream as a layer norm leaves it: its mean over the width is zero. */
export function isNormalised({ kind }: Pick<Site, "kind">): boolean {
	return kind === "ln1" || kind === "ln2" || kind === "lnf";
}

/** A site from its name, as `resid_2`. Throws `usage` where a model of so many layers has none of that name. */
export function readSite(name: string, layers: number): Site {
	const [, kind, layer] = /^([a-z]+\d?)_(-?\d+)$/.exec(name) ?? [];
	const known = siteKinds.find((one) => one === kind);
	const lowest = known === "resid" || known === "embed" ? -1 : known === "lnf" ? layers - 1 : 0;
	const highest = known === "embed" ? -1 : layers - 1;
	if (!known || Number(layer) < lowest || Number(layer) > highest)
		throw new AppError(
			"usage",
			`"${name}" is no site of this model. Write one of ${siteKinds.join(", ")} and a layer from ${lowest} to ${highest}, such as resid_${layers - 1}.`,
			{ site: name },
		);
	return { kind: known, layer: Number(layer) };
}
