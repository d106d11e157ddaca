import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportOutcome, ExportPreview } from "#shared/contract/export-result";
import type { Failure } from "#shared/contract/frames";
import type { Progress } from "#shared/trace";
import type { ExportSource } from "./export-source.ts";

/** What the thread that draws is asked. */
export type ExportQuestion = {
	readonly id: number;
	readonly source: ExportSource;
	readonly request: ExportRequest;
} & ({ readonly kind: "write"; readonly path: string } | { readonly kind: "preview" });

export type ExportAnswer =
	| { readonly id: number; readonly type: "progress"; readonly progress: Progress }
	| { readonly id: number; readonly type: "done"; readonly result: ExportOutcome | ExportPreview }
	| { readonly id: number; readonly type: "failed"; readonly failure: Failure | null; readonly reason: string };
