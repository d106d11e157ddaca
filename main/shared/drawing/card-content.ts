import type { ViewNode } from "../circuit-view.ts";
import type { RunDescription } from "../contract/results.ts";
import { nodeEffect, noQuestion } from "../effect.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import { hasPosition, withoutPosition } from "../node-id.ts";
import type { ShownLabel } from "../published.ts";
import { factsOfMembers } from "../supernode.ts";
import type { CardContent } from "./feature-card.ts";

/** The texts that a run knows. */
export type DescribedTokens = Pick<RunDescription, "tokens" | "logitTokens">;
/** These, and what its numbers are about. */
export type DescribedQuestion = DescribedTokens & Pick<RunDescription, "metricName" | "paired">;

/** What cards show of nodes: words from the facts, labels, tokens of the prompt. */
export function buildCardContent(
	facts: ReadonlyMap<string, FeatureFacts>,
	labels: ReadonlyMap<string, ShownLabel>,
	run: DescribedQuestion | null,
): (node: ViewNode) => CardContent {
	const question = run ?? noQuestion;
	return (node) => {
		const effect = nodeEffect(question, node.attribution);
		if (node.kind === "group") {
			const shared = factsOfMembers(node.members, facts);
			return {
				token: `${node.members.length} nodes`,
				label: node.name ?? "group",
				effect,
				...(shared && { facts: shared }),
			};
		}
		const bare = withoutPosition(node.id);
		const known = facts.get(bare);
		const label = labels.get(bare);
		return {
			token: tokenOf(node, run),
			effect,
			...(known && { facts: known }),
			...(label && { label: label.text, labelIsPublished: label.by !== "person" }),
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
	if (!hasPosition(id) && kind !== "token") return "";
	return run?.tokens[position] ?? `@${position}`;
}
