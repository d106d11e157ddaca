import type { Progress } from "#shared/trace";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { type App, readVersions } from "./app.ts";
import { pieceMemory } from "./piece-memory.ts";

export interface ValidationOptions {
	/** The circuit that it belongs to. */
	readonly circuit: string | null;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/** Validates and keeps the report with what decided it. */
export async function runValidation(
	app: App,
	request: ValidationRequest,
	{ circuit, signal, progress }: ValidationOptions,
): Promise<ValidationReport> {
	const report = await app.engine.call("validate", request, { signal, progress, memory: pieceMemory(app) });
	app.store.reports.save("validation", circuit, request, report, readVersions());
	return report;
}
