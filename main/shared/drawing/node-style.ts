import type { CircuitNode } from "../circuit.ts";
import { siteKinds } from "../site.ts";

/** How a node is drawn: its colour in a theme, and its outline. */
export const nodeStyles = ["attn", "mlp", "resid", "error", "token", "logit"] as const;
export type NodeStyle = (typeof nodeStyles)[number];

export function nodeStyle({ kind, site }: Pick<CircuitNode, "kind" | "site">): NodeStyle {
	if (kind !== "feature") return kind;
	if (site === "mlp" || site === "post") return "mlp";
	return site === "attn" || site === "z" ? "attn" : "resid";
}

const laneNames = {
	ln1: "attn norm",
	z: "heads",
	attn: "attn",
	mid: "mid",
	mlpin: "mlp input",
	ln2: "mlp norm",
	post: "neurons",
	mlp: "mlp",
	resid: "resid",
} as const;

/** Where a node stands from bottom to top: tokens, layers with their sublayers, logits. */
export function laneOf({ kind, site, layer }: Pick<CircuitNode, "kind" | "site" | "layer">): {
	readonly rank: number;
	readonly name: string;
} {
	if (kind === "token") return { rank: Number.NEGATIVE_INFINITY, name: "tokens" };
	if (kind === "logit") return { rank: Number.POSITIVE_INFINITY, name: "logits" };
	const place = site ?? "resid";
	const name =
		place === "embed"
			? "token embedding"
			: place === "lnf"
				? "final norm"
				: layer === -1
					? "embedding"
					: `${laneNames[place]} ${layer}`;
	return { rank: (layer ?? 0) * siteKinds.length + siteKinds.indexOf(place), name };
}
