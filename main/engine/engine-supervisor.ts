import { AppError } from "#shared/errors";
import type { PieceMemory } from "#shared/piece";
import type { Progress } from "#shared/trace";
import type { EngineChannel } from "./engine-channel.ts";
import { packFailure, unpackFailure } from "./failure.ts";
import type { EngineEvent, EngineMethod, EngineMethods } from "./protocol.ts";

export interface CallOptions {
	readonly signal?: AbortSignal;
	readonly memory?: PieceMemory;
	progress?(progress: Progress): void;
}

interface PendingCall extends CallOptions {
	resolve(result: unknown): void;
	reject(error: unknown): void;
}

/** An engine that does not obey a cancellation for so long is ended. */
const cancelMs = 1500;

/**
 * Owns the engine process: starts it when it is needed, carries calls to it, ends one that hangs, and starts anew after
 * a crash, which fails the calls under way and nothing else.
 */
export class EngineSupervisor {
	readonly #spawn: () => EngineChannel;
	readonly #calls = new Map<number, PendingCall>();
	#channel: EngineChannel | undefined;
	#count = 0;

	constructor(spawn: () => EngineChannel) {
		this.#spawn = spawn;
	}

	/** Rejects with `cancelled` when the signal fires, with `engine` or `out-of-memory` when the process ends. */
	async call<M extends EngineMethod>(
		method: M,
		params: EngineMethods[M]["params"],
		options: CallOptions = {},
	): Promise<EngineMethods[M]["result"]> {
		const { signal } = options;
		if (signal?.aborted) throw cancelled();
		const channel = this.#start();
		const id = ++this.#count;
		let timer: NodeJS.Timeout | undefined;
		const cancel = () => {
			channel.send({ type: "cancel", id });
			timer = setTimeout(() => channel.kill(), cancelMs);
		};
		try {
			return (await new Promise<unknown>((resolve, reject) => {
				this.#calls.set(id, { ...options, resolve, reject });
				signal?.addEventListener("abort", cancel, { once: true });
				channel.send({ type: "call", id, method, params });
			})) as EngineMethods[M]["result"];
		} finally {
			clearTimeout(timer);
			signal?.removeEventListener("abort", cancel);
			this.#calls.delete(id);
		}
	}

	dispose(): void {
		this.#channel?.kill();
		this.#channel = undefined;
	}

	#start(): EngineChannel {
		if (this.#channel) return this.#channel;
		const channel = this.#spawn();
		this.#channel = channel;
		channel.onEvent((event) => this.#receive(channel, event));
		channel.onExit((code, signal) => {
			if (this.#channel === channel) this.#channel = undefined;
			for (const call of this.#calls.values())
				call.reject(call.signal?.aborted ? cancelled() : describeExit(code, signal));
		});
		return channel;
	}

	#receive(channel: EngineChannel, event: EngineEvent): void {
		if (event.type === "ready") return;
		const call = this.#calls.get(event.id);
		switch (event.type) {
			case "ok":
				call?.resolve(event.result);
				break;
			case "err":
				call?.reject(unpackFailure(event.failure));
				break;
			case "progress":
				call?.progress?.(event.progress);
				break;
			case "recall":
			case "keep": {
				const { request, key } = event;
				const work = event.type === "recall" ? call?.memory?.recall(key) : call?.memory?.keep(key, event.piece);
				Promise.resolve(work).then(
					(piece) => channel.send({ type: "memory", request, ...(piece && { piece }) }),
					(error) => channel.send({ type: "memory", request, failure: packFailure(error) }),
				);
			}
		}
	}
}

function cancelled(): AppError {
	return new AppError("cancelled", "The work was cancelled. What was finished is kept and will be reused.");
}

function describeExit(code: number | null, signal: string | null): AppError {
	if (signal === "SIGKILL" || code === 137)
		return new AppError(
			"out-of-memory",
			"The engine was ended by the system, most likely because memory ran out. Use a shorter prompt or fewer nodes; what was finished is kept and will be reused.",
			{ code, signal },
		);
	return new AppError(
		"engine",
		`The engine stopped unexpectedly (${signal ?? `exit code ${code}`}). Run the same again: what was finished is kept and will be reused.`,
		{ code, signal },
	);
}
