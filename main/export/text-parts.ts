import { once } from "node:events";

/** A file as it is written, piece by piece; it need never be whole in memory. */
export type FileParts = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

const blockLength = 1 << 17;
const elementsAtOnce = 500;

/** The same text in pieces that are worth a write each. */
export async function* joinParts(parts: FileParts): AsyncGenerator<Uint8Array, void> {
	let waiting: string[] = [];
	let length = 0;
	const take = () => {
		const block = Buffer.from(waiting.join(""));
		waiting = [];
		length = 0;
		return block;
	};
	for await (const part of parts) {
		if (typeof part === "string") {
			waiting.push(part);
			length += part.length;
			if (length >= blockLength) yield take();
			continue;
		}
		if (length > 0) yield take();
		yield part;
	}
	if (length > 0) yield take();
}

export async function writeParts(stream: NodeJS.WritableStream, parts: FileParts): Promise<void> {
	for await (const block of joinParts(parts)) if (!stream.write(block)) await once(stream, "drain");
}

/**
 * What `JSON.stringify(value, null, indent)` gives, without ever holding it: the elements of lists that the object itself
 * has come a few hundred at a time.
 */
export function* writeJson(value: object, indent: "" | "\t" = ""): Generator<string, void> {
	const line = indent === "" ? "" : "\n";
	const fields = Object.entries(value).filter(([, field]) => field !== undefined);
	if (fields.length === 0) {
		yield "{}";
		return;
	}
	const within = (inner: unknown, depth: number) =>
		(JSON.stringify(inner, null, indent) ?? "null").replaceAll("\n", `\n${indent.repeat(depth)}`);
	yield "{";
	for (const [i, [key, field]] of fields.entries()) {
		yield `${i > 0 ? "," : ""}${line}${indent}${JSON.stringify(key)}:${indent === "" ? "" : " "}`;
		if (!Array.isArray(field) || field.length === 0) {
			yield within(field, 1);
			continue;
		}
		for (let from = 0; from < field.length; from += elementsAtOnce) {
			const elements = field.slice(from, from + elementsAtOnce);
			yield `${from === 0 ? "[" : ","}${elements.map((element) => `${line}${indent}${indent}${within(element, 2)}`).join(",")}`;
		}
		yield `${line}${indent}]`;
	}
	yield `${line}}`;
}
