import { AppError } from "#shared/errors";
import { cacheBytes } from "../onnx/memory.ts";
import type { SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { EncoderSession } from "../sae/encoder-session.ts";

/** Encoders that stay loaded, least recently used out first, as far as memory allows. */
export class EncoderCache {
	readonly #most: number;
	readonly #loaded = new Map<string, { readonly session: EncoderSession; readonly bytes: number }>();

	constructor(mostBytes = Number.POSITIVE_INFINITY) {
		this.#most = mostBytes;
	}

	/** The session stays the cache's: use it before asking for the next. */
	async load(dictionary: Dictionary, options?: SessionOptions): Promise<EncoderSession> {
		const key = `${dictionary.dir} ${dictionary.hash} ${options?.provider ?? "cpu"}`;
		const known = this.#loaded.get(key);
		if (known) {
			this.#loaded.delete(key);
			this.#loaded.set(key, known);
			return known.session;
		}
		const bytes = 4 * dictionary.dIn * dictionary.dSae;
		const onCard = (options?.provider ?? "cpu") !== "cpu";
		await this.#shrink(Math.min(this.#most, cacheBytes(this.#held, onCard)) - bytes);
		const session = await this.#open(dictionary, options);
		this.#loaded.set(key, { session, bytes });
		return session;
	}

	async dispose(): Promise<void> {
		await this.#shrink(0);
	}

	/** Where there is no room for one more, the others make it. */
	async #open(dictionary: Dictionary, options: SessionOptions | undefined): Promise<EncoderSession> {
		try {
			return await EncoderSession.load(dictionary, options);
		} catch (error) {
			const full = error instanceof AppError && error.code === "out-of-memory";
			if (!full || this.#loaded.size === 0) throw error;
			await this.#shrink(0);
			return await EncoderSession.load(dictionary, options);
		}
	}

	get #held(): number {
		return [...this.#loaded.values()].reduce((sum, { bytes }) => sum + bytes, 0);
	}

	async #shrink(limit: number): Promise<void> {
		let total = this.#held;
		for (const [key, { session, bytes }] of this.#loaded) {
			if (total <= Math.max(0, limit)) return;
			this.#loaded.delete(key);
			total -= bytes;
			await session.dispose();
		}
	}
}
