import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Documents behind one another, each begun by `separator`. */
export function joinTokens(documents: readonly (readonly number[])[], separator: number): Uint16Array {
	const tokens = new Uint16Array(documents.reduce((sum, { length }) => sum + length + 1, 0));
	let at = 0;
	for (const document of documents) {
		tokens[at++] = separator;
		tokens.set(document, at);
		at += document.length;
	}
	return tokens;
}

/** Windows of `length` tokens, `separator` and what follows, that do not overlap; what is left of the stream is left out. */
export function cutWindows(tokens: Uint16Array, separator: number, length: number): readonly (readonly number[])[] {
	const room = length - 1;
	return Array.from({ length: Math.floor(tokens.length / room) }, (_, i) => [
		separator,
		...tokens.subarray(i * room, (i + 1) * room),
	]);
}

/** Two bytes a token, little end first. */
export function writeTokens(path: string, tokens: Uint16Array): void {
	const bytes = Buffer.alloc(tokens.length * 2);
	for (const [i, token] of tokens.entries()) bytes.writeUInt16LE(token, i * 2);
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, bytes);
}

export function readTokens(path: string): Uint16Array {
	const bytes = readFileSync(path);
	return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(i * 2));
}
