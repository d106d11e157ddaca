import { type Site, siteName } from "#shared/site";

/** What lies between a site and the dictionaries upstream where its paths stop. */
export interface PathsBetween {
	/** Attentions and MLPs that paths go through before and below the nearest attention. */
	readonly attentions: number;
	readonly mlps: number;
	/** Of the MLPs, those that are run at every position because an attention lies behind them. */
	readonly deepMlps: number;
	/** Places where cotangents arrive at the asking positions alone, and at all. */
	readonly own: number;
	readonly all: number;
}

/** Paths into a site, or into the logits where there is none, past all sites that hold a dictionary. */
export function measurePaths(into: Site | undefined, sites: readonly Site[], layers: number): PathsBetween {
	const held = new Set(sites.map(siteName));
	const found = { attentions: 0, mlps: 0, deepMlps: 0, own: 0, all: 0 };
	const arrive = () => void (found.attentions > 0 ? found.all++ : found.own++);
	const holds = (kind: Site["kind"], layer: number) => held.has(siteName({ kind, layer } as Site));
	const through = (kind: "attn" | "mlp", layer: number) => {
		const inside = kind === "attn" && sites.some((one) => one.kind === "z" && one.layer === layer);
		if (holds(kind, layer) || (inside && into?.kind !== "attn")) return arrive();
		if (kind === "attn") found.attentions++;
		else {
			found.mlps++;
			if (found.attentions > 0) found.deepMlps++;
		}
	};
	let layer = into?.layer ?? layers - 1;
	let begin: "mlp" | "attn" | "resid" = "resid";
	if (into?.kind === "attn" || into?.kind === "z") {
		begin = "attn";
		found.attentions++;
	} else if (into?.kind === "mlp") {
		begin = "mlp";
		found.mlps++;
	} else if (into?.kind === "mid" || into?.kind === "mlpin") begin = "mlp";
	if (!into && holds("resid", layer)) {
		arrive();
		return found;
	}
	for (; layer >= 0; layer--) {
		if (begin === "resid") through("mlp", layer);
		if (begin !== "attn") {
			if (into?.kind !== "mid" && holds("mid", layer)) {
				arrive();
				return found;
			}
			through("attn", layer);
		}
		begin = "resid";
		if (layer > 0 && holds("resid", layer - 1)) {
			arrive();
			return found;
		}
	}
	// The embedding, or the tokens in its place.
	arrive();
	return found;
}
