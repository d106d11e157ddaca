import type { ViewNode } from "../circuit-view.ts";
import type { RunDescription } from "../contract/results.ts";
import { nodeEffect, noQuestion } from "../effect.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import type { NodeName } from "../naming.ts";
import { hasPosition, withoutPosition } from "../node-id.ts";
import { factsOfMembers } from "../supernode.ts";
import { readTokens } from "../token-characters.ts";
import type { CardContent } from "./feature-card.ts";

/** The texts that a run knows. */
export type DescribedTokens = Pick<RunDescription, "tokens" | "logitTokens"> & {
	/** By vocabulary number, where two tokens stand at one position. */
	readonly tokenTexts?: Readonly<Record<string, string>>;
};
/** These, and what its numbers are about. */
export type DescribedQuestion = DescribedTokens & Pick<RunDescription, "metricName" | "paired">;

/** What cards show of nodes: their names, words from the facts, tokens of the prompt. */
export function buildCardContent(
	facts: ReadonlyMap<string, FeatureFacts>,
	nameOf: (id: string) => NodeName,
	run: DescribedQuestion | null,
): (node: ViewNode) => CardContent {
	const question = run ?? noQuestion;
	return (node) => {
		const effect = nodeEffect(question, node.attribution);
		const name = nameOf(node.id);
		if (node.kind === "group") {
			const shared = factsOfMembers(node.members, facts);
			return { token: `${node.members.length} nodes`, name, effect, ...(shared && { facts: shared }) };
		}
		const known = facts.get(withoutPosition(node.id));
		return {
			token: tokenOf(node, run),
			name,
			effect,
			...(known && { facts: known }),
			...(node.members.length > 1 && { folded: node.joined ?? node.members.length }),
		};
	};
}

/** Beside errors that stand alone, those that do not. */
export function describeJoined(joined: number): string {
	return `… and ${joined.toLocaleString("en")} ${joined === 1 ? "other" : "others"}`;
}

/** Text of the prompt's token where a node is, or of the logit's own. */
export function tokenOf(
	{ id, kind, position, feature }: Pick<ViewNode, "id" | "kind" | "position" | "feature">,
	run: DescribedTokens | null,
): string {
	if (kind === "logit") return run?.logitTokens[String(feature)] ?? `#${feature}`;
	const own = kind === "token" ? run?.tokenTexts?.[String(feature)] : undefined;
	if (own !== undefined) return own;
	if (!hasPosition(id) && kind !== "token") return "";
	return readTokens(run?.tokens ?? [])[position]?.alone ?? `@${position}`;
}
