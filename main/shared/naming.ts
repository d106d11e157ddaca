import type { CircuitNode } from "./circuit.ts";
import { type DescribedTokens, tokenOf } from "./drawing/card-content.ts";
import { laneOf } from "./drawing/node-style.ts";
import { cutText, formatNumber, showToken } from "./drawing/svg-text.ts";
import type { FeatureFacts } from "./feature-facts.ts";
import { hasPosition, parseNodeId, withoutPosition } from "./node-id.ts";
import { phraseOf } from "./phrase.ts";
import type { ShownLabel } from "./published.ts";

/**
 * What a name is: a person's word, a published one, a phrase that the program made from contexts and logits, an id; or
 * `plain`, where a token, a logit or an error says itself what it is.
 */
export type NameKind = "human" | "published" | "generated" | "id" | "plain";

/** What a node is called, in one line. */
export interface NodeName {
	readonly text: string;
	readonly kind: NameKind;
	/** What tells it apart: `@5` of tokens, errors, and nodes that share their name; a logit's value. */
	readonly at?: string;
}

export type NamedNode = Pick<CircuitNode, "id" | "site" | "layer" | "feature" | "position" | "joined"> & {
	readonly kind: CircuitNode["kind"] | "group";
	/** A logit's value. */
	readonly activation: number;
	/** Of a group. */
	readonly name?: string;
};

/** What names are made of; maps by id without position. */
export interface NameSource {
	readonly labels: ReadonlyMap<string, ShownLabel>;
	readonly facts: ReadonlyMap<string, FeatureFacts>;
	/** What `phraseOf` says of features whose facts are not here. */
	readonly phrases?: ReadonlyMap<string, string>;
	readonly run: DescribedTokens | null;
}

/** In one line, with what tells it apart. */
export const writeName = ({ text, at }: NodeName): string => (at === undefined ? text : `${text} ${at}`);

/** Names of nodes that are seen together: where two are called alike, each says where it is. */
export function nameNodes(nodes: readonly NamedNode[], source: NameSource): ReadonlyMap<string, NodeName> {
	const names = new Map(nodes.map((node) => [node.id, nameNode(node, source)]));
	// Position, else its lane too, else its id.
	for (const tell of [placeOf, (node: NamedNode) => `${laneName(node)} ${placeOf(node) ?? ""}`.trim(), idOf])
		for (const alike of findAlike(nodes, names))
			for (const node of alike) {
				const name = names.get(node.id) as NodeName;
				const at = tell(node);
				if (name.kind !== "plain" && at !== undefined) names.set(node.id, { ...name, at });
			}
	return names;
}

const placeOf = ({ id, position }: NamedNode) => (hasPosition(id) ? `@${position}` : undefined);
const idOf = ({ id }: NamedNode) => id;
const laneName = (node: NamedNode) => laneOf({ ...node, kind: node.kind === "group" ? "feature" : node.kind }).name;

function findAlike(
	nodes: readonly NamedNode[],
	names: ReadonlyMap<string, NodeName>,
): readonly (readonly NamedNode[])[] {
	const byName = Map.groupBy(nodes, ({ id }) => writeName(names.get(id) as NodeName));
	return [...byName.values()].filter(({ length }) => length > 1);
}

/** The name of a node alone, whatever others are called. */
export function nameNode(node: NamedNode, { labels, facts, phrases, run }: NameSource): NodeName {
	const { id, kind } = node;
	if (kind === "group") return { text: node.name ?? id, kind: "human" };
	if (kind === "token" || kind === "logit") {
		const at =
			kind === "token" ? `@${node.position}` : node.activation === 0 ? undefined : formatNumber(node.activation);
		return { text: showToken(tokenOf({ ...node, kind }, run)), kind: "plain", ...(at !== undefined && { at }) };
	}
	const bare = withoutPosition(id);
	if (kind === "error") {
		const at = placeOf(node);
		const errors = node.joined === undefined ? "error" : `${node.joined.toLocaleString("en")} errors`;
		return { text: `${errors} of ${siteOfError(node)}`, kind: "plain", ...(at !== undefined && { at }) };
	}
	const label = labels.get(bare);
	if (label) return { text: label.text, kind: label.by === "person" ? "human" : "published" };
	const known = facts.get(bare);
	const phrase = (known && phraseOf(known)) ?? phrases?.get(bare);
	return phrase === undefined ? { text: bare, kind: "id" } : { text: phrase, kind: "generated" };
}

function siteOfError(node: NamedNode): string {
	const ref = parseNodeId(node.id);
	const head = ref.kind === "error" && ref.site.head !== undefined ? ` head ${ref.site.head}` : "";
	return laneName(node) + head;
}

/** A name cut to so many cells; what tells it apart stays whole. */
export function cutName({ text, at }: NodeName, cells: number): string {
	const room = at === undefined ? cells : cells - at.length - 1;
	if (at !== undefined && room < 3) return cutText(text, cells);
	return at === undefined ? cutText(text, cells) : `${cutText(text, room)} ${at}`;
}
