import { fork } from "node:child_process";
import type { EngineCommand, EngineEvent } from "./protocol.ts";

/** A running engine process, however the host starts it. */
export interface EngineChannel {
	send(command: EngineCommand): void;
	onEvent(listener: (event: EngineEvent) => void): void;
	/** At the latest when it has ended; may be told more than once. */
	onExit(listener: (exit: EngineExit) => void): void;
	kill(): void;
}

export interface EngineExit {
	readonly code: number | null;
	readonly signal: string | null;
	/** The end of what it wrote to standard error. */
	readonly lastWords: string;
}

const lastWordsLength = 4000;

/**
 * How glibc gives memory back: what is large goes to the system when it is freed, and threads share their heaps. Where
 * memory is limited that begins at smaller sizes: a trace of 1,020 tokens then peaks 100 MB lower and takes 5 to 7% longer.
 */
const allocation = (limited: boolean) => ({
	MALLOC_ARENA_MAX: "2",
	MALLOC_MMAP_THRESHOLD_: limited ? "131072" : "1048576",
	MALLOC_TRIM_THRESHOLD_: "8388608",
});

/** Starts the engine under Node. The environment counts from its first moment: the linker reads it once. */
export function spawnNodeEngine(
	file: string,
	limited = false,
	environment: NodeJS.ProcessEnv = process.env,
): EngineChannel {
	const env = { ...allocation(limited), ...environment };
	const child = fork(file, { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"], env });
	// ONNX Runtime's own remarks say nothing to a user and a terminal must stay clean; only a crash makes them matter.
	let lastWords = "";
	child.stderr?.setEncoding("utf8").on("data", (text: string) => {
		lastWords = (lastWords + text).slice(-lastWordsLength);
	});
	return {
		send: (command) => {
			// Why a message could not be sent shows in the exit that follows.
			if (child.connected) child.send(command, () => {});
		},
		onEvent: (listener) => void child.on("message", (event) => listener(event as EngineEvent)),
		onExit: (listener) => {
			// `close` comes after the last of standard error, `exit` may come before it.
			child.on("close", (code, signal) => listener({ code, signal, lastWords }));
			child.on("error", () => listener({ code: null, signal: null, lastWords }));
		},
		kill: () => void child.kill("SIGKILL"),
	};
}
