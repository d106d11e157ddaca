import { AppError } from "#shared/errors";
import { readSpan, type StoredTensor } from "./safetensors.ts";

/** Larger tables are compared at evenly spaced rows, the first and the last among them: a head of its own differs everywhere. */
const wholeLimit = 64 * 1024 ** 2;
const blocks = 64;

/**
 * A model whose unembedding is its embedding may carry it twice. Throws `mismatch` where the two differ: which of them
 * the model was trained with cannot be known.
 */
export function checkTiedHead(head: StoredTensor | undefined, embedding: StoredTensor): void {
	if (!head || (head.path === embedding.path && head.offset === embedding.offset)) return;
	const [rows = 0, width = 0] = embedding.shape;
	const same = head.shape.length === 2 && head.shape[0] === rows && head.shape[1] === width;
	if (same && equalNumbers(head, embedding, rows, width)) return;
	throw new AppError(
		"mismatch",
		`${head.path} carries an ${head.name} that differs from wte.weight, and config.json ties the two (tie_word_embeddings). Set "tie_word_embeddings": false in config.json to read it, or remove it from the file.`,
		{ path: head.path, name: head.name },
	);
}

function equalNumbers(a: StoredTensor, b: StoredTensor, rows: number, width: number): boolean {
	const step = Math.max(1, Math.floor(1_048_576 / width));
	const count = Math.ceil(rows / step);
	const compared = b.bytes <= wholeLimit ? count : Math.min(count, blocks);
	for (let i = 0; i < compared; i++) {
		const first = Math.floor((i * (count - 1)) / Math.max(1, compared - 1)) * step;
		const numbers = Math.min(step, rows - first) * width;
		const [left, right] = [readSpan(a, first * width, numbers), readSpan(b, first * width, numbers)];
		if (Buffer.compare(new Uint8Array(left.buffer), new Uint8Array(right.buffer)) !== 0) return false;
	}
	return true;
}
