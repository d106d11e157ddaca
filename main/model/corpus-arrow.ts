import { closeSync, fstatSync } from "node:fs";
import { tableFromIPC } from "@uwdata/flechette";
import { AppError } from "#shared/errors";
import { openFile, readExactly } from "./file-reading.ts";

const kinds = { schema: 1, dictionaries: 2, records: 3 } as const;
/** A description is some kB; more is no Arrow file. */
const descriptionLimit = 64_000_000;

interface Message {
	readonly kind: number;
	readonly bytes: Uint8Array;
}

/**
 * The column of an Arrow file, one record batch after the other and never all at once: both the stream format, in which
 * `datasets` keeps its cache, and the file format around it. Throws `bad-file` or `unsupported`.
 */
export function* readArrow(path: string, column: string): Generator<string> {
	const descriptor = openFile(path);
	try {
		const preamble: Uint8Array[] = [];
		for (const { kind, bytes } of readMessages(descriptor, path)) {
			if (kind !== kinds.records) {
				preamble.push(bytes);
				if (kind === kinds.schema) checkColumn(decode([bytes], path).schema, path, column);
				continue;
			}
			for (const text of decode([...preamble, bytes], path).getChild(column) as Iterable<unknown>) {
				if (typeof text !== "string" && text !== null && text !== undefined)
					throw new AppError(
						"bad-file",
						`The column "${column}" of ${path} holds no text. Name another with --column.`,
						{
							path,
							column,
						},
					);
				yield text ?? "";
			}
		}
	} finally {
		closeSync(descriptor);
	}
}

/**
 * The messages of the stream, each with its length, its description (a flatbuffer) and its body.
 * Source: Arrow columnar format 1.5, "Encapsulated message format".
 */
function* readMessages(descriptor: number, path: string): Generator<Message> {
	const size = fstatSync(descriptor).size;
	const read = (at: number, length: number) => {
		if (at + length > size)
			throw new AppError("bad-file", `The corpus ${path} is an Arrow file that is cut short. Download it again.`, {
				path,
			});
		return Buffer.from(readExactly(descriptor, at, new Uint8Array(length), path));
	};
	const unsound = () =>
		new AppError("bad-file", `The corpus ${path} is not a sound Arrow file. Download it again.`, { path });
	let at = read(0, 8).toString("latin1", 0, 6) === "ARROW1" ? 8 : 0;
	// A stream may end without a mark of its end, but not within a message.
	for (let first = true; first || at < size; first = false) {
		// Before Arrow 0.15 the length stood alone.
		const isMarked = read(at, 4).readUInt32LE() === 0xffffffff;
		const start = at + (isMarked ? 8 : 4);
		const length = read(start - 4, 4).readUInt32LE();
		if (length === 0) return;
		if (length > descriptionLimit || (first && !isMarked && length > size)) throw unsound();
		const { kind, body } = describeMessage(read(start, length), unsound);
		if (first && kind !== kinds.schema) throw unsound();
		const end = start + length + body;
		yield { kind, bytes: read(at, end - at) };
		at = end;
	}
}

/** Of a flatbuffer `Message { version, header type, header, body length }`: two of its fields. */
function describeMessage(description: Buffer, unsound: () => AppError): { kind: number; body: number } {
	try {
		const table = description.readUInt32LE(0);
		const slots = table - description.readInt32LE(table);
		const place = (field: number) => {
			const slot = 4 + 2 * field;
			return slot < description.readUInt16LE(slots) ? description.readUInt16LE(slots + slot) : 0;
		};
		const [kindAt, bodyAt] = [place(1), place(3)];
		const body = bodyAt === 0 ? 0 : Number(description.readBigInt64LE(table + bodyAt));
		if (kindAt === 0 || !Number.isSafeInteger(body) || body < 0) throw unsound();
		return { kind: description.readUInt8(table + kindAt), body };
	} catch {
		throw unsound();
	}
}

function decode(messages: readonly Uint8Array[], path: string) {
	try {
		return tableFromIPC([...messages]);
	} catch (cause) {
		const reason = (cause as Error).message;
		if (/compress/i.test(reason))
			throw new AppError(
				"unsupported",
				`The corpus ${path} is a compressed Arrow file. Write it as Parquet (in Python: dataset.to_parquet).`,
				{ path },
			);
		throw new AppError("bad-file", `The corpus ${path} is not a sound Arrow file (${reason}). Download it again.`, {
			path,
		});
	}
}

function checkColumn(
	{ fields }: { readonly fields: readonly { readonly name: string }[] },
	path: string,
	column: string,
) {
	if (fields.some(({ name }) => name === column)) return;
	const names = fields.map(({ name }) => name).join(", ");
	throw new AppError(
		"bad-file",
		`${path} has no column "${column}". It has ${names}; name the right one with --column.`,
		{ path, column },
	);
}
