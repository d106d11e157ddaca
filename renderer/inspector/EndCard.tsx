import type { ViewNode } from "#shared/circuit-view";
import { tokenOf } from "#shared/drawing/card-content";
import { nodeStyle } from "#shared/drawing/node-style";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { nodeEffect, showEffect } from "#shared/effect";
import { tellingEffects } from "#shared/feature-facts";
import { hasPosition, withoutPosition } from "#shared/node-id";
import { useDocument } from "../document/document-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { select } from "../document/view-store.ts";
import { Context } from "../ui/FeatureRows.tsx";

const shownContexts = 2;

/** One end of an edge in little room: what it is called, where it is, what it does, where it fires. */
export function EndCard({ node, end }: { readonly node: ViewNode; readonly end: "from" | "to" }) {
	const run = useDocument((state) => state.run);
	const question = useQuestion();
	const name = useNames()(node.id);
	const bare = withoutPosition(node.id);
	const facts = useFacts((state) => state.facts.get(bare));
	const kind = node.kind === "group" ? "group" : nodeStyle({ ...node, kind: node.kind });
	const place = hasPosition(node.id) ? `“${showToken(tokenOf(node, run))}” @${node.position}` : undefined;
	const about = [
		name.kind === "id" || node.kind === "group" ? undefined : bare,
		node.kind === "logit" ? undefined : node.members.length > 1 ? `${node.members.length} nodes` : place,
		node.kind === "feature" ? `active ${formatNumber(node.activation)}` : undefined,
	].filter((part) => part !== undefined);
	return (
		<div className="end-card" data-kind={kind}>
			<div className="end-head">
				<span className="faint">{end}</span>
				<button type="button" className="link end-name" data-name={name.kind} onClick={() => select([node.id])}>
					{name.text}
				</button>
				{node.kind !== "logit" && (
					<span className="mono faint" title="What it does to the target by all ways, first-order">
						{showEffect(nodeEffect(question, node.attribution))}
					</span>
				)}
			</div>
			{about.length > 0 && <p className="faint mono cut">{about.join(" · ")}</p>}
			{facts && facts.contexts.length > 0 && (
				<div className="end-contexts">
					{facts.contexts.slice(0, shownContexts).map((context) => (
						<Context
							key={context.tokens.join("") + context.peak}
							as="div"
							context={context}
							most={facts.maxActivation}
						/>
					))}
				</div>
			)}
			{facts && tellingEffects(facts.raises, "raises").length > 0 && (
				<p className="cut faint">
					raises{" "}
					<span className="mono">
						{tellingEffects(facts.raises, "raises")
							.slice(0, 4)
							.map(({ token }) => showToken(token))
							.join("  ")}
					</span>
				</p>
			)}
		</div>
	);
}
