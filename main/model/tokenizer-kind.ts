import { AppError } from "#shared/errors";
import type { TokenizerDescription } from "./tokenizer-files.ts";

const kinds = ["BPE", "WordPiece", "Unigram", "WordLevel"] as const;
export type TokenizerKind = (typeof kinds)[number];

/**
 * How a tokenizer parts words; old files leave it to be seen from their fields. Throws `unsupported` for kinds, and for
 * options, that the library would read otherwise than Hugging Face's own tokenizers (in Rust).
 */
export function readTokenizerKind({ model }: TokenizerDescription, dir: string): TokenizerKind {
	const kind = model["type"] ?? guessKind(model);
	const refuse = (what: string) =>
		new AppError(
			"unsupported",
			`The tokenizer in ${dir} ${what}, which this program does not read. Choose a model whose tokenizer.json is of GPT-2's kind.`,
			{ path: dir },
		);
	if (!isKind(kind)) throw refuse(`is of the kind ${JSON.stringify(kind)}`);
	if (kind === "BPE" && model["continuing_subword_prefix"])
		throw refuse(
			`marks what continues a word (continuing_subword_prefix ${JSON.stringify(model["continuing_subword_prefix"])})`,
		);
	if (kind === "BPE" && model["fuse_unk"] && model["unk_token"] && !model["byte_fallback"])
		throw refuse("joins unknown letters into one token (fuse_unk)");
	return kind;
}

function isKind(kind: unknown): kind is TokenizerKind {
	return kinds.some((known) => known === kind);
}

function guessKind(model: TokenizerDescription["model"]): TokenizerKind {
	if (Array.isArray(model["vocab"])) return "Unigram";
	if (model["merges"] !== undefined) return "BPE";
	return model["continuing_subword_prefix"] === undefined ? "WordLevel" : "WordPiece";
}
