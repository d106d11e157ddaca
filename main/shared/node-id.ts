import { AppError } from "./errors.ts";
import { type Site, type SiteKind, siteKinds } from "./site.ts";

/** Which node an id names. A position is absent where all positions are meant (`mlp_3.17`). */
export type NodeRef =
	| { readonly kind: "feature"; readonly site: Site; readonly feature: number; readonly position?: number }
	| { readonly kind: "error"; readonly site: Site; readonly position?: number }
	| { readonly kind: "token"; readonly token: number; readonly position?: number }
	| { readonly kind: "logit"; readonly token: number; readonly position?: number };

const featurePattern = new RegExp(`^(${siteKinds.join("|")})_(-?\\d+)\\.(\\d+)(?:@(\\d+))?$`);
const errorPattern = new RegExp(`^(${siteKinds.join("|")})_error_(-?\\d+)(?:\\.0)?(?:@(\\d+))?$`);
const vocabularyPattern = /^(token|logit)\.(\d+)(?:@(\d+))?$/;

export function formatNodeId(ref: NodeRef): string {
	const at = ref.position === undefined ? "" : `@${ref.position}`;
	switch (ref.kind) {
		case "feature":
			return `${ref.site.kind}_${ref.site.layer}.${ref.feature}${at}`;
		case "error":
			return `${ref.site.kind}_error_${ref.site.layer}${at}`;
		default:
			return `${ref.kind}.${ref.token}${at}`;
	}
}

/** Accepts the seed's `mlp_error_8.0` too. Throws `usage` on anything else that is not an id. */
export function parseNodeId(id: string): NodeRef {
	const feature = featurePattern.exec(id);
	if (feature)
		return {
			kind: "feature",
			site: { kind: feature[1] as SiteKind, layer: Number(feature[2]) },
			feature: Number(feature[3]),
			...atPosition(feature[4]),
		};
	const error = errorPattern.exec(id);
	if (error)
		return {
			kind: "error",
			site: { kind: error[1] as SiteKind, layer: Number(error[2]) },
			...atPosition(error[3]),
		};
	const vocabulary = vocabularyPattern.exec(id);
	if (vocabulary)
		return {
			kind: vocabulary[1] as "token" | "logit",
			token: Number(vocabulary[2]),
			...atPosition(vocabulary[3]),
		};
	throw new AppError("usage", `"${id}" is not a node. Write a feature as mlp_3.17 or mlp_3.17@5.`, { id });
}

/** A node without its position, `mlp_3.17`: what facts are known by. */
export function withoutPosition(id: string): string {
	return id.replace(/@.*/, "");
}

function atPosition(text: string | undefined): { position?: number } {
	return text === undefined ? {} : { position: Number(text) };
}
