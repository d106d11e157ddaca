import { setTimeout as sleep } from "node:timers/promises";
import { isUnreachable } from "./hub-failure.ts";

/** How trouble that passes is waited for. */
export interface Retries {
	readonly signal?: AbortSignal;
	/** The first wait; each one after it is twice as long. */
	readonly firstMs?: number;
	readonly attempts?: number;
	/** Told before each wait. */
	waiting?(seconds: number, why: string): void;
}

interface Attempt<T> {
	readonly value: T;
	/** The status that says that it may go better later; absent where all is well. */
	readonly again?: number;
	/** Seconds. */
	readonly retryAfter?: number | undefined;
}

const firstMs = 500;
const attempts = 5;
/** A server that asks for more than this is told to the user instead. */
export const longestWaitSeconds = 120;

/** Tries until it goes well, or says why it did not: what came last is returned, what was thrown last is thrown. */
export async function withRetries<T>(attempt: () => Promise<Attempt<T>>, retries: Retries): Promise<T> {
	for (let tried = 1; ; tried++) {
		let outcome: Attempt<T> | undefined;
		let fault: unknown;
		try {
			outcome = await attempt();
		} catch (error) {
			fault = error;
		}
		if (retries.signal?.aborted) throw retries.signal.reason;
		if (outcome && outcome.again === undefined) return outcome.value;
		const most = isUnreachable(fault) ? 2 : (retries.attempts ?? attempts);
		const seconds = waitSeconds(tried, retries, outcome?.retryAfter);
		if (tried >= most || seconds > longestWaitSeconds || isFinal(fault)) {
			if (outcome) return outcome.value;
			throw fault;
		}
		await wait(seconds, outcome ? `HTTP ${outcome.again}` : "the connection broke", retries);
	}
}

/** Seconds before the next try: what the server asks for, else twice as long each time, a little at random. */
export function waitSeconds(tried: number, retries: Retries, retryAfter: number | undefined): number {
	return retryAfter ?? (((retries.firstMs ?? firstMs) * 2 ** (tried - 1)) / 1000) * (1 + Math.random() / 4);
}

export async function wait(seconds: number, why: string, { signal, waiting }: Retries): Promise<void> {
	waiting?.(seconds, why);
	await sleep(1000 * seconds, undefined, signal ? { signal } : {}).catch(() => {
		throw signal?.reason;
	});
}

/** Our own refusals are no trouble that passes. */
const isFinal = (fault: unknown) => (fault as Error | undefined)?.name === "AppError";

/** Seconds, from a number or a date; undefined where neither is there. */
export function readRetryAfter(text: string | null | undefined): number | undefined {
	if (text === null || text === undefined || text.trim() === "") return undefined;
	const seconds = Number(text);
	if (Number.isFinite(seconds)) return Math.max(0, seconds);
	const at = Date.parse(text);
	return Number.isNaN(at) ? undefined : Math.max(0, (at - Date.now()) / 1000);
}
