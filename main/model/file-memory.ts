import { type Stats, statSync } from "node:fs";
import { AppError } from "#shared/errors";

/** A clock of files ticks slowly: what was written a moment ago may be written again in the same tick. */
const freshMs = 1000;

/** Changes whenever a file does. Undefined for one that was written so lately that it could change unseen. */
export function stampFile({ size, mtimeMs, ctimeMs, ino }: Stats, now: number): string | undefined {
	return Math.max(mtimeMs, ctimeMs) > now - freshMs ? undefined : `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

type Outcome<T> = { readonly value: T } | { readonly refusal: AppError };

/** What was read from the last files, or why they cannot be read, remembered until they change. */
export class FileMemory<T> {
	readonly #most: number;
	readonly #now: () => number;
	readonly #known = new Map<string, Outcome<T> & { readonly stamp: string }>();

	constructor(most: number, now: () => number = Date.now) {
		this.#most = most;
		this.#now = now;
	}

	/** What `read` says of a file. */
	recall(path: string, read: () => T): T {
		const stats = statSync(path, { throwIfNoEntry: false });
		const stamp = stats && stampFile(stats, this.#now());
		const known = this.#known.get(path);
		this.#known.delete(path);
		const outcome = known && known.stamp === stamp ? known : attempt(read);
		if (stamp !== undefined) this.#known.set(path, { ...outcome, stamp });
		for (const [oldest] of this.#known) {
			if (this.#known.size <= this.#most) break;
			this.#known.delete(oldest);
		}
		if ("refusal" in outcome) throw outcome.refusal;
		return outcome.value;
	}
}

/** A fault of the program's own is nobody's knowledge. */
function attempt<T>(read: () => T): Outcome<T> {
	try {
		return { value: read() };
	} catch (error) {
		if (error instanceof AppError) return { refusal: error };
		throw error;
	}
}
