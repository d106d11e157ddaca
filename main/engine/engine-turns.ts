import { AppError } from "#shared/errors";

/** One call's time with the engine. */
export interface EngineTurn {
	/** Fires when the caller cancels, and when a background call has to make way. */
	readonly signal: AbortSignal;
	/** Whether it was stopped for another call and not by its caller. */
	gaveWay(): boolean;
	end(): void;
}

interface Waiting {
	readonly background: boolean;
	begin(): void;
	fail(error: AppError): void;
}

/** Who has the engine: calls in the order in which they were made, those in the background behind all others. */
export class EngineTurns {
	#waiting: Waiting[] = [];
	#running: { readonly background: boolean; readonly makeWay: AbortController } | undefined;

	/** Rejects with `cancelled` when the signal fires before the turn has come. */
	async take({
		signal,
		background = false,
	}: {
		readonly signal?: AbortSignal;
		readonly background?: boolean;
	}): Promise<EngineTurn> {
		if (signal?.aborted) throw cancelled();
		const begun = Promise.withResolvers<void>();
		const waiting: Waiting = { background, begin: begun.resolve, fail: begun.reject };
		const cancel = () => {
			this.#waiting = this.#waiting.filter((one) => one !== waiting);
			begun.reject(cancelled());
		};
		signal?.addEventListener("abort", cancel, { once: true });
		this.#waiting.push(waiting);
		if (!background && this.#running?.background) this.#running.makeWay.abort();
		this.#next();
		try {
			await begun.promise;
		} finally {
			signal?.removeEventListener("abort", cancel);
		}
		const running = this.#running;
		const makeWay = running?.makeWay ?? new AbortController();
		return {
			signal: signal ? AbortSignal.any([signal, makeWay.signal]) : makeWay.signal,
			gaveWay: () => makeWay.signal.aborted && !signal?.aborted,
			end: () => {
				if (this.#running === running) this.#running = undefined;
				this.#next();
			},
		};
	}

	/** Nobody gets a turn any more. */
	dispose(): void {
		for (const { fail } of this.#waiting.splice(0)) fail(cancelled());
	}

	#next(): void {
		if (this.#running) return;
		const next = this.#waiting.find(({ background }) => !background) ?? this.#waiting[0];
		if (!next) return;
		this.#waiting = this.#waiting.filter((one) => one !== next);
		this.#running = { background: next.background, makeWay: new AbortController() };
		next.begin();
	}
}

export function cancelled(): AppError {
	return new AppError("cancelled", "The work was cancelled. What was finished is kept and will be reused.");
}
