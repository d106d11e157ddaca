import type { SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { EncoderSession } from "../sae/encoder-session.ts";

/** Encoders that stay loaded, least recently used out first, under a budget of bytes. */
export class EncoderCache {
	readonly #budget: number;
	readonly #loaded = new Map<string, { readonly session: EncoderSession; readonly bytes: number }>();

	constructor(budgetBytes: number) {
		this.#budget = budgetBytes;
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
		await this.#shrink(this.#budget - bytes);
		const session = await EncoderSession.load(dictionary, options);
		this.#loaded.set(key, { session, bytes });
		return session;
	}

	async dispose(): Promise<void> {
		await this.#shrink(0);
	}

	async #shrink(limit: number): Promise<void> {
		let total = 0;
		for (const { bytes } of this.#loaded.values()) total += bytes;
		for (const [key, { session, bytes }] of this.#loaded) {
			if (total <= Math.max(0, limit)) return;
			this.#loaded.delete(key);
			total -= bytes;
			await session.dispose();
		}
	}
}
