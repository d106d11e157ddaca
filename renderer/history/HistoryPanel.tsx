import { GitBranch, RotateCcw, X } from "lucide-react";
import { useCallback, useState } from "react";
import type { TimelineStep } from "#shared/contract/results";
import type { Theme } from "#shared/drawing/theme";
import { drawThumbnail } from "#shared/drawing/thumbnail";
import { openDialog, togglePanel } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { Drawn } from "../canvas/Drawn.tsx";
import { startComparison } from "../document/comparison.ts";
import { goToStep, leavePreview, previewStep, useDocument } from "../document/document-store.ts";
import { reportError } from "../document/session-store.ts";
import { useAnswer } from "../document/use-call.ts";
import { EditableText } from "../inspector/EditableText.tsx";
import { count, showTime } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import "../inspector/inspector.css";
import "./history.css";

/** Every run and edit, newest first, each with a picture of what it led to. */
export function HistoryPanel() {
	const { name, step, preview } = useDocument();
	const [renamed, setRenamed] = useState(0);
	const steps =
		useAnswer("circuits.timeline", name === null ? undefined : { name }, { refresh: `${step} ${renamed}` }) ?? [];
	const nameStep = (one: number, label: string) => {
		if (name === null || label.trim() === "") return;
		client
			.call("circuits.nameStep", { name, step: one, label })
			.then(() => setRenamed((times) => times + 1))
			.catch(reportError);
	};
	const compareWith = (one: number) => {
		if (name === null) return;
		startComparison(`${name}@${one}`, name).catch(reportError);
		// What differs is told in the inspector's place.
		togglePanel("history", false);
		togglePanel("inspector", true);
	};
	const taken = takenBack(steps);
	const shown = preview?.step ?? step;
	return (
		<aside id="panel-history" className="history" aria-label="History">
			<div className="history-head">
				<h2 className="heading">History</h2>
				<IconButton
					label="Close the history"
					onClick={() => {
						leavePreview();
						togglePanel("history", false);
					}}
				>
					<X />
				</IconButton>
			</div>
			{steps.length === 0 && (
				<p className="empty">Each trace and each edit will stand here, and you can go back to any of them.</p>
			)}
			<ol className="steps">
				{steps.toReversed().map((one) => (
					<li
						key={one.step}
						data-current={one.step === shown || undefined}
						data-taken={taken.has(one.step) || undefined}
					>
						<button
							type="button"
							className="step"
							aria-current={one.step === shown ? "step" : undefined}
							onClick={() => previewStep(one.step).catch(reportError)}
						>
							<Thumbnail of={one.thumbnail} />
							<span className="step-text">
								<strong className="cut">
									{one.kind === "undo" ? "Undo: " : one.kind === "redo" ? "Redo: " : ""}
									{one.label}
								</strong>
								<span className="faint">
									{one.step} · {showTime(one.at)} · {count(one.nodes, "node")}, {count(one.edges, "edge")}
								</span>
							</span>
						</button>
						{one.step === shown && (
							<div className="step-name">
								<EditableText
									label={`Name of step ${one.step}`}
									value={one.label}
									placeholder="Name this state"
									onChange={(label) => nameStep(one.step, label)}
								/>
							</div>
						)}
						{one.step === shown && one.step !== step && (
							<div className="step-actions">
								<Button onClick={() => goToStep(one.step)}>
									<RotateCcw aria-hidden /> Go back to this
								</Button>
								<Button onClick={() => openDialog("branch", String(one.step))}>
									<GitBranch aria-hidden /> Branch
								</Button>
								<Button onClick={() => compareWith(one.step)}>Compare</Button>
							</div>
						)}
					</li>
				))}
			</ol>
		</aside>
	);
}

/** Steps that an undo took back and no redo did again. */
function takenBack(steps: readonly TimelineStep[]): ReadonlySet<number> {
	const done: number[] = [];
	const undone: number[] = [];
	for (const { step, kind } of steps) {
		const [from, to] = kind === "undo" ? [done, undone] : [undone, done];
		if (kind === "change") {
			done.push(step);
			continue;
		}
		const moved = from.pop();
		if (moved !== undefined) to.push(moved);
	}
	return new Set(undone);
}

const frame = { width: 60, height: 44 };

function Thumbnail({ of }: { readonly of: TimelineStep["thumbnail"] }) {
	const draw = useCallback((theme: Theme) => drawThumbnail(of, frame, theme), [of]);
	return <Drawn className="thumbnail" {...frame} draw={draw} />;
}
