import type { Piece, PieceMemory } from "#shared/piece";
import type { Progress } from "#shared/trace";
import { limitMemory } from "../onnx/memory.ts";
import { packFailure, unpackFailure } from "./failure.ts";
import type { EngineCommand, EngineEvent, EngineMethod, EngineMethods, MemoryLimit } from "./protocol.ts";

/** What a handler gets beside its parameters. */
export interface CallContext {
	readonly signal: AbortSignal;
	readonly memory: PieceMemory;
	progress(progress: Progress): void;
}

export type EngineHandlers = {
	readonly [M in EngineMethod]: (
		params: EngineMethods[M]["params"],
		context: CallContext,
	) => Promise<EngineMethods[M]["result"]>;
};

const obey = (limit: MemoryLimit | undefined) => limitMemory(limit?.limitBytes, limit?.othersBytes);

/** The engine's side of the protocol: one call after another, cancellation and memory in between. */
export function serveEngine(
	handlers: EngineHandlers,
	send: (event: EngineEvent) => void,
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

	const call = async (id: number, method: EngineMethod, params: unknown, signal: AbortSignal) => {
		const began = performance.now();
		try {
			const context: CallContext = {
				signal,
				memory: {
					recall: (key) => ask((request) => ({ type: "recall", id, request, key })),
					keep: async (key, piece) => {
						await ask((request) => ({ type: "keep", id, request, key, piece }));
					},
				},
				progress: (progress) => {
					const elapsed = (performance.now() - began) / 1000;
					const left =
						progress.done > 0 ? { secondsLeft: (elapsed / progress.done) * (progress.total - progress.done) } : {};
					send({ type: "progress", id, progress: { ...progress, ...left } });
				},
			};
			const handler = handlers[method] as (params: unknown, context: CallContext) => Promise<unknown>;
			send({ type: "ok", id, result: await handler(params, context) });
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
					return call(command.id, command.method, command.params, controller.signal);
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
