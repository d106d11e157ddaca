import { inflateSync } from "node:zlib";
import { AppError } from "#shared/errors";
import type { CircuitFile } from "#shared/exchange/circuit-file";
import type { ImportSource } from "./import-source.ts";
import { readWhole } from "./import-source.ts";
import { largestPayload, parsePayload, refuseForeign } from "./payload.ts";

const largestPdf = 1 << 30;
/** Attached files are told apart by their content; more than so many are not tried. */
const mostAttachments = 32;

/**
 * The circuit attached to a PDF. Streams stand in the file as they are, also where a program packed the objects around
 * them anew, so that their dictionaries can be found without reading the document. Throws `bad-file`.
 */
export async function readPdf(source: ImportSource): Promise<CircuitFile> {
	const bytes = await readWhole(source, largestPdf);
	let tried = 0;
	for (let at = bytes.indexOf("EmbeddedFile"); at >= 0; at = bytes.indexOf("EmbeddedFile", at + 1)) {
		if (bytes.toString("latin1", at + 12, at + 13) === "s" || ++tried > mostAttachments) continue;
		const content = readStream(bytes, at);
		if (content === undefined || !/^\s*\{\s*"/.test(content.toString("latin1", 0, 100))) continue;
		if (content.indexOf('"sparse-circuit"') < 0) continue;
		return parsePayload(content.toString("utf8"), source.name);
	}
	if (bytes.indexOf("/Encrypt") >= 0)
		throw new AppError("bad-file", `${source.name} is encrypted, and what is attached to it cannot be read.`);
	throw refuseForeign(source.name, "document");
}

/** The stream whose dictionary `at` lies in; undefined where it is none, or packed otherwise than by deflate. */
function readStream(bytes: Buffer, at: number): Buffer | undefined {
	const word = bytes.indexOf("stream", at);
	if (word < 0 || word - at > 4000) return undefined;
	const open = bytes.lastIndexOf("obj", at);
	const dictionary = bytes.toString("latin1", Math.max(open, at - 4000, 0), word);
	if (dictionary.includes("endobj") || word + 8 > bytes.length) return undefined;
	const begin = word + 6 + (bytes[word + 6] === 0x0d ? 2 : 1);
	if (!dictionary.includes("/Filter")) {
		const end = bytes.indexOf("endstream", begin);
		return end < 0 || end - begin > largestPayload ? undefined : bytes.subarray(begin, end);
	}
	try {
		// What follows the end of the deflated data is not read.
		return inflateSync(bytes.subarray(begin), { maxOutputLength: largestPayload });
	} catch {
		return undefined;
	}
}
