import { basename } from "node:path";
import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportOutcome, PosterOutcome, WrittenFile } from "#shared/contract/export-result";
import { listWarnings } from "#shared/drawing/export-plan";
import type { PosterPlan } from "#shared/drawing/poster-plan";
import { countShown } from "./build-drawing.ts";
import type { ExportSource } from "./export-source.ts";
import { writeLatex } from "./latex.ts";
import type { PlannedDrawing } from "./plan-drawing.ts";

/** What was written, for whoever asked. */
export function describeExport(
	source: ExportSource,
	request: ExportRequest,
	{ drawing, arrangement, plan, fewer }: PlannedDrawing,
	files: readonly WrittenFile[],
): ExportOutcome {
	const [first] = files;
	return {
		files,
		warnings: listWarnings(plan, fewer),
		...(fewer && { fewer }),
		drawing: { width: drawing.width, height: drawing.height },
		scale: plan.scale,
		...(plan.poster && { poster: describePoster(plan.poster, request) }),
		...(request.figure &&
			first && { latex: writeLatex(source, request.figure, basename(first.path), countShown(arrangement)) }),
	};
}

function describePoster(poster: PosterPlan, { paper, format }: ExportRequest): PosterOutcome {
	const printed = poster.sheets.filter(({ isEmpty }) => !isEmpty);
	const hasMap = paper?.map === true && printed.length > 1;
	const first = format === "pdf" && hasMap ? 2 : 1;
	return {
		columns: poster.columns,
		rows: poster.rows,
		margin: poster.margin,
		hasMap,
		sheets: printed.map(({ label, x, y, width, height }, i) => ({ label, page: i + first, x, y, width, height })),
		skipped: poster.sheets.filter(({ isEmpty }) => isEmpty).map(({ label }) => label),
	};
}
