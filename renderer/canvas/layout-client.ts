import type { Place } from "#shared/document";
import type { LayoutQuestion } from "#shared/drawing/arrange";
import type { FlowQuestion } from "./dagre-flow.ts";
import type { AskedLayout, LayoutAnswer } from "./layout-worker.ts";

let worker: Worker | undefined;
let questions = 0;
const waiting = new Map<number, (places: readonly Place[]) => void>();

/** Places for the nodes that have none, or those of a flow, computed beside the page. */
export function requestPlaces(question: LayoutQuestion | FlowQuestion): Promise<readonly Place[]> {
	worker ??= startWorker();
	const id = ++questions;
	return new Promise((resolve) => {
		waiting.set(id, resolve);
		worker?.postMessage({ id, question } satisfies AskedLayout);
	});
}

function startWorker(): Worker {
	const started = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
	started.onmessage = ({ data }: MessageEvent<LayoutAnswer>) => {
		waiting.get(data.id)?.(data.places);
		waiting.delete(data.id);
	};
	return started;
}
