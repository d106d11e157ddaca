import { AppError } from "#shared/errors";
import type { ImportSource } from "./import-source.ts";

/** A member of the outermost object: its value where it is no list, a part of its elements where it is one. */
export type JsonPart =
	| { readonly key: string; readonly value: unknown }
	| { readonly key: string; readonly elements: readonly unknown[] };

const chunkBytes = 1 << 20;
/** Of one value that is no list, or of one element of a list. */
const largestPart = 64 << 20;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Reads a JSON file of any size whose outermost value is an object: lists come in parts of about a megabyte, so that
 * memory does not grow with the file. Only brackets and strings are looked at here; `JSON.parse` reads what lies between.
 * Throws `bad-file`.
 */
export async function* readJsonMembers(source: ImportSource): AsyncGenerator<JsonPart> {
	const scanner = new Scanner(source.name);
	for (let offset = 0; offset < source.bytes; ) {
		const chunk = await source.read(offset, chunkBytes);
		if (chunk.length === 0) break;
		offset += chunk.length;
		yield* scanner.take(chunk);
	}
	scanner.end();
}

type Place = "before" | "first key" | "key" | "colon" | "value" | "list" | "after" | "end";

class Scanner {
	readonly #file: string;
	#place: Place = "before";
	#key = "";
	/** Of what is being read: bytes of earlier chunks. */
	#held: Buffer[] = [];
	#heldBytes = 0;
	#depth = 0;
	#inString = false;
	#escaped = false;
	/** How far it was read, for messages; and how much came. */
	#bytes = 0;
	#seen = 0;

	constructor(file: string) {
		this.#file = file;
	}

	/** Parts that end in this chunk. */
	*take(chunk: Buffer): Generator<JsonPart> {
		/** Where what is being read begins in this chunk; −1 where nothing is being read. */
		let from = this.#heldBytes > 0 || this.#inString ? 0 : -1;
		/** End of the last whole element of the list in this chunk. */
		let whole = -1;
		const before = this.#seen;
		this.#seen += chunk.length;
		for (let i = 0; i < chunk.length; i++) {
			const byte = chunk[i] as number;
			if (this.#inString) {
				if (this.#escaped) this.#escaped = false;
				else if (byte === backslash) this.#escaped = true;
				else if (byte === quote) {
					this.#inString = false;
					if (this.#place === "key" && this.#depth === 0) {
						this.#key = String(this.#parse(this.#slice(chunk, from, i + 1)));
						from = -1;
						this.#place = "colon";
					}
				}
				continue;
			}
			if (isBlank(byte)) continue;
			this.#bytes = before + i;
			switch (this.#place) {
				case "before":
					if (byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
					if (byte !== openBrace) throw this.#refuse("its outermost value is no object");
					this.#place = "first key";
					continue;
				case "first key":
				case "key":
					if (byte === closeBrace && this.#place === "first key") this.#place = "end";
					else if (byte === quote) {
						this.#inString = true;
						this.#place = "key";
						from = i;
					} else throw this.#refuse("a name is missing");
					continue;
				case "colon":
					if (byte !== colon) throw this.#refuse("a colon is missing");
					this.#place = "value";
					continue;
				case "value":
					if (this.#depth === 0 && from < 0) {
						if (byte === openBracket) {
							this.#place = "list";
							continue;
						}
						from = i;
					}
					if (this.#depth === 0 && (byte === comma || byte === closeBrace)) {
						yield { key: this.#key, value: this.#parse(this.#slice(chunk, from, i)) };
						from = -1;
						this.#place = byte === comma ? "key" : "end";
						continue;
					}
					this.#nest(byte);
					continue;
				case "list":
					if (this.#depth === 0 && byte === comma) {
						if (from < 0) throw this.#refuse("an element is missing");
						whole = i;
						continue;
					}
					if (this.#depth === 0 && byte === closeBracket) {
						if (from >= 0) yield { key: this.#key, elements: this.#parseList(this.#slice(chunk, from, i)) };
						else yield { key: this.#key, elements: [] };
						from = -1;
						whole = -1;
						this.#place = "after";
						continue;
					}
					if (from < 0) from = i;
					this.#nest(byte);
					continue;
				case "after":
					if (byte !== comma && byte !== closeBrace) throw this.#refuse("a comma is missing");
					this.#place = byte === comma ? "key" : "end";
					continue;
				case "end":
					throw this.#refuse("something follows its end");
			}
		}
		if (whole >= 0) {
			yield { key: this.#key, elements: this.#parseList(this.#slice(chunk, from, whole)) };
			from = whole + 1;
		}
		if (from >= 0) this.#hold(chunk.subarray(from));
	}

	end(): void {
		if (this.#place !== "end") throw refuseJson(this.#file, cutOff);
	}

	#nest(byte: number): void {
		if (byte === quote) this.#inString = true;
		else if (byte === openBrace || byte === openBracket) this.#depth++;
		else if (byte === closeBrace || byte === closeBracket) this.#depth--;
		if (this.#depth < 0) throw this.#refuse("a bracket is closed that was not opened");
	}

	#hold(bytes: Buffer): void {
		if (bytes.length === 0) return;
		this.#held.push(Buffer.from(bytes));
		this.#heldBytes += bytes.length;
		if (this.#heldBytes > largestPart) throw this.#refuse(`one value of it is larger than ${largestPart >> 20} MB`);
	}

	/** What was held, and this chunk from `from` (0 where something was held) to `to`. */
	#slice(chunk: Buffer, from: number, to: number): string {
		const parts = [...this.#held, chunk.subarray(Math.max(0, from), to)];
		this.#held = [];
		this.#heldBytes = 0;
		return Buffer.concat(parts).toString("utf8");
	}

	#parseList(text: string): readonly unknown[] {
		return this.#parse(`[${text}]`) as readonly unknown[];
	}

	#parse(text: string): unknown {
		try {
			return JSON.parse(text);
		} catch {
			throw this.#refuse("what stands there is no value");
		}
	}

	#refuse(why: string): AppError {
		return refuseJson(this.#file, `${why}, about ${this.#bytes.toLocaleString("en")} bytes from its beginning`);
	}
}

export const cutOff = "it is cut off, and its end is missing";

/** `why` is a sentence's part: that a comma is missing. */
export function refuseJson(file: string, why: string): AppError {
	return new AppError("bad-file", `${file} is damaged JSON: ${why}. Ask for the file again.`);
}
