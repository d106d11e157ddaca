import {
	BertPreTokenizer,
	ByteLevelPreTokenizer,
	DigitsPreTokenizer,
	type PreTokenizer,
	PunctuationPreTokenizer,
	SequencePreTokenizer,
	WhitespacePreTokenizer,
	WhitespaceSplitPreTokenizer,
} from "@huggingface/tokenizers";

/** GPT-2's words. JavaScript's `\s` will not do: it counts U+FEFF as white space and U+0085 as none. */
const gpt2Words =
	/'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
/** Rust's `\w`, which is not JavaScript's either. */
const wordLetter = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
const words = new RegExp(`[${wordLetter}]+|[^${wordLetter}\\p{White_Space}]+`, "gu");
const notSpace = /\P{White_Space}+/gu;
const punctuation = "\\p{P}$+<=>^`|~";
const bertWords = new RegExp(`[^\\p{White_Space}${punctuation}]+|[${punctuation}]`, "gu");
const singlePunctuation = new RegExp(`[^${punctuation}]+|[${punctuation}]`, "gu");

/** Makes the library part words where Hugging Face's own tokenizers (in Rust) do. */
export function mendPreTokenizer(step: PreTokenizer | null): void {
	if (step instanceof SequencePreTokenizer) for (const part of step.tokenizers) mendPreTokenizer(part);
	else if (step instanceof ByteLevelPreTokenizer) step.pattern = gpt2Words;
	else if (step instanceof BertPreTokenizer) step.pattern = bertWords;
	else if (step instanceof WhitespacePreTokenizer) step.pre_tokenize_text = (text: string) => text.match(words) ?? [];
	else if (step instanceof WhitespaceSplitPreTokenizer)
		step.pre_tokenize_text = (text: string) => text.match(notSpace) ?? [];
	else if (step instanceof DigitsPreTokenizer)
		step.pattern = step.config.individual_digits ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu;
	else if (step instanceof PunctuationPreTokenizer && (step.config.behavior ?? "Isolated") === "Isolated")
		step.pattern = singlePunctuation;
}
