import { inflateRawSync, inflateSync } from "node:zlib";
import { AppError } from "#shared/errors";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import { payloadMarks } from "#shared/exchange/payload-marks";
import { readCircuitFile } from "#shared/exchange/read-circuit-file";

/** Of a circuit as JSON: what is compressed must not grow beyond it. */
export const largestPayload = 400 << 20;

/**
 * The circuit that a text file carries: letters of base64 behind the word that says how they are packed, whatever an
 * editor has done to the markup around them. Undefined where there is none; throws `bad-file` where it is damaged.
 */
export function findTextPayload(text: string, file: string): CircuitFile | undefined {
	for (let at = text.indexOf(payloadMarks.encoding); at >= 0; at = text.indexOf(payloadMarks.encoding, at + 1)) {
		let begin = at + payloadMarks.encoding.length;
		while (begin < text.length && begin < at + 400 && text[begin] !== ">" && text[begin] !== ":") begin++;
		let end = ++begin;
		while (end < text.length && isLetter(text.charCodeAt(end))) end++;
		if (end - begin < 16) continue;
		return unpack(Buffer.from(text.slice(begin, end), "base64"), file, inflateRawSync);
	}
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

/** Bytes that were deflated, with or without the header of zlib. */
export function unpack(bytes: Buffer, file: string, inflate: typeof inflateSync = inflateSync): CircuitFile {
	let text: string;
	try {
		text = inflate(bytes, { maxOutputLength: largestPayload }).toString("utf8");
	} catch (cause) {
		const tooLarge = (cause as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
		throw new AppError(
			"bad-file",
			tooLarge
				? `The circuit inside ${file} unpacks to more than ${largestPayload >> 20} MB, and is not opened.`
				: `The circuit inside ${file} is damaged and cannot be unpacked. Ask for the file again.`,
		);
	}
	return parsePayload(text, file);
}

export function parsePayload(text: string, file: string): CircuitFile {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		throw new AppError("bad-file", `The circuit inside ${file} is damaged. Ask for the file again.`);
	}
	return readCircuitFile(value);
}

export function refuseForeign(file: string, kind: string): AppError {
	return new AppError(
		"bad-file",
		`${file} carries no circuit: another program made this ${kind}, or one that took out what was inside. Open one that this program exported, or ask for the .json.`,
	);
}
