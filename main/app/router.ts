import type { z } from "zod";
import { contract, type Events, type Handlers, type Method } from "#shared/contract/contract";
import { clientFrame, type EventFrame, type Failure, type ServerFrame } from "#shared/contract/frames";
import { AppError } from "#shared/errors";
import { nameFields } from "#shared/option-fields";

/** What a handler gets beside its parameters. */
export interface CallContext {
	/** Fires when the caller cancels or is gone. */
	readonly signal: AbortSignal;
	/** Tells the caller how far the work is; what comes faster than it can be read is joined. */
	progress(progress: unknown): void;
}

export type AppHandlers = Handlers<CallContext>;

const progressMs = 40;

/**
 * One caller's side of the contract, whatever carries its frames: validates every argument, gives each call a signal,
 * joins progress, turns every error into a failure that a user can read.
 */
export class Router {
	readonly #handlers: AppHandlers;
	readonly #send: (frame: ServerFrame) => void;
	readonly #running = new Map<number, AbortController>();

	constructor(handlers: AppHandlers, send: (frame: ServerFrame) => void) {
		this.#handlers = handlers;
		this.#send = send;
	}

	/** Takes one frame as it came; what is no frame is answered where it can be and dropped where not. */
	receive(raw: unknown): void {
		const parsed = clientFrame.safeParse(raw);
		if (!parsed.success) return;
		const frame = parsed.data;
		if (frame.type === "cancel") this.#running.get(frame.id)?.abort();
		else void this.#call(frame.id, frame.method, frame.params);
	}

	tell<E extends keyof Events>(event: E, data: Events[E]): void {
		this.#send({ type: "event", event, data } as EventFrame);
	}

	/** The caller is gone: whatever still runs for it is cancelled. */
	dispose(): void {
		for (const controller of this.#running.values()) controller.abort();
	}

	async #call(id: number, method: string, params: unknown): Promise<void> {
		const controller = new AbortController();
		this.#running.set(id, controller);
		const progress = joinProgress((value) => this.#send({ type: "progress", id, progress: value }));
		try {
			const result = await this.#handle(method, params, { signal: controller.signal, progress: progress.tell });
			progress.flush();
			this.#send({ type: "ok", id, result });
		} catch (error) {
			this.#send({ type: "err", id, failure: describeFailure(error) });
		} finally {
			progress.dispose();
			this.#running.delete(id);
		}
	}

	async #handle(method: string, params: unknown, context: CallContext): Promise<unknown> {
		if (!Object.hasOwn(contract, method))
			throw new AppError("unsupported", `This version of the program knows no "${method}". Load the page again.`, {
				method,
			});
		const name = method as Method;
		const parsed = contract[name].params.safeParse(params ?? {});
		if (!parsed.success) throw new AppError("usage", explain(name, parsed.error), { method });
		const handler = this.#handlers[name] as (params: unknown, context: CallContext) => Promise<unknown>;
		return await handler(parsed.data, context);
	}
}

/** A sentence of the contract's own stands for itself; what zod says, says where. */
function explain(name: Method, { issues }: z.ZodError): string {
	const [first] = issues;
	if (first && /^[A-Z].*\.$/s.test(first.message)) return first.message;
	const where = first && first.path.length > 0 ? `${first.path.join(".")}: ` : "";
	return `${name} was asked in a way that it does not take: ${where}${first?.message ?? "unknown reason"}.`;
}

/** What no user could have caused is said as such, without a stack. */
export function describeFailure(error: unknown): Failure {
	if (error instanceof AppError) return { code: error.code, message: nameFields(error.message), data: error.data };
	const reason = error instanceof Error ? error.message : String(error);
	return {
		code: "engine",
		message: `The program met a fault of its own: ${reason}. Nothing stored was changed by it; please report it.`,
		data: {},
	};
}

/** At most one message every `progressMs`, and always the newest. */
function joinProgress(send: (value: unknown) => void) {
	let timer: NodeJS.Timeout | undefined;
	let newest: { readonly value: unknown } | undefined;
	const flush = () => {
		if (newest) send(newest.value);
		newest = undefined;
	};
	return {
		tell(value: unknown) {
			newest = { value };
			timer ??= setTimeout(() => {
				timer = undefined;
				flush();
			}, progressMs);
		},
		flush,
		dispose: () => clearTimeout(timer),
	};
}
