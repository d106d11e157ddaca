import { byteAlphabet } from "../model/byte-alphabet.ts";

/** Byte-level byte-pair encoding (Sennrich et al. 2016; bytes as in GPT-2, Radford et al. 2019): training and a quick encoder. */
export interface BytePairEncoding {
	/** Token texts in GPT-2's byte alphabet, by id. The last is `<|endoftext|>`. */
	readonly vocabulary: readonly string[];
	/** Pairs in the order in which they were learnt. */
	readonly merges: readonly (readonly [string, string])[];
}

export const endOfText = "<|endoftext|>";

const wordPattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

function spellWord(word: string): string[] {
	return Array.from(new TextEncoder().encode(word), (byte) => byteAlphabet[byte] as string);
}

interface Word {
	symbols: string[];
	readonly count: number;
}

/** Learns `size − 257` merges; ties go to the pair that sorts first, so the result depends on the texts alone. */
export function trainBytePairs(texts: readonly string[], size: number): BytePairEncoding {
	const counts = new Map<string, number>();
	for (const text of texts)
		for (const [word] of text.matchAll(wordPattern)) counts.set(word, (counts.get(word) ?? 0) + 1);
	const words: Word[] = [...counts].map(([word, count]) => ({ symbols: spellWord(word), count }));
	const pairs = new Map<string, { count: number; words: Set<Word> }>();
	const tally = (word: Word, sign: 1 | -1) => {
		for (let i = 0; i + 1 < word.symbols.length; i++) {
			const key = `${word.symbols[i]} ${word.symbols[i + 1]}`;
			const entry = pairs.get(key) ?? { count: 0, words: new Set() };
			entry.count += sign * word.count;
			entry.words.add(word);
			if (entry.count > 0) pairs.set(key, entry);
			else pairs.delete(key);
		}
	};
	for (const word of words) tally(word, 1);

	const merges: [string, string][] = [];
	while (merges.length < size - 257) {
		let best: string | undefined;
		let most = 0;
		for (const [key, { count }] of pairs)
			if (count > most || (count === most && best !== undefined && key < best)) [best, most] = [key, count];
		if (best === undefined) break;
		const [left, right] = best.split(" ") as [string, string];
		merges.push([left, right]);
		for (const word of pairs.get(best)?.words ?? []) {
			tally(word, -1);
			word.symbols = mergePair(word.symbols, left, right);
			tally(word, 1);
		}
		pairs.delete(best);
	}
	const bytes = [...byteAlphabet].sort();
	return { vocabulary: [...bytes, ...merges.map(([left, right]) => left + right), endOfText], merges };
}

function mergePair(symbols: readonly string[], left: string, right: string): string[] {
	const merged: string[] = [];
	for (let i = 0; i < symbols.length; i++)
		if (symbols[i] === left && symbols[i + 1] === right) {
			merged.push(left + right);
			i++;
		} else merged.push(symbols[i] as string);
	return merged;
}

/** Encodes much text quickly by remembering words. */
export function buildEncoder({ vocabulary, merges }: BytePairEncoding): (text: string) => readonly number[] {
	const ids = new Map(vocabulary.map((token, id) => [token, id]));
	const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
	const known = new Map<string, readonly number[]>();
	const encodeWord = (word: string): readonly number[] => {
		let symbols = spellWord(word);
		for (;;) {
			let best = Number.POSITIVE_INFINITY;
			for (let i = 0; i + 1 < symbols.length; i++)
				best = Math.min(best, ranks.get(`${symbols[i]} ${symbols[i + 1]}`) ?? Number.POSITIVE_INFINITY);
			const pair = merges[best];
			if (!pair) return symbols.map((symbol) => ids.get(symbol) as number);
			symbols = mergePair(symbols, pair[0], pair[1]);
		}
	};
	return (text) => {
		const tokens: number[] = [];
		for (const [word] of text.matchAll(wordPattern)) {
			let encoded = known.get(word);
			if (!encoded) {
				encoded = encodeWord(word);
				known.set(word, encoded);
			}
			for (const id of encoded) tokens.push(id);
		}
		return tokens;
	};
}

/** The encoding as a Hugging Face `tokenizer.json`. */
export function buildTokenizerJson({ vocabulary, merges }: BytePairEncoding): object {
	const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
	return {
		version: "1.0",
		truncation: null,
		padding: null,
		added_tokens: [
			{
				id: vocabulary.length - 1,
				content: endOfText,
				single_word: false,
				lstrip: false,
				rstrip: false,
				normalized: false,
				special: true,
			},
		],
		normalizer: null,
		pre_tokenizer: byteLevel,
		post_processor: null,
		decoder: byteLevel,
		model: {
			type: "BPE",
			dropout: null,
			unk_token: null,
			continuing_subword_prefix: "",
			end_of_word_suffix: "",
			fuse_unk: false,
			byte_fallback: false,
			vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
			merges: merges.map(([left, right]) => `${left} ${right}`),
		},
	};
}
