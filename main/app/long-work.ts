import type { Events } from "#shared/contract/contract";
import type { Work } from "#shared/contract/work";
import { AppError } from "#shared/errors";
import type { App } from "./app.ts";
import { describeFailure } from "./router.ts";

type Tell = <E extends keyof Events>(event: E, data: Events[E]) => void;

/** Work, and the circuit that it belongs to. */
interface CircuitWork extends Work {
	readonly circuit: string | null;
}

interface Live<W extends Work> {
	readonly controller: AbortController;
	work: W;
}

const isCancelled = (error: unknown) => error instanceof AppError && error.code === "cancelled";
const hasEnded = ({ state }: Work) => state === "done" || state === "failed" || state === "cancelled";

/** The life of work that takes long. It belongs to the app and not to the window that started it. */
export abstract class LongWork<W extends CircuitWork> {
	/** One after the other as they were asked for; else each begins at once and runs when it tells progress. */
	protected abstract readonly inTurn: boolean;
	protected abstract tellChange(work: W): void;
	protected abstract tellGone(id: string): void;
	/** Does it; what comes back is said of it when it is done. */
	protected abstract run(work: W, signal: AbortSignal): Promise<Partial<W>>;
	/** It is done, failed or cancelled, and everybody has been told. */
	protected abstract ended(work: W): void;
	protected readonly app: App;
	protected readonly tell: Tell;
	readonly #live = new Map<string, Live<W>>();
	#turn: Promise<void> = Promise.resolve();
	#disposed = false;

	constructor(app: App, tell: Tell) {
		this.app = app;
		this.tell = tell;
	}

	/** Newest last. */
	list(): readonly W[] {
		return [...this.#live.values()].map(({ work }) => work);
	}

	cancel(id: string): void {
		const live = this.#live.get(id);
		live?.controller.abort();
		if (live?.work.state === "waiting" && this.inTurn) this.#end(live, { state: "cancelled" });
	}

	/** Forgets what has ended. */
	dismiss(id: string): void {
		const live = this.#live.get(id);
		if (!live || !hasEnded(live.work)) return;
		this.#live.delete(id);
		this.tellGone(id);
	}

	/** A circuit is called otherwise: what belongs to it goes on under the new name. */
	rename(from: string, to: string): void {
		for (const { work } of this.#live.values()) if (work.circuit === from) this.update(work.id, { circuit: to });
	}

	/** Nothing is told from here on, and what runs is stopped. */
	dispose(): void {
		this.#disposed = true;
		for (const { controller } of this.#live.values()) controller.abort();
	}

	/** Asked again under the same id, it does nothing. */
	protected begin(id: string, prepare: () => W): W {
		const known = this.#live.get(id);
		if (known) return known.work;
		const live = { work: prepare(), controller: new AbortController() };
		this.#live.set(id, live);
		this.update(id, {});
		if (this.inTurn) this.#turn = this.#turn.then(() => this.#run(live));
		else void this.#run(live);
		return live.work;
	}

	protected find(id: string): W | undefined {
		return this.#live.get(id)?.work;
	}

	protected update(id: string, change: Partial<W> | Partial<CircuitWork>): void {
		const live = this.#live.get(id);
		if (!live || this.#disposed) return;
		live.work = { ...live.work, ...change };
		this.tellChange(live.work);
	}

	async #run(live: Live<W>): Promise<void> {
		if (this.#disposed || hasEnded(live.work)) return;
		if (this.inTurn) this.update(live.work.id, { state: "running" });
		const end = this.run(live.work, live.controller.signal).then(
			(result) => ({ ...result, state: "done" as const }),
			(error) => ({ state: isCancelled(error) ? "cancelled" : "failed", failure: describeFailure(error) }) as const,
		);
		this.#end(live, await end);
	}

	#end(live: Live<W>, end: Partial<W> | Partial<Work>): void {
		if (this.#disposed) return;
		this.update(live.work.id, end);
		this.ended(live.work);
	}
}
