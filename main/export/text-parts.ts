import { once } from "node:events";
import { LazyRows, type Rows } from "#shared/rows";

/** A file as it is written, piece by piece; it need never be whole in memory. */
export type FileParts = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

const blockLength = 1 << 17;
const elementsAtOnce = 500;
/** Each of so few may be large. */
const fewElements = 50;

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
 * What `JSON.stringify(value, null, indent)` gives, without ever holding it: long lists come a few hundred elements at a
 * time, wherever they are within objects and short lists.
 */
export function* writeJson(value: unknown, indent: "" | "\t" = "", depth = 0): Generator<string, void> {
	const line = (deeper: number) => (indent === "" ? "" : `\n${indent.repeat(depth + deeper)}`);
	if (isList(value) && value.length > 0) {
		yield "[";
		if (value.length > fewElements || !Array.isArray(value)) yield* writeElements(value, indent, depth + 1);
		else
			for (const [i, element] of value.entries()) {
				yield `${i > 0 ? "," : ""}${line(1)}`;
				yield* writeJson(element, indent, depth + 1);
			}
		yield `${line(0)}]`;
	} else if (typeof value === "object" && value !== null && !isList(value) && Object.keys(value).length > 0) {
		yield "{";
		let isFirst = true;
		for (const [key, field] of Object.entries(value)) {
			if (field === undefined) continue;
			yield `${isFirst ? "" : ","}${line(1)}${JSON.stringify(key)}:${indent === "" ? "" : " "}`;
			yield* writeJson(field, indent, depth + 1);
			isFirst = false;
		}
		yield isFirst ? "}" : `${line(0)}}`;
	} else yield JSON.stringify(value) ?? "null";
}

const isList = (value: unknown): value is Rows<unknown> => Array.isArray(value) || value instanceof LazyRows;

function* writeElements(list: Rows<unknown>, indent: string, depth: number): Generator<string, void> {
	const line = indent === "" ? "" : `\n${indent.repeat(depth)}`;
	for (let from = 0; from < list.length; from += elementsAtOnce) {
		const texts: string[] = [];
		for (let i = from; i < Math.min(from + elementsAtOnce, list.length); i++) {
			const text = JSON.stringify(list.at(i), null, indent) ?? "null";
			texts.push(`${i > 0 ? "," : ""}${line}${text.replaceAll("\n", line)}`);
		}
		yield texts.join("");
	}
}
