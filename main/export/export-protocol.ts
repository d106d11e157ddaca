import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportOutcome, ExportPreview, WrittenFile } from "#shared/contract/export-result";
import type { Failure } from "#shared/contract/frames";
import type { Progress } from "#shared/trace";
import type { ExportSource } from "./export-source.ts";
import type { ReportSource } from "./report/report-source.ts";
import type { ReportFile } from "./report/write-report.ts";

/** What the thread that draws is asked. */
export type ExportQuestion = { readonly id: number } & (
	| { readonly kind: "write"; readonly source: ExportSource; readonly request: ExportRequest; readonly path: string }
	| { readonly kind: "preview"; readonly source: ExportSource; readonly request: ExportRequest }
	| { readonly kind: "report"; readonly source: ReportSource; readonly files: readonly ReportFile[] }
);

export type ExportResult = ExportOutcome | ExportPreview | readonly WrittenFile[];

export type ExportAnswer =
	| { readonly id: number; readonly type: "progress"; readonly progress: Progress }
	| { readonly id: number; readonly type: "done"; readonly result: ExportResult }
	| { readonly id: number; readonly type: "failed"; readonly failure: Failure | null; readonly reason: string };
