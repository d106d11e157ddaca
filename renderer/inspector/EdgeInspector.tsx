import type { CircuitEdge } from "#shared/circuit";
import { edgeKey } from "#shared/document-diff";
import type { SceneEdge } from "#shared/drawing/scene";
import { formatNumber } from "#shared/drawing/svg-text";
import { EdgeList } from "#shared/edge-list";
import { edgeEffect, sayEdge, signed } from "#shared/effect";
import { parseNodeId } from "#shared/node-id";
import { runAction } from "../actions/actions.ts";
import { setLinkText } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useQuestion } from "../document/question.ts";
import { select } from "../document/view-store.ts";
import { Button } from "../ui/Button.tsx";
import { EditableText } from "./EditableText.tsx";
import { Provenance } from "./Provenance.tsx";

/** One edge: its weight, what it sums, and which runs measured it. */
export function EdgeInspector({ edge }: { readonly edge: SceneEdge }) {
	const { source, target, weight, raises, manual } = edge;
	const question = useQuestion();
	const effect = edgeEffect(question, weight);
	const document = useDerived((state) => state.document);
	const ends = [new Set(source.node.members), new Set(target.node.members)] as const;
	const edges = EdgeList.from(document.edges);
	const parts = source.node.members
		.flatMap((member) => Array.from(edges.outOf(edges.numberOf(member)), (at) => edges.at(at) as CircuitEdge))
		.filter((one) => ends[1].has(one.target))
		.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	const link = document.links.find((one) => ends[0].has(one.source) && ends[1].has(one.target));
	const [only] = parts;
	return (
		<>
			<section>
				<h2 className="heading">{manual ? "Edge drawn by hand" : "Edge"}</h2>
				<div className="edge-ends">
					<button type="button" className="link mono" onClick={() => select([source.node.id])}>
						{source.node.name ?? source.node.id}
					</button>
					<span className="faint">→</span>
					<button type="button" className="link mono" onClick={() => select([target.node.id])}>
						{target.node.name ?? target.node.id}
					</button>
				</div>
				{manual ? (
					<>
						<p className="muted">A hypothesis of yours. It has no weight, and no method uses it.</p>
						{link && (
							<EditableText
								label="What you mean by it"
								value={link.text}
								placeholder="Say what you mean by it"
								onChange={(text) => setLinkText(edgeKey(link), text)}
							/>
						)}
					</>
				) : (
					<dl className="numbers">
						<div title={`Through ${target.node.name ?? target.node.id} alone, the source ${sayEdge(question, effect)}`}>
							<dt>Direct effect on the target</dt>
							<dd className={raises ? "raises" : "lowers"}>{signed(effect)}</dd>
						</div>
						<div title={`Change of ${question.metricName} when the source is ablated, through this node alone`}>
							<dt>As computed</dt>
							<dd>{formatNumber(weight)}</dd>
						</div>
						<div>
							<dt>Share of the strongest</dt>
							<dd>{(100 * edge.share).toFixed(1)}%</dd>
						</div>
					</dl>
				)}
				<div className="node-actions">
					<Button onClick={() => runAction("delete")}>Delete edge</Button>
				</div>
			</section>
			{parts.length > 0 && (
				<section>
					<h2 className="heading">Positions · {parts.length}</h2>
					<ul className="rows">
						{parts.slice(0, 30).map((part) => (
							<li key={edgeKey(part)}>
								<span className="mono cut">
									{positionOf(part.source)} → {positionOf(part.target)}
								</span>
								<span className="mono">{signed(edgeEffect(question, part.weight))}</span>
							</li>
						))}
					</ul>
				</section>
			)}
			{only && parts.length === 1 && <Provenance source={only.source} target={only.target} />}
		</>
	);
}

function positionOf(id: string): string {
	const { position } = parseNodeId(id);
	return position === undefined ? id : `@${position}`;
}
