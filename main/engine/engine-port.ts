import type { EngineCommand, EngineEvent } from "./protocol.ts";

/** The engine's end of the line to whoever started it. */
export interface EnginePort {
	send(event: EngineEvent): void;
	onCommand(listener: (command: EngineCommand) => void): void;
}

/** What Electron gives a utility process; Node knows nothing of it. */
interface ParentPort {
	postMessage(message: unknown): void;
	on(event: "message", listener: (message: { readonly data: unknown }) => void): void;
}

/** Electron's utility process has a port, Node's fork a channel. Either ends with the process that started this one. */
export function openEnginePort(): EnginePort {
	const { parentPort } = process as { parentPort?: ParentPort };
	if (parentPort)
		return {
			send: (event) => parentPort.postMessage(event),
			onCommand: (listener) => parentPort.on("message", ({ data }) => listener(data as EngineCommand)),
		};
	process.on("disconnect", () => process.exit());
	return {
		send: (event) => process.send?.(event),
		onCommand: (listener) => process.on("message", (command) => listener(command as EngineCommand)),
	};
}
