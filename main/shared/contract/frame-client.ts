import { AppError } from "../errors.ts";
import { type CallOptions, type Client, type Events, type Method, once, type Params, type Result } from "./contract.ts";
import type { ClientFrame, ServerFrame } from "./frames.ts";

interface Pending {
	readonly frame: Extract<ClientFrame, { type: "call" }>;
	resolve(result: unknown): void;
	reject(error: AppError): void;
	progress?(progress: unknown): void;
}

type Listeners = { [E in keyof Events]?: Set<(data: Events[E]) => void> };

/** The caller's end of the contract over any carrier of frames. Calls made while it is down wait for it. */
export class FrameClient implements Client {
	readonly #pending = new Map<number, Pending>();
	readonly #listeners: Listeners = {};
	#send: ((frame: ClientFrame) => void) | undefined;
	#calls = 0;

	/** A carrier is there: what waits is sent, and what was under way when the last one broke is asked again. */
	attach(send: (frame: ClientFrame) => void): void {
		this.#send = send;
		for (const { frame } of this.#pending.values()) send(frame);
	}

	/** The carrier is gone. What may not be asked twice fails; the rest waits. */
	detach(): void {
		this.#send = undefined;
		for (const [id, { frame, reject }] of this.#pending)
			if (once.has(frame.method)) {
				this.#pending.delete(id);
				reject(
					new AppError(
						"engine",
						"The connection broke before an answer came. What is shown will be up to date once it is back; then try again.",
					),
				);
			}
	}

	call<M extends Method>(method: M, params: Params<M>, { signal, progress }: CallOptions = {}): Promise<Result<M>> {
		return new Promise((resolve, reject) => {
			const id = ++this.#calls;
			const frame = { type: "call", id, method, params } as const;
			const cancel = () => {
				if (!this.#take(id)) return;
				this.#send?.({ type: "cancel", id });
				reject(new AppError("cancelled", "The answer was not wanted any more."));
			};
			this.#pending.set(id, {
				frame,
				resolve: resolve as (result: unknown) => void,
				reject,
				...(progress && { progress }),
			});
			if (signal?.aborted) return cancel();
			signal?.addEventListener("abort", cancel);
			this.#send?.(frame);
		});
	}

	on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void {
		const listeners: Set<(data: Events[E]) => void> = this.#listeners[event] ?? new Set();
		(this.#listeners as Record<string, unknown>)[event] = listeners;
		listeners.add(listener);
		return () => void listeners.delete(listener);
	}

	receive(frame: ServerFrame): void {
		switch (frame.type) {
			case "ok":
				this.#take(frame.id)?.resolve(frame.result);
				break;
			case "err": {
				const { code, message, data } = frame.failure;
				this.#take(frame.id)?.reject(new AppError(code, message, data));
				break;
			}
			case "progress":
				this.#pending.get(frame.id)?.progress?.(frame.progress);
				break;
			case "event": {
				const listeners = this.#listeners[frame.event] as Set<(data: unknown) => void> | undefined;
				for (const listener of listeners ?? []) listener(frame.data);
			}
		}
	}

	#take(id: number): Pending | undefined {
		const pending = this.#pending.get(id);
		this.#pending.delete(id);
		return pending;
	}
}
