import { type EngineHandlers, serveEngine } from "../../main/engine/engine-loop.ts";
import type { EngineCommand } from "../../main/engine/protocol.ts";
import { memoryLeft } from "../../main/onnx/memory.ts";
import { AppError } from "../../main/shared/errors.ts";

/** An engine that does what the prompt says: it crashes, hangs, fails, waits, or asks for its memory. */
const handlers: Pick<EngineHandlers, "trace"> = {
	async trace({ prompt }, { signal, memory, progress }) {
		if (prompt === "crash") process.abort();
		if (prompt === "out of memory") process.kill(process.pid, "SIGKILL");
		if (prompt === "hang") {
			progress({ step: "Hanging", done: 0, total: 1 });
			await new Promise((resolve) => setTimeout(resolve, 5));
			for (;;);
		}
		if (prompt === "fail") throw new AppError("bad-prompt", "No.", { prompt });
		if (prompt === "fault") throw new TypeError("x is not a function");
		if (prompt === "wait") {
			for (let done = 0; !signal.aborted; done++) {
				progress({ step: "Waiting", done, total: 1000 });
				await new Promise((resolve) => setTimeout(resolve, 5));
			}
			throw new AppError("cancelled", "Stopped.");
		}
		if (prompt === "memory") return { explained: memoryLeft() + process.memoryUsage.rss() } as never;
		await memory.keep("key", {
			kind: "edges",
			ids: ["a", "b"],
			sources: Uint32Array.of(0),
			targets: Uint32Array.of(1),
			weights: Float64Array.of(2),
			inflow: { ids: [], sums: new Float64Array(0) },
		});
		const piece = await memory.recall("key");
		return { explained: piece?.kind === "edges" ? piece.weights[0] : -1 } as never;
	},
};
const serve = serveEngine(handlers as EngineHandlers, (event) => process.send?.(event));
process.on("message", (command) => serve(command as EngineCommand));
process.on("disconnect", () => process.exit());
process.send?.({ type: "ready" });
