import { useMemo, useState } from "react";
import type { MadeExport } from "#shared/contract/export-result";
import { listWarnings, planExport } from "#shared/drawing/export-plan";
import { AppError } from "#shared/errors";
import type { Progress } from "#shared/trace";
import { saveExport } from "../actions/make-export.ts";
import { closeDialog } from "../actions/workspace-store.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { describePlan } from "./describe-plan.ts";
import { ExportOutcome } from "./ExportOutcome.tsx";
import { ExportPreview } from "./ExportPreview.tsx";
import {
	buildPrintRequest,
	buildRequest,
	choose,
	type Product,
	paperRequest,
	previewRequest,
	useExportChoice,
} from "./export-choice.ts";
import { LookFields } from "./LookFields.tsx";
import { PaperFields } from "./PaperFields.tsx";
import { printExport } from "./print-export.ts";
import { SizeFields } from "./SizeFields.tsx";
import { usePreview } from "./use-preview.ts";
import "./export.css";

const names: readonly { readonly value: Product; readonly label: string }[] = [
	{ value: "pdf", label: "PDF" },
	{ value: "svg", label: "SVG" },
	{ value: "png", label: "PNG" },
	{ value: "webp", label: "WebP" },
	{ value: "poster", label: "Poster" },
];

interface Work {
	readonly controller: AbortController;
	readonly progress: Progress | undefined;
}

/** The open circuit as a file or on paper, with its pages as they will be. */
export function ExportDialog() {
	const choice = useExportChoice();
	const preview = usePreview(previewRequest(choice));
	const [work, setWork] = useState<Work>();
	const [problem, setProblem] = useState<string>();
	const [made, setMade] = useState<{ readonly latex: string | undefined; readonly of: typeof choice }>();
	const outline = preview.answer?.outline;
	const plan = useMemo(() => outline && planExport(outline, buildRequest(choice)), [outline, choice]);
	const begin = (
		make: (options: { signal: AbortSignal; progress(progress: unknown): void }) => Promise<MadeExport>,
	) => {
		const controller = new AbortController();
		setWork({ controller, progress: undefined });
		setProblem(undefined);
		setMade(undefined);
		make({
			signal: controller.signal,
			progress: (progress) => setWork({ controller, progress: progress as Progress }),
		})
			.then(({ latex }) => setMade({ latex, of: choice }))
			.catch((error: Error) => {
				if (!(error instanceof AppError && error.code === "cancelled")) setProblem(error.message);
			})
			.finally(() => setWork(undefined));
	};
	return (
		<DialogFrame
			title="Export"
			width={1480}
			onClose={() => {
				work?.controller.abort();
				closeDialog();
			}}
			foot={
				<>
					<span className="export-summary" data-export-plan>
						{outline && plan ? describePlan(outline, plan, choice) : ""}
					</span>
					<Button
						disabled={work !== undefined}
						onClick={() => begin((options) => printExport(buildPrintRequest(choice), options))}
					>
						Print…
					</Button>
					<Button
						variant="primary"
						disabled={work !== undefined}
						onClick={() => begin((options) => saveExport(buildRequest(choice), options))}
					>
						Save
					</Button>
				</>
			}
		>
			<div className="export">
				<div className="export-form">
					<Segments
						label="Kind of file"
						value={choice.product}
						options={names}
						onChange={(product) => choose({ product })}
					/>
					{choice.product === "poster" ? <PaperFields choice={choice} /> : <SizeFields choice={choice} />}
					<LookFields drawing={choice.drawing} />
					{choice.product !== "webp" && (
						<SwitchField
							label="Carries the circuit itself"
							checked={choice.embed}
							onChange={(embed) => choose({ embed })}
						/>
					)}
				</div>
				<div className="export-side">
					<ExportPreview
						preview={preview}
						plan={plan}
						overlap={paperRequest(choice).overlap}
						transparent={choice.drawing.transparent}
					/>
					<ExportOutcome
						work={work && { progress: work.progress, cancel: () => work.controller.abort() }}
						problem={problem}
						warnings={plan ? listWarnings(plan, preview.answer?.fewer) : []}
						fewer={plan?.letters && preview.answer?.fewer}
						// What was chosen since would be another figure.
						latex={made?.of === choice ? made.latex : undefined}
					/>
				</div>
			</div>
		</DialogFrame>
	);
}
