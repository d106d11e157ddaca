/** As long as the head of an answer may be. */
const longest = 65_536;

/** Reads the head of an HTTP answer as it comes in pieces. */
export class AnswerHeadReader {
	#seen = Buffer.alloc(0);

	/** Undefined while more must come; `rest` belongs to the body. Throws where it is no HTTP. */
	take(
		piece: Buffer,
	): { readonly status: number; readonly headers: Record<string, string>; readonly rest: Buffer } | undefined {
		this.#seen = Buffer.concat([this.#seen, piece]);
		for (;;) {
			const end = this.#seen.indexOf("\r\n\r\n");
			if (end < 0) {
				if (this.#seen.length > longest) throw new Error("the answer is no HTTP");
				return undefined;
			}
			const [first = "", ...lines] = this.#seen.subarray(0, end).toString("latin1").split("\r\n");
			const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1]);
			if (!(status >= 100)) throw new Error("the answer is no HTTP");
			const rest = this.#seen.subarray(end + 4);
			// Hints before the answer.
			if (status < 200) {
				this.#seen = Buffer.from(rest);
				continue;
			}
			const headers: Record<string, string> = {};
			for (const line of lines) {
				const colon = line.indexOf(":");
				if (colon > 0) headers[line.slice(0, colon).trim().toLowerCase()] ??= line.slice(colon + 1).trim();
			}
			return { status, headers, rest };
		}
	}
}

/**
 * Whether a body holds exactly the bytes from `from` on, as they lie in the file: no other range, no compression, no
 * chunks. Otherwise it must be read another way.
 */
export function isPlainBody(
	status: number,
	headers: Readonly<Record<string, string | undefined>>,
	from: number,
	end: number,
): boolean {
	const length = readLength(headers);
	if (headers["transfer-encoding"] !== undefined || headers["content-encoding"] !== undefined) return false;
	if (length === undefined || length > end - from) return false;
	return status === 206 ? startsAt(headers["content-range"], from, end) : status === 200 && from === 0;
}

/** The body's length; undefined where none is given, or one that is no plain number. */
export function readLength(headers: Readonly<Record<string, string | undefined>>): number | undefined {
	const text = headers["content-length"];
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Whether a `Content-Range` begins where it should, of a file of the right length. */
export function startsAt(range: string | undefined, from: number, end: number): boolean {
	const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range ?? "") ?? [];
	return Number(first) === from && (total === "*" || Number(total) === end);
}
