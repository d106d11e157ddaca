import { type EdgeColumns, EdgeList } from "#shared/edge-list";
import { AppError } from "#shared/errors";
import type { RunCost, Speed } from "#shared/forecast";
import type { Piece, PieceMemory } from "#shared/piece";
import type { Progress } from "#shared/trace";
import type { ProviderChoice } from "#shared/trace-request";
import type { EngineChannel, EngineExit } from "./engine-channel.ts";
import { cancelled, EngineTurns } from "./engine-turns.ts";
import { isOutOfMemory, packFailure, unpackFailure } from "./failure.ts";
import type { EngineEvent, EngineMethod, EngineMethods, MemoryLimit } from "./protocol.ts";

export interface CallOptions {
	readonly signal?: AbortSignal;
	readonly memory?: PieceMemory;
	/** Waits until nobody else asks, and makes way when somebody does: it is begun again when all others are done. */
	readonly background?: boolean;
	progress?(progress: Progress): void;
}

/** Where the machine's speed is kept. */
export interface SpeedMemory {
	speedOf(provider: ProviderChoice): Speed;
	learn(cost: RunCost): void;
}

interface RunningCall extends CallOptions {
	readonly id: number;
	readonly channel: EngineChannel;
	resolve(result: unknown): void;
	reject(error: unknown): void;
}

/** An engine that does not obey a cancellation for so long is ended. */
const cancelMs = 1500;

/**
 * Owns the engine process: starts it when it is needed, carries one call after another to it, ends one that hangs, and
 * starts anew after a crash. Calls wait here and not in the engine, so that a crash fails the call under way alone and
 * one that still waits is cancelled without asking anybody.
 */
export class EngineSupervisor {
	readonly #spawn: (limited: boolean) => EngineChannel;
	readonly #measureOthers: () => number;
	#channel: EngineChannel | undefined;
	#ready = false;
	#running: RunningCall | undefined;
	readonly #turns = new EngineTurns();
	#count = 0;
	#disposed = false;
	#limitBytes: number | undefined;
	#speeds: SpeedMemory | undefined;

	/** `spawn` is told whether memory is limited. `measureOthers`: bytes that the app's processes hold beside the engine, where it has more than this one. */
	constructor(
		spawn: (limited: boolean) => EngineChannel,
		measureOthers: () => number = () => process.memoryUsage.rss(),
	) {
		this.#spawn = spawn;
		this.#measureOthers = measureOthers;
	}

