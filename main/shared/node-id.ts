import { AppError } from "./errors.ts";
import { placeInModel, type Site, type SiteKind, type SiteName, siteKinds, siteName } from "./site.ts";

/** Which node an id names. A position is absent where all positions are meant (`mlp_3.17`). */
export type NodeRef =
	| { readonly kind: "feature"; readonly site: Site; readonly feature: number; readonly position?: number }
	/** `rest`: the errors of a site that do not stand alone (`mlp_error_3.rest`); no position belongs to them. */
	| { readonly kind: "error"; readonly site: Site; readonly position?: number; readonly rest?: true }
	| { readonly kind: "token"; readonly token: number; readonly position?: number }
	| { readonly kind: "logit"; readonly token: number; readonly position?: number };

const featurePattern = new RegExp(`^(${siteKinds.join("|")})_(-?\\d+)(?:h(\\d+))?\\.(\\d+)(?:@(\\d+))?$`);
const errorPattern = new RegExp(
	`^(${siteKinds.join("|")})_error_(-?\\d+)(?:h(\\d+))?(?:\\.(rest)$|(?:\\.0)?(?:@(\\d+))?$)`,
);
const vocabularyPattern = /^(token|logit)\.(\d+)(?:@(\d+))?$/;

export function formatNodeId(ref: NodeRef): string {
	const at = ref.position === undefined ? "" : `@${ref.position}`;
	switch (ref.kind) {
		case "feature":
			return `${ref.site.kind}_${placeInModel(ref.site)}.${ref.feature}${at}`;
		case "error":
			return `${ref.site.kind}_error_${placeInModel(ref.site)}${ref.rest ? ".rest" : at}`;
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
			site: readPlace(feature),
			feature: Number(feature[4]),
			...atPosition(feature[5]),
		};
	const error = errorPattern.exec(id);
	if (error)
		return {
			kind: "error",
			site: readPlace(error),
			...(error[4] === undefined ? atPosition(error[5]) : { rest: true }),
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

/** Which features some ids name, each once, in their order; what is no feature is left out. */
export function listFeatureRefs(
	ids: Iterable<string>,
): readonly { readonly site: SiteName; readonly feature: number }[] {
	const refs = new Map<string, { readonly site: SiteName; readonly feature: number }>();
	for (const id of ids) {
		const ref = parseNodeId(id);
		if (ref.kind === "feature") refs.set(withoutPosition(id), { site: siteName(ref.site), feature: ref.feature });
	}
	return [...refs.values()];
}

/** The one feature that an id names. Throws `usage` where it names something else. */
export function parseFeatureId(id: string): { readonly site: SiteName; readonly feature: number } {
	const [ref] = listFeatureRefs([id]);
	if (ref) return ref;
	throw new AppError("usage", `"${id}" is no feature. Write one as mlp_3.17.`, { id });
}

/** Whether an id says where its node is; in circuits of several prompts, and of ablations, features stand for all positions. */
export const hasPosition = (id: string): boolean => id.includes("@");

/** A node without its position, `mlp_3.17`: what facts are known by. Errors that are joined are among their site's. */
export function withoutPosition(id: string): string {
	const at = id.indexOf("@");
	if (at >= 0) return id.slice(0, at);
	return id.endsWith(".rest") ? id.slice(0, -".rest".length) : id;
}

function readPlace([, kind, layer, head]: RegExpExecArray): Site {
	return { kind: kind as SiteKind, layer: Number(layer), ...(head !== undefined && { head: Number(head) }) };
}

function atPosition(text: string | undefined): { position?: number } {
	return text === undefined ? {} : { position: Number(text) };
}
