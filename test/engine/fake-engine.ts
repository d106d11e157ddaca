import { serveEngine } from "../../main/engine/engine-loop.ts";
import type { EngineCommand } from "../../main/engine/protocol.ts";
import { AppError } from "../../main/shared/errors.ts";

/** An engine whose answers name its process; the prompt says how else a trace behaves. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

const serve = serveEngine(
	{
		async trace({ prompt }, { progress, signal }) {
			progress({ step: "begun", done: 0, total: 1 });
			if (prompt === "crash") process.exit(7);
			if (prompt === "allocation") throw new RangeError("Array buffer allocation failed");
			if (prompt === "heap") {
				process.stderr.write("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n");
				await pause();
				process.abort();
			}
			if (prompt === "hang") {
				await pause();
				for (;;);
			}
			while (prompt === "slow") {
				await pause();
				if (signal.aborted) throw new AppError("cancelled", "Obeyed.");
			}
			return { provider: String(process.pid) } as never;
		},
		logitFacts: async () => [],
		sampleFacts: async () => ({}) as never,
		collect: async () => ({}) as never,
		train: async () => ({}) as never,
		checkDictionary: async () => ({}) as never,
		calibrate: async () => ({}) as never,
		checkProvider: async () => ({}) as never,
		requireProvider: async () => "cpu",
		compareDictionaries: async () => ({ qualities: [], notes: [] }),
		cluster: async () => ({}) as never,
		validate: async () => ({}) as never,
		generate: async () => ({}) as never,
		explainEdge: async () => ({}) as never,
		respond: async () => ({ metric: "none", watched: [], curves: [], notes: [] }),
		providers: async () => ({ onnxruntime: "none", providers: [] }),
	},
	(event) => process.send?.(event),
);

process.on("message", (command) => serve(command as EngineCommand));
process.on("disconnect", () => process.exit());
process.send?.({ type: "ready" });
