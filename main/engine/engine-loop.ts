import type { Piece, PieceMemory } from "#shared/piece";
import type { Progress } from "#shared/trace";
import type { Outlook } from "../circuits/forecast/forecast.ts";
import { limitMemory } from "../onnx/memory.ts";
import { packFailure, unpackFailure } from "./failure.ts";
import type { EngineCommand, EngineEvent, EngineMethod, EngineMethods, MemoryLimit } from "./protocol.ts";
import { RunForecast } from "./run-forecast.ts";

/** What a handler gets beside its parameters. */
export interface CallContext {
	readonly signal: AbortSignal;
	readonly memory: PieceMemory;
	progress(progress: Progress): void;
}

type Call = Extract<EngineCommand, { readonly type: "call" }>;

export type EngineHandlers = {
	readonly [M in EngineMethod]: (
		params: EngineMethods[M]["params"],
		context: CallContext,
	) => Promise<EngineMethods[M]["result"]>;
};

const obey = (limit: MemoryLimit | undefined) => limitMemory(limit?.limitBytes, limit?.othersBytes);

/** What a call will need, from headers alone; undefined where that is not forecast. */
export type Foresight = (method: EngineMethod, params: unknown) => Promise<Outlook | undefined>;

/** The engine's side of the protocol: one call after another, cancellation and memory in between. */
export function serveEngine(
	handlers: EngineHandlers,
	send: (event: EngineEvent) => void,
	foresee: Foresight = async () => undefined,
): (command: EngineCommand) => void {
	const running = new Map<number, AbortController>();
	const waiting = new Map<number, { resolve(piece: Piece | undefined): void; reject(error: unknown): void }>();
	let requests = 0;
	let queue: Promise<void> = Promise.resolve();

	const ask = (event: (request: number) => EngineEvent) =>
		new Promise<Piece | undefined>((resolve, reject) => {
			const request = ++requests;
			waiting.set(request, { resolve, reject });
			send(event(request));
		});

	const call = async ({ id, method, params, memory, speed }: Call, signal: AbortSignal) => {
		try {
			const forecast = await RunForecast.begin(() => foresee(method, params), speed, memory);
			const context: CallContext = {
				signal,
				memory: {
					recall: async (key) => {
						const piece = await ask((request) => ({ type: "recall", id, request, key }));
						if (piece) forecast.reuse(piece);
						return piece;
					},
					keep: async (key, piece) => {
						await ask((request) => ({ type: "keep", id, request, key, piece }));
					},
				},
				progress: (progress) =>
					send({ type: "progress", id, progress: { ...progress, ...forecast.tell(progress.done, progress.total) } }),
			};
			const handler = handlers[method] as (params: unknown, context: CallContext) => Promise<unknown>;
			const result = await handler(params, context);
			const cost = forecast.end();
			send({ type: "ok", id, result, ...(cost && { cost }) });
		} catch (error) {
			send({ type: "err", id, failure: packFailure(error) });
		} finally {
			running.delete(id);
		}
	};

	return (command) => {
		switch (command.type) {
			case "call": {
				const controller = new AbortController();
				running.set(command.id, controller);
				queue = queue.then(() => {
					obey(command.memory);
					return call(command, controller.signal);
				});
				break;
			}
			case "cancel":
				running.get(command.id)?.abort();
				break;
			case "memory": {
				const asked = waiting.get(command.request);
				waiting.delete(command.request);
				if (command.limit) obey(command.limit);
				if (command.failure) asked?.reject(unpackFailure(command.failure));
				else asked?.resolve(command.piece);
			}
		}
	};
}
