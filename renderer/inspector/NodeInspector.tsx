import { Pin, PinOff } from "lucide-react";
import type { ViewNode } from "#shared/circuit-view";
import { describeJoined, tokenOf } from "#shared/drawing/card-content";
import { nodeStyle } from "#shared/drawing/node-style";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { nodeEffect, sayEffect, signed } from "#shared/effect";
import { hasPosition, withoutPosition } from "#shared/node-id";
import { runAction } from "../actions/actions.ts";
import { renameGroup } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { select } from "../document/view-store.ts";
import { SupernodeDetails } from "../supernodes/SupernodeDetails.tsx";
import { Button } from "../ui/Button.tsx";
import { EdgeTables } from "./EdgeTable.tsx";
import { EditableText } from "./EditableText.tsx";
import { FeatureDetails } from "./FeatureDetails.tsx";
import { NodePaths } from "./NodePaths.tsx";
import { Provenance } from "./Provenance.tsx";

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function describePlace({ members, joined, position }: ViewNode): string {
	if (joined !== undefined && members.length === 1) return describeJoined(joined);
	if (members.length === 1 && !hasPosition(members[0] ?? "")) return "at any position";
	return members.length > 1 ? `${joined ?? members.length} positions` : `position ${position}`;
}

/** One node: what it is, how much it matters, what leads here and where it leads. */
export function NodeInspector({ node }: { readonly node: ViewNode }) {
	const run = useDocument((state) => state.run);
	const question = useQuestion();
	const effect = nodeEffect(question, node.attribution);
	const name = useNames()(node.id);
	const pins = useDerived((state) => state.document.pins);
	const bare = withoutPosition(node.id);
	const isPinned = pins.some(({ id }) => id === bare);
	const kind = node.kind === "group" ? "group" : nodeStyle({ ...node, kind: node.kind });
	const isSum = node.joined !== undefined && node.members.length === 1;
	const titles = { feature: "Feature", error: "Error", token: "Token", logit: "Logit", group: "Supernode" } as const;
	return (
		<>
			<section>
				<h2 className="heading">{titles[node.kind]}</h2>
				<div className="node-head">
					<span className="chip" data-kind={kind} data-inspected={node.id}>
						{node.kind === "group" ? `${node.members.length} nodes` : bare}
					</span>
					{node.kind !== "group" && (
						<span className="faint">
							{describePlace(node)}{" "}
							{node.joined === undefined && <span className="mono">{showToken(tokenOf(node, run))}</span>}
						</span>
					)}
				</div>
				{/* What a person wrote stands in its field below. */}
				{(name.kind === "generated" || name.kind === "published") && (
					<p className="node-name" data-name={name.kind}>
						{name.text}
					</p>
				)}
				{node.kind === "group" && (
					<EditableText
						label="Name of the supernode"
						value={node.name ?? ""}
						placeholder="Name it"
						onChange={(name) => renameGroup(node.id, name)}
					/>
				)}
				<dl className="numbers">
					{node.kind !== "group" && (
						<div
							title={
								node.kind !== "error"
									? "How active it is on the prompt"
									: isSum
										? "Sum of the norms of what the dictionary misses at these positions"
										: "Norm of what the dictionary misses here"
							}
						>
							<dt>
								{node.kind === "error" ? (isSum ? "Σ norm" : "Norm") : node.kind === "logit" ? "Logit" : "Activation"}
							</dt>
							<dd>{formatNumber(node.activation)}</dd>
						</div>
					)}
					<div title="First-order effect on what the metric is about">
						<dt>Effect on the target</dt>
						<dd className={effect > 0 ? "raises" : "lowers"}>{signed(effect)}</dd>
					</div>
					<div title={`∂m/∂a · a of ${question.metricName}, with the sign that the metric has`}>
						<dt>As computed</dt>
						<dd>{formatNumber(node.attribution)}</dd>
					</div>
				</dl>
				{node.kind !== "logit" && (
					<p className="muted">
						{capital(sayEffect(question, effect))}, {node.kind === "group" ? "its members added up, each " : ""}to first
						order.
					</p>
				)}
				{node.kind === "feature" && (
					<div className="node-actions">
						<Button onClick={() => runAction("pin")}>
							{isPinned ? <PinOff aria-hidden /> : <Pin aria-hidden />}
							{isPinned ? "Unpin" : "Pin"}
						</Button>
						<Button onClick={() => runAction("trace-upstream")} disabled={node.members.length > 1}>
							Trace upstream
						</Button>
						<Button onClick={() => runAction("trace-downstream")} disabled={node.members.length > 1}>
							Downstream
						</Button>
						<Button onClick={() => runAction("respond")}>Ablate, scale …</Button>
					</div>
				)}
			</section>
			{node.kind === "feature" && <FeatureDetails id={bare} />}
			{node.kind === "group" && <SupernodeDetails node={node} />}
			<NodePaths key={node.id} members={node.members} />
			<EdgeTables node={node.id} onGo={(id) => select([id])} />
			{node.members[0] !== undefined && node.members.length === 1 && <Provenance target={node.members[0]} />}
		</>
	);
}
