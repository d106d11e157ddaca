import type { ViewNode } from "#shared/circuit-view";
import type { RunDescription } from "#shared/contract/results";
import type { CardContent } from "#shared/drawing/feature-card";
import type { FeatureFacts } from "#shared/feature-facts";
import { withoutPosition } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";

/** What cards show of nodes: words from the facts, labels, tokens of the prompt. */
export function buildCardContent(
	facts: ReadonlyMap<string, FeatureFacts>,
	labels: ReadonlyMap<string, ShownLabel>,
	run: RunDescription | null,
): (node: ViewNode) => CardContent {
	return (node) => {
		if (node.kind === "group") return { token: `${node.members.length} nodes`, label: node.name ?? "group" };
		const bare = withoutPosition(node.id);
		const known = facts.get(bare);
		const label = labels.get(bare);
		return {
			token: tokenOf(node, run),
			...(known && { facts: known }),
			...(label && { label: label.text, labelIsPublished: label.by !== "person" }),
			...(node.members.length > 1 && { folded: node.members.length }),
		};
	};
}

/** Text of the prompt's token where a node is, or of the logit's own. */
export function tokenOf(
	{ kind, position, feature }: Pick<ViewNode, "kind" | "position" | "feature">,
	run: RunDescription | null,
): string {
	if (kind === "logit") return run?.logitTokens[String(feature)] ?? `#${feature}`;
	return run?.tokens[position] ?? `@${position}`;
}
