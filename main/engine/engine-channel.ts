import { fork } from "node:child_process";
import type { EngineCommand, EngineEvent } from "./protocol.ts";

/** A running engine process, however the host starts it. */
export interface EngineChannel {
	send(command: EngineCommand): void;
	onEvent(listener: (event: EngineEvent) => void): void;
	/** Once, with how it ended. */
	onExit(listener: (code: number | null, signal: string | null) => void): void;
	kill(): void;
}

/** Starts the engine under Node. */
export function spawnNodeEngine(file: string): EngineChannel {
	const child = fork(file, { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] });
	// ONNX Runtime's own remarks say nothing to a user; a terminal must stay clean.
	child.stderr?.resume();
	return {
		send: (command) => {
			if (child.connected) child.send(command);
		},
		onEvent: (listener) => void child.on("message", (event) => listener(event as EngineEvent)),
		onExit: (listener) => {
			child.on("exit", listener);
			child.on("error", () => listener(null, null));
		},
		kill: () => void child.kill("SIGKILL"),
	};
}
