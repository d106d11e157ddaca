import type { KnownVerdict } from "#shared/known-circuit";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import type { ExportSource } from "../export-source.ts";

/** All that a report is made of, in plain data: it may be sent to another thread. */
export interface ReportSource extends ExportSource {
	/** In the order in which they were begun; also those that came to nothing. */
	readonly runs: readonly ReportRun[];
	/** Newest first. */
	readonly validations: readonly ReportValidation[];
	/** On the model whose circuit is known. */
	readonly verdict?: KnownVerdict;
	/** Of the program and what computes for it, by name. */
	readonly versions: Readonly<Record<string, string>>;
	/** Operating system and processor. */
	readonly machine: string;
	/** It is not known what was cut off. */
	readonly cutOffUnknown: boolean;
}

export interface ReportRun {
	readonly status: string;
	readonly method: string;
	/** What traces the same again; absent where nothing was traced. */
	readonly command?: string;
	readonly at: number;
	readonly error: string | null;
	readonly provider: string | null;
	readonly seconds: number | null;
}

export interface ReportValidation {
	readonly request: ValidationRequest;
	readonly report: ValidationReport;
	readonly at: number;
	readonly command: string;
}
