import { useState } from "react";
import type { CircuitEdge } from "#shared/circuit";
import { edgeKey } from "#shared/document-diff";
import type { SceneEdge } from "#shared/drawing/scene";
import { formatNumber } from "#shared/drawing/svg-text";
import type { EdgeList } from "#shared/edge-list";
import { type SharedPart, shareOfInput, shareOfOutput } from "#shared/edge-shares";
import { type EdgeWay, findWay } from "#shared/edge-way";
import { edgeEffect, sayEdge, signed } from "#shared/effect";
import { parseNodeId } from "#shared/node-id";
import { compareSiteNames, type Site, siteName } from "#shared/site";
import { tellEdge } from "#shared/tell-path";
import { runAction } from "../actions/actions.ts";
import { setLinkText } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useWholeEdges } from "../document/node-edges.ts";
import { useTelling } from "../document/telling.ts";
import { showShare } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { EdgeMeasured } from "./EdgeMeasured.tsx";
import { EditableText } from "./EditableText.tsx";
import { EndCard } from "./EndCard.tsx";
import { Provenance } from "./Provenance.tsx";

/** One edge: its ends, a sentence, what share it is of each, what carries it, and which runs measured it. */
export function EdgeInspector({ edge }: { readonly edge: SceneEdge }) {
	const { source, target, manual } = edge;
	const document = useDerived((state) => state.document);
	const [sources, targets] = [source.node.members, target.node.members];
	const edges = useWholeEdges([...sources, ...targets]);
	const wanted = new Set(targets);
	const parts = sources
		.flatMap((member) => Array.from(edges.outOf(edges.numberOf(member)), (at) => edges.at(at) as CircuitEdge))
		.filter((one) => wanted.has(one.target))
		.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	const link = document.links.find((one) => sources.includes(one.source) && wanted.has(one.target));
	const [chosen, setChosen] = useState<string>();
	const only = parts.find((part) => edgeKey(part) === chosen) ?? parts[0];
	return (
		<>
			<section>
				<h2 className="heading">{manual ? "Edge drawn by hand" : "Edge"}</h2>
				<EndCard node={source.node} end="from" />
				<EndCard node={target.node} end="to" />
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
					<>
						{only && <Sentence edge={only} of={parts} />}
						<Shares edge={edge} edges={edges} />
					</>
				)}
				<div className="node-actions">
					<Button onClick={() => runAction("delete")}>Delete edge</Button>
				</div>
			</section>
			{parts.length > 1 && only && <Positions parts={parts} chosen={only} onChoose={setChosen} />}
			{only && !manual && <EdgeMeasured edge={only} />}
			{only && <Provenance source={only.source} target={only.target} />}
		</>
	);
}

/** The edge in words, or one of several that are seen as one. */
function Sentence({ edge, of }: { readonly edge: CircuitEdge; readonly of: readonly CircuitEdge[] }) {
	const { source, target } = edge;
	const telling = useTelling();
	const run = useDocument((state) => state.run);
	const method = run?.request.method;
	const way = method === "gradient" || method === "consensus" ? readWay(source, target, run?.dictionaries) : undefined;
	return (
		<p data-sentence>
			{of.length > 1 && (
				<span className="faint">
					{edge === of[0] ? "The strongest" : "One"} of {of.length}:{" "}
				</span>
			)}
			{tellEdge(source, target, telling, way)}
		</p>
	);
}

/** By the sites of the run's dictionaries. How many layers lie behind the last of them is not known here: of logits nothing is said. */
function readWay(
	source: string,
	target: string,
	dictionaries: readonly { readonly site: string }[] = [],
): EdgeWay | undefined {
	const [from, to] = [siteOf(source), siteOf(target)];
	if (!from || !to) return undefined;
	const before = dictionaries.map(({ site }) => site).filter((site) => compareSiteNames(site, siteName(to)) < 0);
	return findWay(from, to, before, to.layer + 1);
}

function siteOf(id: string): Site | undefined {
	const ref = parseNodeId(id);
	return "site" in ref ? ref.site : ref.kind === "token" ? { kind: "embed", layer: -1 } : undefined;
}

/** How strong it is, in itself and beside what else leads into its target and out of its source. */
function Shares({ edge, edges }: { readonly edge: SceneEdge; readonly edges: EdgeList }) {
	const { question } = useTelling();
	const { source, target, weight, raises } = edge;
	const effect = edgeEffect(question, weight);
	const nodes = useDerived(({ document }) => document.nodes);
	const [from, to] = [new Set(source.node.members), new Set(target.node.members)];
	const input = shareOfInput(
		edges,
		from,
		nodes.filter(({ id }) => to.has(id)),
	);
	const output = shareOfOutput(edges, source.node.members, to);
	return (
		<>
			<dl className="numbers">
				<div title={`Through this edge the source ${sayEdge(question, effect)}`}>
					<dt>Direct effect on the target</dt>
					<dd className={raises ? "raises" : "lowers"}>{signed(effect)}</dd>
				</div>
				<div title={`Change of ${question.metricName} when the source is ablated, through this edge alone`}>
					<dt>As computed</dt>
					<dd>{formatNumber(weight)}</dd>
				</div>
				{input && (
					<div>
						<dt>Of its end’s input</dt>
						<dd>{showShare(input.share)}</dd>
					</div>
				)}
				{output && (
					<div>
						<dt>Of its source’s output</dt>
						<dd>{showShare(output.share)}</dd>
					</div>
				)}
			</dl>
			<p className="faint">{[describeInput(input), describeOutput(output)].join(" ")}</p>
		</>
	);
}

/** What the whole is that a share is of. */
function describeInput(part: SharedPart | undefined): string {
	if (!part) return "";
	const cut = part.isComplete ? "with what the trace cut off" : "without what the trace cut off, which is not known";
	return `Input: all that leads in from features, tokens and errors, ${cut} (Σ |effect| ${formatNumber(part.whole)}).`;
}

function describeOutput(part: SharedPart | undefined): string {
	return part ? `Output: all edges of the circuit that lead out (Σ |effect| ${formatNumber(part.whole)}).` : "";
}

interface PositionsProps {
	readonly parts: readonly CircuitEdge[];
	readonly chosen: CircuitEdge;
	onChoose(key: string): void;
}

/** Edges that are seen as one: one of them at a time is told of and measured. */
function Positions({ parts, chosen, onChoose }: PositionsProps) {
	const { question } = useTelling();
	return (
		<section>
			<h2 className="heading">Positions · {parts.length}</h2>
			<ul className="rows">
				{parts.slice(0, 30).map((part) => (
					<li key={edgeKey(part)}>
						<button
							type="button"
							className="link mono cut"
							aria-pressed={part === chosen}
							onClick={() => onChoose(edgeKey(part))}
						>
							{positionOf(part.source)} → {positionOf(part.target)}
						</button>
						<span className="mono">{signed(edgeEffect(question, part.weight))}</span>
					</li>
				))}
			</ul>
		</section>
	);
}

function positionOf(id: string): string {
	const { position } = parseNodeId(id);
	return position === undefined ? id : `@${position}`;
}
