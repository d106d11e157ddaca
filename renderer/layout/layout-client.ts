import type { Place } from "#shared/document";
import type { LayoutQuestion } from "#shared/drawing/arrange";
import { AppError } from "#shared/errors";
import type { FlowQuestion } from "./dagre-flow.ts";
import type { AskedLayout, LayoutAnswer } from "./layout-worker.ts";

interface Waiting {
	resolve(places: readonly Place[]): void;
	reject(error: AppError): void;
}

let worker: Worker | undefined;
let questions = 0;
const waiting = new Map<number, Waiting>();

/** Places for the nodes that have none, or those of a flow, computed beside the page. Throws `engine` where that fails. */
export function requestPlaces(question: LayoutQuestion | FlowQuestion): Promise<readonly Place[]> {
	worker ??= startWorker();
	const id = ++questions;
	return new Promise((resolve, reject) => {
		waiting.set(id, { resolve, reject });
		worker?.postMessage({ id, question } satisfies AskedLayout);
	});
}

function startWorker(): Worker {
	const started = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
	started.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
		if ("failure" in data) return giveUp(started, data.failure);
		waiting.get(data.id)?.resolve(data.places);
		waiting.delete(data.id);
	};
	started.onerror = ({ message }) => giveUp(started, message || "its thread ended");
	return started;
}

/** Whoever waits is told; the next question starts a thread of its own. */
function giveUp(failed: Worker, reason: string): void {
	failed.terminate();
	if (worker === failed) worker = undefined;
	const error = new AppError(
		"engine",
		"The circuit could not be arranged, and everything stays where it stands. Try again; if it fails again, show fewer edges, or reload the page.",
		{ reason },
	);
	for (const { reject } of waiting.values()) reject(error);
	waiting.clear();
}
