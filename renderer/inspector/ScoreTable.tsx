import { useMemo } from "react";
import type { ViewNode } from "#shared/circuit-view";
import {
	countedTwice,
	cutOffUnknown,
	isCutOffUnknown,
	isScored,
	judgeReplacement,
	scoreMeaning,
	showScore,
} from "#shared/score-words";
import { type CircuitScores, scoreCircuit } from "#shared/scores";
import { shownDocument, useDocument } from "../document/document-store.ts";
import { useSettled } from "../ui/use-settled.ts";

/** A part of the circuit whose scores stand beside those of the whole. */
interface ScoredPart {
	readonly name: string;
	readonly nodes: readonly ViewNode[];
}

/** Of so many edges scores take longer than a frame has. */
const manyEdges = 50_000;
const settleMs = 400;

const columns = ["replacement", "completeness"] as const satisfies readonly (keyof CircuitScores)[];

/** Scores of the open circuit and of a part of it; nothing where its edges are no effects on a target. */
export function ScoreTable({ part }: { readonly part: ScoredPart }) {
	const state = useDocument();
	const { nodes, edges } = shownDocument(state);
	const { run, runs } = state;
	const metricName = run?.metricName ?? "";
	const isMeant = nodes.length > 0 && isScored(run?.request, runs);
	const whole = useMemo(
		() => (isMeant ? scoreCircuit({ nodes, edges, metricName }) : undefined),
		[isMeant, nodes, edges, metricName],
	);
	// A slider that moves does not wait for the scores of where it was, nor do facts that arrive.
	const members = useSettled(part.nodes, edges.length > manyEdges ? settleMs : 0);
	const ofPart = useMemo(() => {
		const features = new Set(members.flatMap((node) => node.members));
		return isMeant ? scoreCircuit({ nodes, edges, metricName, features }) : undefined;
	}, [isMeant, nodes, edges, metricName, members]);
	if (whole?.isDoubled)
		return (
			<section aria-label="Scores">
				<h2 className="heading">Scores</h2>
				<p className="faint">{countedTwice}</p>
			</section>
		);
	if (!whole || !ofPart || (whole.replacement === null && whole.completeness === null)) return null;
	const isOld = isCutOffUnknown(run?.request, nodes);
	return (
		<section aria-label="Scores">
			<h2 className="heading">Scores</h2>
			<table className="score-table">
				<thead>
					<tr>
						<td />
						{columns.map((name) => (
							<th key={name} scope="col" title={scoreMeaning[name]}>
								{name === "replacement" ? "Replacement" : "Completeness"}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					<ScoreRow name="Whole circuit" scores={whole} />
					<ScoreRow name={part.name} scores={ofPart} />
				</tbody>
			</table>
			{whole.replacement !== null && <p className="muted">{judgeReplacement(whole.replacement)}</p>}
			<details className="field-hint">
				<summary>What these say</summary>
				<p>{scoreMeaning.replacement}</p>
				<p>{scoreMeaning.completeness}</p>
				<p>Of a part, what leads in from features outside it counts as an error.</p>
				{isOld && <p>{cutOffUnknown}</p>}
			</details>
		</section>
	);
}

function ScoreRow({ name, scores }: { readonly name: string; readonly scores: CircuitScores }) {
	return (
		<tr>
			<th scope="row">{name}</th>
			{columns.map((column) => {
				const score = scores[column];
				return (
					<td key={column} className="number">
						{score === null ? "—" : showScore(score)}
						{score !== null && <meter className="score-bar" min={0} max={1} value={score} aria-hidden="true" />}
					</td>
				);
			})}
		</tr>
	);
}
