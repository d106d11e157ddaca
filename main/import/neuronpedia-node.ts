import type { CircuitNode } from "#shared/circuit";
import { formatNodeId, parseNodeId } from "#shared/node-id";
import type { SiteKind } from "#shared/site";
import { siteKinds } from "#shared/site";

/** A node as circuit-tracer and Neuronpedia write it; what they leave out or set to null is undefined here. */
export interface NeuronpediaNode {
	readonly id: string;
	readonly node: CircuitNode;
	/** Cumulative share of the influence on the logits: smaller is more important. */
	readonly influence?: number;
	readonly clerp: string;
	/** Of a logit, as its clerp says. */
	readonly token?: string;
	/** All fields, to be written again. */
	readonly original: Readonly<Record<string, unknown>>;
}

/** Kinds of feature by name; what is not known is taken for a transcoder, which stands at the MLP's output. */
const attentionTypes = /lorsa|attention|attn/i;

/**
 * Undefined for what is no node. A node's kind is told by `feature_type`, never by its id: `0_L_pos` is an error in old
 * files and a feature of layer 0 in others. Our own files say beside it which site is meant.
 */
export function readNeuronpediaNode(raw: unknown): NeuronpediaNode | undefined {
	if (typeof raw !== "object" || raw === null) return undefined;
	const original = raw as Record<string, unknown>;
	const { node_id: id, feature_type: type, layer, ctx_idx: position } = original;
	if (typeof id !== "string" || id.length > 400 || typeof type !== "string" || !isCount(position)) return undefined;
	const number = (name: string) => (Number.isFinite(original[name]) ? (original[name] as number) : undefined);
	const influence = number("influence");
	const clerp = typeof original["clerp"] === "string" ? original["clerp"] : "";
	const base = { id, clerp, original, ...(influence !== undefined && { influence }) };
	const values = {
		position,
		activation: number("activation") ?? 0,
		attribution: influence === undefined ? 0 : 1 - influence,
	};
	const [first = "", middle = ""] = id.split("_");
	const ours = readOwnId(original["scd_id"], position);
	const joined = original["scd_joined"];
	const attribution = number("scd_attribution") ?? values.attribution;
	if (ours) {
		const text = ours.kind === "logit" ? readLogitToken(clerp) : undefined;
		const activation = ours.kind === "token" ? 1 : values.activation;
		return {
			...base,
			node: { ...ours, ...values, ...(isCount(joined) && { joined }), activation, attribution },
			...(text !== undefined && { token: text }),
		};
	}
	if (type === "embedding") {
		const token = isIndex(middle) ? Number(middle) : position;
		return {
			...base,
			node: { ...values, id: `token.${token}@${position}`, kind: "token", feature: token, activation: 1 },
		};
	}
	if (type === "logit") {
		const token = isIndex(middle) ? Number(middle) : number("feature");
		if (!isCount(token)) return undefined;
		const text = readLogitToken(clerp);
		return {
			...base,
			node: {
				...values,
				id: `logit.${token}@${position}`,
				kind: "logit",
				feature: token,
				activation: number("token_prob") ?? 0,
			},
			...(text !== undefined && { token: text }),
		};
	}
	const depth = Number(layer ?? first);
	if (!Number.isInteger(depth) || depth < -1 || depth > 10_000) return undefined;
	const site: SiteKind = attentionTypes.test(type) ? "attn" : "mlp";
	if (/error/i.test(type))
		return {
			...base,
			node: { ...values, id: `${site}_error_${depth}@${position}`, kind: "error", site, layer: depth },
		};
	const feature = readFeature(id, number("feature"), depth);
	if (feature === undefined) return undefined;
	return {
		...base,
		node: { ...values, id: `${site}_${depth}.${feature}@${position}`, kind: "feature", site, layer: depth, feature },
	};
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isIndex = (text: string) => /^\d{1,12}$/.test(text);

/** The index stands in the middle of the id; where it does not, it is read out of the pair that `feature` encodes. */
function readFeature(id: string, paired: number | undefined, layer: number): number | undefined {
	const parts = id.split("_");
	if (parts.length >= 3 && isIndex(parts[1] ?? "")) return Number(parts[1]);
	if (!isCount(paired)) return undefined;
	// Cantor's pairing: (L + i)(L + i + 1)/2 + i.
	const sum = Math.floor((Math.sqrt(8 * paired + 1) - 1) / 2);
	const index = paired - (sum * (sum + 1)) / 2;
	return sum - index === layer ? index : paired;
}

function readOwnId(
	id: unknown,
	position: number,
): Omit<CircuitNode, "position" | "activation" | "attribution"> | undefined {
	if (typeof id !== "string" || id.length > 200) return undefined;
	try {
		const ref = parseNodeId(id);
		if (formatNodeId(ref) !== id || (ref.position ?? position) !== position) return undefined;
		if (ref.kind === "token" || ref.kind === "logit") return { id, kind: ref.kind, feature: ref.token };
		const site = siteKinds.includes(ref.site.kind) ? { site: ref.site.kind, layer: ref.site.layer } : undefined;
		if (!site) return undefined;
		return { id, kind: ref.kind, ...site, ...(ref.kind === "feature" && { feature: ref.feature }) };
	} catch {
		return undefined;
	}
}

/** `Output " floor" (p=0.111)`, or `output: 'Austin' (p=1.000)`. */
function readLogitToken(clerp: string): string | undefined {
	const end = clerp.lastIndexOf("(p=");
	const head = (end < 0 ? clerp : clerp.slice(0, end)).trimEnd();
	const open = head.search(/["'‘“]/);
	return open >= 0 && head.length > open + 1 ? head.slice(open + 1, -1) : undefined;
}
