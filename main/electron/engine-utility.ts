import type { ProcessMetric, UtilityProcess } from "electron";
import type { EngineChannel, EngineExit } from "../engine/engine-channel.ts";
import type { EngineEvent } from "../engine/protocol.ts";

const lastWordsLength = 4000;
const engineName = "Sparse Circuit Discovery engine";

/** Bytes that all of the app's processes hold but the engine: the windows' pages among them. */
export function measureOthers(metrics: readonly ProcessMetric[]): number {
	const others = metrics.filter(({ name, serviceName }) => name !== engineName && serviceName !== engineName);
	return others.reduce((sum, { memory }) => sum + 1024 * memory.workingSetSize, 0);
}

/** Starts the engine as a utility process: the packaged app cannot run as Node, which is one of its fuses. */
export function spawnUtilityEngine(
	fork: (
		file: string,
		parameters: string[],
		options: { stdio: "pipe"; serviceName: string; env: NodeJS.ProcessEnv },
	) => UtilityProcess,
	file: string,
	env: NodeJS.ProcessEnv = process.env,
): EngineChannel {
	const child = fork(file, [], { stdio: "pipe", serviceName: engineName, env });
	let lastWords = "";
	child.stderr?.on("data", (text: Buffer) => {
		lastWords = (lastWords + String(text)).slice(-lastWordsLength);
	});
	// Nobody reads it, and a full pipe would hold the engine up.
	child.stdout?.resume();
	const exits = new Set<(exit: EngineExit) => void>();
	child.on("exit", (code) => {
		for (const listener of exits) listener({ code, signal: null, lastWords });
	});
	return {
		send: (command) => child.postMessage(command),
		onEvent: (listener) => void child.on("message", (event: unknown) => listener(event as EngineEvent)),
		onExit: (listener) => void exits.add(listener),
		kill: () => void child.kill(),
	};
}
