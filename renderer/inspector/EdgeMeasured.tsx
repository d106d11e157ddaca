import { formatNumber, showToken } from "#shared/drawing/svg-text";
import type { EdgeExplanation, EdgeMeasurement, HeadShare } from "#shared/edge-explanation";
import { edgeEffect, nameTarget, nodeEffect, type Question, signed } from "#shared/effect";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import { useDocument } from "../document/document-store.ts";
import { measuredKey, measureEdge, useMeasured } from "../document/measured-store.ts";
import { useQuestion } from "../document/question.ts";
import { Button } from "../ui/Button.tsx";

interface Edge {
	readonly source: string;
	readonly target: string;
}

/** Runs the real ablation of an edge's source, and shows what carries the edge: heads, and what they read. */
export function EdgeMeasured({ edge }: { readonly edge: Edge }) {
	const name = useDocument((state) => state.name);
	const run = useDocument((state) => state.run?.id);
	const measured = useMeasured(({ edges }) => edges.get(measuredKey(name, run, edge)));
	const question = useQuestion();
	return (
		<section aria-label="Measured">
			<h2 className="heading">Measured</h2>
			{measured?.state === "done" ? (
				<>
					{measured.found.measured && (
						<Predicted found={measured.found} measured={measured.found.measured} edge={edge} question={question} />
					)}
					<Heads found={measured.found} question={question} />
				</>
			) : (
				<>
					<p className="muted">
						The edge is a first-order prediction. Measuring runs the model with its source{" "}
						{question.paired ? "as it is on the other prompt" : "taken out"}, and says which heads carry it.
					</p>
					{measured?.state === "failed" && (
						<p className="field-error" role="alert">
							{measured.message}
						</p>
					)}
					<div className="node-actions">
						{measured?.state === "running" ? (
							<>
								<Button disabled>Measuring …</Button>
								<Button onClick={measured.stop}>Stop</Button>
							</>
						) : (
							<Button onClick={() => measureEdge(edge)}>Measure it</Button>
						)}
					</div>
				</>
			)}
		</section>
	);
}

interface PredictedProps {
	readonly found: EdgeExplanation;
	readonly measured: EdgeMeasurement;
	readonly edge: Edge;
	readonly question: Question;
}

/** What was predicted beside what happened, along the edge and by all ways. */
function Predicted({ found, measured, edge, question }: PredictedProps) {
	const { before, held, free, predicted, metric } = measured;
	const { kind } = parseNodeId(edge.target);
	const amount = kind === "logit" ? "Its logit" : withoutPosition(edge.target);
	const along = (weight: number) => signed(-edgeEffect(question, weight));
	const total = (change: number) => signed(nodeEffect({ ...question, paired: false }, change));
	return (
		<table className="predicted">
			<caption>{question.paired ? "With its source as on the other prompt" : "With its source taken out"}</caption>
			<thead>
				<tr>
					<th scope="col">
						<span className="visually-hidden">What</span>
					</th>
					<th scope="col">predicted</th>
					<th scope="col">measured</th>
				</tr>
			</thead>
			<tbody>
				<tr
					title={`As it is: ${formatNumber(before)}. Every other dictionary’s site between the two keeps what it holds.`}
				>
					<th scope="row">{amount}, this edge alone</th>
					<td>{`${formatNumber(before)} → ${formatNumber(before + predicted)}`}</td>
					<td>{`${formatNumber(before)} → ${formatNumber(held)}`}</td>
				</tr>
				<tr>
					<th scope="row">{`${nameTarget(question)}, this edge alone`}</th>
					<td>{along(found.weight)}</td>
					<td>{along(measured.weight)}</td>
				</tr>
				<tr title="Nothing is held: what lies between the two changes too.">
					<th scope="row">{amount}, all ways</th>
					<td>–</td>
					<td>{`${formatNumber(before)} → ${formatNumber(free)}`}</td>
				</tr>
				<tr title="By every way through the model, of which this edge is one.">
					<th scope="row">{`${nameTarget(question)}, all ways`}</th>
					<td>{total(metric.predicted)}</td>
					<td>{total(metric.after - metric.before)}</td>
				</tr>
			</tbody>
		</table>
	);
}

const shownHeads = 6;
/** Of the largest. */
const leastShown = 0.02;

/** Which heads carry the edge, as the last attention on the way, and where they read. */
function Heads({
	found: { weight, straight, heads },
	question,
}: {
	readonly found: EdgeExplanation;
	readonly question: Question;
}) {
	if (heads.length === 0)
		return <p className="muted">No attention lies between the two: all of it goes along the stream at one position.</p>;
	const sorted = heads.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	const most = Math.max(Math.abs(straight), Math.abs(sorted[0]?.weight ?? 0), 1e-30);
	const shown = sorted.slice(0, shownHeads).filter((head) => Math.abs(head.weight) > leastShown * most);
	const rest = sorted.slice(shown.length);
	const bar = (amount: number) => (
		<span
			className="share-bar"
			data-sign={edgeEffect(question, amount) > 0 ? "raise" : "lower"}
			style={{ inlineSize: `${(100 * Math.abs(amount)) / most}%` }}
		/>
	);
	return (
		<>
			<h3 className="heading">
				By head
				<span
					className="faint heading-side"
					title="Each way is counted at the last attention that it crosses, so that all add up to the edge"
				>
					Σ {signed(edgeEffect(question, weight))}
				</span>
			</h3>
			<ul className="heads">
				{straight !== 0 && (
					<li title="Along the stream and through MLPs at one position">
						<span>without attention</span>
						<span className="mono">{signed(edgeEffect(question, straight))}</span>
						{bar(straight)}
					</li>
				)}
				{shown.map((head) => (
					<li key={`${head.layer}.${head.head}`} title={describeHead(head, question)}>
						<span>
							layer {head.layer}, head {head.head}
						</span>
						<span className="mono">{signed(edgeEffect(question, head.weight))}</span>
						{bar(head.weight)}
						<span className="faint head-how">{saysHow(head, question)}</span>
					</li>
				))}
				{rest.length > 0 && (
					<li>
						<span className="faint">{rest.length === 1 ? "1 other head" : `${rest.length} other heads`}</span>
						<span className="mono">
							{signed(
								edgeEffect(
									question,
									rest.reduce((sum, head) => sum + head.weight, 0),
								),
							)}
						</span>
					</li>
				)}
			</ul>
		</>
	);
}

/** The largest of the three: what is moved, or where the head looks. */
function saysHow({ values, keys, queries, reads }: HeadShare, { tokens }: Question): string {
	const [at] = reads;
	const from = at ? ` “${showToken(tokens[at.position] ?? "")}” @${at.position}` : "";
	const size = Math.abs;
	if (size(queries) > size(values) && size(queries) > size(keys)) return "looks elsewhere";
	return size(values) >= size(keys) ? `moves what it reads at${from}` : `looks more or less at${from}`;
}

function describeHead({ values, keys, queries }: HeadShare, question: Question): string {
	const show = (amount: number) => signed(edgeEffect(question, amount));
	return `Values (what it moves from where it looks) ${show(values)}; keys (how much it looks there) ${show(keys)}; queries (what it looks for) ${show(queries)}`;
}
