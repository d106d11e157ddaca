import { gunzipSync, inflateRawSync, type inflateSync } from "node:zlib";
import { AppError } from "#shared/errors";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { readCircuitFile } from "#shared/exchange/read-circuit-file";

/** Of a circuit as JSON: what is compressed must not grow beyond it. */
export const largestPayload = 400 << 20;

/** The word that says how letters are packed. */
const packingWord = new RegExp(`${payloadMarks.encoding}|${payloadMarks.oldEncoding}`, "g");

/** In markup the word is an attribute's value; elsewhere it is somebody's text. */
function isAttribute(text: string, at: number, end: number): boolean {
	const mark = text[at - 1];
	return (
		(mark === '"' || mark === "'") &&
		text[end] === mark &&
		text
			.slice(at - 20, at - 1)
			.trimEnd()
			.endsWith("=")
	);
}

/** More candidates than a file has by chance. */
const mostTried = 20;

/**
 * The circuit that a text file carries: letters of base64 behind the word that says how they are packed, whatever an
 * editor has done to the markup around them. Undefined where there is none; throws `bad-file` where it is damaged.
 */
export function findTextPayload(text: string, file: string, isMarkup = false): CircuitFile | undefined {
	let damage: unknown;
	let tried = 0;
	for (const { 0: word, index: at } of text.matchAll(packingWord)) {
		if (isMarkup && !isAttribute(text, at, at + word.length)) continue;
		let begin = at + word.length;
		while (begin < text.length && begin < at + 400 && text[begin] !== ">" && text[begin] !== ":") begin++;
		let end = ++begin;
		while (end < text.length && isLetter(text.charCodeAt(end))) end++;
		if (end - begin < 16) continue;
		if (++tried > mostTried) break;
		try {
			return unpackLetters(text.slice(begin, end), file, word === payloadMarks.oldEncoding);
		} catch (error) {
			damage ??= error;
		}
	}
	if (damage !== undefined) throw damage;
	return undefined;
}

/** Letters of base64, and blanks between them. */
function isLetter(code: number): boolean {
	return (
		(code >= 48 && code <= 57) ||
		(code >= 65 && code <= 90) ||
		(code >= 97 && code <= 122) ||
		code === 43 ||
		code === 47 ||
		code === 61 ||
		code === 32 ||
		(code >= 9 && code <= 13)
	);
}

/** What gzip begins with, and nothing deflated does: these bits would be a kind of block that there is not. */
const gzipMagic = Buffer.from([0x1f, 0x8b, 0x08]);

/** Base64 of gzip, or of the first programs' deflate. */
export function unpackLetters(letters: string, file: string, isOld?: boolean): CircuitFile {
	const bytes = Buffer.from(letters, "base64");
	const old = isOld ?? !bytes.subarray(0, 3).equals(gzipMagic);
	return unpack(bytes, file, old ? inflateRawSync : gunzipSync);
}

/** Inflates what is packed with any of zlib's ways, checked by its checksum where that way has one. */
export function unpack(bytes: Buffer, file: string, inflate: typeof inflateSync): CircuitFile {
	let text: string;
	try {
		text = inflate(bytes, { maxOutputLength: largestPayload }).toString("utf8");
	} catch (cause) {
		const tooLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
		throw tooLarge
			? new AppError(
					"bad-file",
					`The circuit inside ${file} unpacks to more than ${largestPayload >> 20} MB, and is not opened.`,
				)
			: refuseDamaged(file);
	}
	return parsePayload(text, file);
}

export function parsePayload(text: string, file: string): CircuitFile {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw refuseDamaged(file);
	}
	return readCircuitFile(value, `The circuit inside ${file}`);
}

export function refuseDamaged(file: string): AppError {
	return new AppError("bad-file", `The circuit inside ${file} is damaged. Ask for the file again.`);
}

export function refuseCut(file: string): AppError {
	return new AppError(
		"bad-file",
		`${file} is cut off: its end is missing, and a circuit inside it with it. Ask for the file again.`,
	);
}

/** Of a file whose circuit is sound, while what stands around it is not. */
export const noteCut = (file: string) =>
	`${file} is cut off behind its circuit, which is whole. Ask for the file again if you need the rest.`;

export function refuseForeign(file: string, kind: string): AppError {
	return new AppError(
		"bad-file",
		`${file} carries no circuit: another program made this ${kind}, or one that took out what was inside. Open one that this program exported, or ask for the .json.`,
	);
}
