import { loadTokenizer, type Tokenizer } from "../model/tokenizer.ts";

const kept = 3;

interface OpenTokenizer {
	readonly tokenizer: Tokenizer;
	texts?: readonly string[];
}

/** Tokenizers of the models in use: opening one takes tens of milliseconds, and typing asks at every letter. */
export class Tokenizers {
	readonly #open = new Map<string, OpenTokenizer>();

	/** Throws what `loadTokenizer` throws. */
	load(modelDir: string): Tokenizer {
		return this.#find(modelDir).tokenizer;
	}

	/** Text of every token, by its number. */
	texts(modelDir: string): readonly string[] {
		const open = this.#find(modelDir);
		const { vocabularySize, tokenText } = open.tokenizer;
		open.texts ??= Array.from({ length: vocabularySize }, (_, id) => tokenText(id));
		return open.texts;
	}

	#find(modelDir: string): OpenTokenizer {
		const open = this.#open.get(modelDir) ?? { tokenizer: loadTokenizer(modelDir) };
		this.#open.delete(modelDir);
		this.#open.set(modelDir, open);
		const [oldest] = this.#open.keys();
		if (this.#open.size > kept && oldest !== undefined) this.#open.delete(oldest);
		return open;
	}
}