	/** What all processes of the app may take together, for every call from now on. */
	limitMemory(bytes: number | undefined): void {
		const bound = this.#limitBytes !== undefined;
		this.#limitBytes = bytes;
		// An engine at rest is started anew as a limited one; one at work is bound all the same.
		if (bound !== (bytes !== undefined) && !this.#running) this.#leave();
	}

	get limitBytes(): number | undefined {
		return this.#limitBytes;
	}

	/** Bytes that the app's processes hold beside the engine, now. */
	get othersBytes(): number {
		return this.#measureOthers();
	}

	/** Forecasts are made with what is kept here, and what runs take is kept there. */
	keepSpeed(speeds: SpeedMemory): void {
		this.#speeds = speeds;
	}

	/** Rejects with `cancelled` when the signal fires, with `engine` or `out-of-memory` when the process ends. */
	async call<M extends EngineMethod>(
		method: M,
		params: EngineMethods[M]["params"],
		options: CallOptions = {},
	): Promise<EngineMethods[M]["result"]> {
		for (;;) {
			const turn = await this.#turns.take(options);
			try {
				if (this.#disposed) throw cancelled();
				return (await this.#run(method, params, { ...options, signal: turn.signal })) as EngineMethods[M]["result"];
			} catch (error) {
				if (!turn.gaveWay() || this.#disposed) throw error;
			} finally {
				turn.end();
			}
		}
	}

	/** Ends the engine; calls under way and waiting ones reject with `cancelled`. */
	dispose(): void {
		this.#disposed = true;
		this.#turns.dispose();
		this.#end(cancelled());
	}

	async #run(method: EngineMethod, params: unknown, options: CallOptions): Promise<unknown> {
		const { signal } = options;
		if (signal?.aborted) throw cancelled();
		const channel = this.#start();
		const id = ++this.#count;
		let timer: NodeJS.Timeout | undefined;
		const cancel = () => {
			channel.send({ type: "cancel", id });
			timer = setTimeout(() => this.#end(cancelled()), cancelMs);
		};
		try {
			return await new Promise<unknown>((resolve, reject) => {
				this.#running = { ...options, id, channel, resolve, reject };
				signal?.addEventListener("abort", cancel, { once: true });
				const memory = this.#measureLimit();
				const speed = this.#speeds?.speedOf((params as { provider?: ProviderChoice } | null)?.provider ?? "auto");
				channel.send({ type: "call", id, method, params, ...(memory && { memory }), ...(speed && { speed }) });
			});
		} finally {
			clearTimeout(timer);
			signal?.removeEventListener("abort", cancel);
			this.#running = undefined;
		}
	}

	#measureLimit(): MemoryLimit | undefined {
		if (this.#limitBytes === undefined) return undefined;
		return { limitBytes: this.#limitBytes, othersBytes: this.#measureOthers() };
	}

	/** Pieces are what makes the others grow, so each says anew what is left. */
	#answer(channel: EngineChannel, request: number, piece: Piece | undefined): void {
		const limit = this.#measureLimit();
		channel.send({ type: "memory", request, ...(limit && { limit }), ...(piece && { piece }) });
	}

	#start(): EngineChannel {
		if (this.#channel) return this.#channel;
		const channel = this.#spawn(this.#limitBytes !== undefined);
		this.#channel = channel;
		this.#ready = false;
		channel.onEvent((event) => {
			if (this.#channel === channel) this.#receive(channel, event);
		});
		channel.onExit((exit) => {
			if (this.#channel !== channel) return;
			this.#channel = undefined;
			const running = this.#running;
			running?.reject(running.signal?.aborted ? cancelled() : describeExit(exit, this.#ready));
		});
		return channel;
	}

	/** Nothing that an ended engine still says or does counts. */
	#end(reason: AppError): void {
		this.#leave();
		this.#running?.reject(reason);
	}

	#leave(): void {
		const channel = this.#channel;
		this.#channel = undefined;
		channel?.kill();
	}

	#receive(channel: EngineChannel, event: EngineEvent): void {
		if (event.type === "ready") {
			this.#ready = true;
			return;
		}
		if (event.type === "init-failure") {
			this.#end(unpackFailure(event.failure));
			return;
		}
		const call = this.#running?.id === event.id ? this.#running : undefined;
		switch (event.type) {
			case "ok":
				if (event.cost) this.#speeds?.learn(event.cost);
				call?.resolve(withEdges(event.result));
				break;
			case "err":
				call?.reject(unpackFailure(event.failure));
				break;
			case "progress":
				call?.progress?.({
					...event.progress,
					...(event.progress.partial && { partial: withEdges(event.progress.partial) }),
				});
				break;
			case "recall":
			case "keep": {
				const { request, key } = event;
				const work = event.type === "recall" ? call?.memory?.recall(key) : call?.memory?.keep(key, event.piece);
				Promise.resolve(work).then(
					(piece) => this.#answer(channel, request, piece ?? undefined),
					(error) => channel.send({ type: "memory", request, failure: packFailure(error) }),
				);
			}
		}
	}
}

function describeExit(exit: EngineExit, ready: boolean): AppError {
	const { code, signal, lastWords } = exit;
	const data = { code, signal, lastWords };
	// Nobody but the kernel's memory guard kills it unasked; 137 is the same seen through a container.
	if (signal === "SIGKILL" || code === 137 || isOutOfMemory(lastWords))
		return new AppError(
			"out-of-memory",
			"The engine was ended, most likely because memory ran out. Use a shorter prompt or fewer nodes, or lower --memory-limit; what was finished is kept and will be reused.",
			data,
		);
	const how = signal ?? (code === null ? "no reason given" : `exit code ${code}`);
	if (!ready)
		return new AppError(
			"engine",
			`The engine could not start (${how}). Install the program again; scd doctor says what works here.`,
			data,
		);
	return new AppError(
		"engine",
		`The engine stopped unexpectedly (${how}). Run the same again: what was finished is kept and will be reused.`,
		data,
	);
}

/** What came from another process has lost its methods: lists of edges get theirs back. */
function withEdges<T>(value: T): T {
	const { edges } = (value ?? {}) as { readonly edges?: Partial<EdgeColumns> };
	return edges?.ids && edges.weights ? { ...value, edges: new EdgeList(edges as EdgeColumns) } : value;
}
