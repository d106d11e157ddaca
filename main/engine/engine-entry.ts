import { AppError } from "#shared/errors";
import { serveEngine } from "./engine-loop.ts";
import { openEnginePort } from "./engine-port.ts";
import { packFailure } from "./failure.ts";

/** The child process. Says `ready` or why it never will be, then serves calls; ends with the process that started it. */
const { send, onCommand } = openEnginePort();

// The terminal sends Ctrl-C to the whole group; main decides what it means.
process.on("SIGINT", () => {});

// ONNX Runtime for Linux would keep a device's number in the home folder and could send it: nothing leaves here unasked.
process.env["ORT_DISABLE_TELEMETRY"] = "1";

try {
	// Loaded late: where ONNX Runtime's library is missing or does not fit this machine, there is still a way to say so.
	const { handlers } = await import("./engine-handlers.ts");
	const { foreseeCall } = await import("./foresee-call.ts");
	const serve = serveEngine(handlers, send, foreseeCall);
	onCommand(serve);
	send({ type: "ready" });
} catch (cause) {
	const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? cause.name) : String(cause);
	const message = `The engine could not start: ${reason}. Install the program again; scd doctor says what works here.`;
	send({ type: "init-failure", failure: packFailure(new AppError("engine", message, { reason })) });
}
