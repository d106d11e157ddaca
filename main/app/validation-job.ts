import type { Progress } from "#shared/trace";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { type App, readVersions } from "./app.ts";
import { pieceMemory } from "./piece-memory.ts";

export interface ValidationOptions {
	/** The circuit that it belongs to when it has come to its end. */
	readonly circuit: string | null;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/** Validates and keeps the report with what decided it. */
export async function runValidation(
	app: App,
	request: ValidationRequest,
	options: ValidationOptions,
): Promise<ValidationReport> {
	const { signal, progress } = options;
	const report = await app.engine.call("validate", request, { signal, progress, memory: pieceMemory(app) });
	app.store.reports.save("validation", options.circuit, request, report, readVersions());
	return report;
}
