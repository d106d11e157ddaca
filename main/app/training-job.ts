import { dirname } from "node:path";
import type { Progress } from "#shared/trace";
import type { TrainingRequest, TrainingResult } from "#shared/training";
import { type App, readVersions } from "./app.ts";

/** Trains a dictionary; the folder that it was put in joins the library, and how it went is kept. */
export async function runTraining(
	{ engine, store }: App,
	request: TrainingRequest,
	options: { readonly signal: AbortSignal; progress(progress: Progress): void },
): Promise<TrainingResult> {
	const result = await engine.call("train", request, options);
	store.reports.save("training", null, request, result, readVersions());
	store.settings.addFolder(dirname(request.output));
	return result;
}
