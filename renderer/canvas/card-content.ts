import type { ViewNode } from "#shared/circuit-view";
import type { RunDescription } from "#shared/contract/results";
import type { Label } from "#shared/document";
import type { CardContent } from "#shared/drawing/feature-card";
import type { FeatureFacts } from "#shared/feature-facts";
import { withoutPosition } from "#shared/node-id";

/** What cards show of nodes: words from the facts, people's labels, tokens of the prompt. */
export function buildCardContent(
	facts: ReadonlyMap<string, FeatureFacts>,
	labels: readonly Label[],
	run: RunDescription | null,
): (node: ViewNode) => CardContent {
	const texts = new Map(labels.map(({ id, text }) => [id, text]));
	return (node) => {
		if (node.kind === "group") return { token: `${node.members.length} nodes`, label: node.name ?? "group" };
		const bare = withoutPosition(node.id);
		const known = facts.get(bare);
		const label = texts.get(bare);
		return {
			token: tokenOf(node, run),
			...(known && { facts: known }),
			...(label !== undefined && { label }),
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
