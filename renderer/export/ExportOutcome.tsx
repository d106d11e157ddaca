import type { FewerEdges } from "#shared/contract/export-result";
import type { Progress } from "#shared/trace";
import { Button } from "../ui/Button.tsx";
import { showToast } from "../ui/toast-store.ts";
import { chooseDrawing } from "./export-choice.ts";

interface ExportOutcomeProps {
	readonly work: { readonly progress: Progress | undefined; cancel(): void } | undefined;
	readonly problem: string | undefined;
	readonly warnings: readonly string[];
	/** What a figure has room for. */
	readonly fewer: FewerEdges | undefined;
	readonly latex: string | undefined;
}

function drawFewer({ maxEdges, compact, without }: FewerEdges): void {
	chooseDrawing({
		maxEdges,
		rearrange: true,
		...(compact && { detail: "compact" }),
		...Object.fromEntries(without.map((part) => [part, false])),
	});
}

/** What is being made, what was amiss, what a reader should know, and what goes into a paper. */
export function ExportOutcome({ work, problem, warnings, fewer, latex }: ExportOutcomeProps) {
	return (
		<div className="export-outcome">
			{work && (
				<div className="task-line">
					<progress
						aria-label="Export"
						max={work.progress?.total ?? 1}
						{...(work.progress && work.progress.done > 0 && { value: work.progress.done })}
					/>
					<span className="cut">{work.progress?.step ?? "Beginning"} …</span>
					<Button onClick={work.cancel}>Cancel</Button>
				</div>
			)}
			{problem !== undefined && (
				<p className="field-error" role="alert">
					{problem}
				</p>
			)}
			{warnings.map((warning) => (
				<p key={warning} className="export-warning" role="status">
					{warning}
				</p>
			))}
			{fewer && (
				<Button onClick={() => drawFewer(fewer)}>
					{fewer.maxEdges === 1 ? "Draw the strongest edge" : `Draw the ${fewer.maxEdges} strongest edges`}
				</Button>
			)}
			{latex !== undefined && (
				<div className="export-latex">
					<pre tabIndex={0}>{latex}</pre>
					<Button
						onClick={() =>
							void navigator.clipboard
								.writeText(latex)
								.then(() => showToast({ severity: "success", message: "Copied for LaTeX." }))
						}
					>
						Copy
					</Button>
				</div>
			)}
		</div>
	);
}
