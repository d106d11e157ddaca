import type { Site, SiteKind } from "#shared/site";

/** Where a site's numbers go next in its layer. */
const next: Readonly<Record<Exclude<SiteKind, "embed" | "resid" | "lnf">, readonly SiteKind[]>> = {
	ln1: ["z"],
	z: ["attn"],
	attn: ["mid"],
	mid: ["mlpin", "resid"],
	mlpin: ["ln2"],
	ln2: ["post"],
	post: ["mlp"],
	mlp: ["resid"],
};

/** A place of the model, whole sites alone; `logits` is behind the last layer. */
type Place = { readonly kind: SiteKind; readonly layer: number } | "logits";

/** Heads stand beside one another: what goes on from one is what goes on from `z`. */
function follow({ kind, layer }: Exclude<Place, "logits">, layers: number): readonly Place[] {
	if (kind === "embed") return [{ kind: "resid", layer: -1 }];
	if (kind === "lnf") return ["logits"];
	if (kind !== "resid") return next[kind].map((one) => ({ kind: one, layer }));
	if (layer === layers - 1) return [{ kind: "lnf", layer }];
	return (["ln1", "mid"] as const).map((one) => ({ kind: one, layer: layer + 1 }));
}

/**
 * Which of `sites` a change at one of them reaches without crossing another, and whether it so reaches the logits: the
 * pairs between which a direct effect can be. `layers` is how many the model has.
 */
export function findDirect(
	from: Site,
	sites: readonly Site[],
	layers: number,
): { readonly sites: ReadonlySet<Site>; readonly logits: boolean } {
	const found = new Set<Site>();
	const seen = new Set<string>();
	const waiting = [...follow(from, layers)];
	for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
		const key = place === "logits" ? place : `${place.kind}_${place.layer}`;
		if (seen.has(key)) continue;
		seen.add(key);
		if (place === "logits") continue;
		const { kind, layer } = place;
		const here = sites.filter((site) => site.kind === kind && site.layer === layer);
		for (const site of here) found.add(site);
		// A dictionary of one head leaves the other heads as a way.
		if (!here.some(({ head }) => head === undefined)) waiting.push(...follow(place, layers));
	}
	return { sites: found, logits: seen.has("logits") };
}
