import { EdgeUpdates } from "./edge-diff.ts";
import { EdgeList } from "./edge-list.ts";
import { AppError } from "./errors.ts";

/**
 * Plain data with lists of edges in it as bytes: JSON in which a list is a number, and behind it the columns as they lie
 * in memory (little-endian, as everywhere this program runs). It is how circuits travel between processes and pages and
 * how their changes are stored. Layout: `mark`, bytes of JSON, JSON padded to 8, columns in the order of the lists.
 */
const mark = 0x31444353;
const headBytes = 8;
const key = "$edges";

interface PackedList {
	readonly ids: readonly string[];
	readonly length: number;
	/** It is a list of updates: weights before follow. */
	readonly updates?: true;
}

/** In every runtime, though neither the language nor one of them alone declares it. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

/** JSON alone where there is no list of edges in it. */
export function pack(value: unknown): string | Uint8Array<ArrayBuffer> {
	const lists: (EdgeList | EdgeUpdates)[] = [];
	const text = JSON.stringify(value, function (this: Record<string, unknown>, name, json: unknown) {
		// `this` still has the list, whose own JSON would be an array of records.
		const own = this[name];
		return own instanceof EdgeList || own instanceof EdgeUpdates ? { [key]: lists.push(own) - 1 } : json;
	});
	if (lists.length === 0) return text;
	const compact = lists.map((list) => (list instanceof EdgeUpdates ? list : withFewIds(list)));
	const heads = compact.map((list): PackedList => {
		const { ids } = list instanceof EdgeUpdates ? list.after : list;
		return { ids, length: list.length, ...(list instanceof EdgeUpdates && { updates: true }) };
	});
	const json = new TextEncoder().encode(JSON.stringify([heads, text]));
	const columns = compact.flatMap((list) => {
		const { weights, sources, targets } = list instanceof EdgeUpdates ? list.after : list;
		return [weights, ...(list instanceof EdgeUpdates ? [list.before] : []), sources, targets];
	});
	let at = padded(headBytes + json.length);
	const bytes = new Uint8Array(columns.reduce((sum, { byteLength }) => sum + padded(byteLength), at));
	new Uint32Array(bytes.buffer, 0, 2).set([mark, json.length]);
	bytes.set(json, headBytes);
	for (const { buffer, byteOffset, byteLength } of columns) {
		bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
		at += padded(byteLength);
	}
	return bytes;
}

export function isPacked(bytes: Uint8Array): boolean {
	return bytes.length >= headBytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === mark;
}

/** Throws `bad-file` where these are not what `pack` makes. */
export function unpack(packed: string | Uint8Array): unknown {
	return typeof packed === "string" ? JSON.parse(packed) : unpackBytes(packed);
}

/** What somebody sent; undefined where it is nothing that `pack` makes. */
export function unpackSafely(packed: unknown): unknown {
	try {
		return typeof packed === "string" || packed instanceof Uint8Array ? unpack(packed) : undefined;
	} catch {
		return undefined;
	}
}

function unpackBytes(bytes: Uint8Array): unknown {
	// Columns are views of these bytes, which must be aligned for it; `slice` of a Buffer copies nothing.
	const own = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
	const view = new DataView(own.buffer, own.byteOffset, own.byteLength);
	try {
		const jsonBytes = view.getUint32(4, true);
		const [heads, text] = JSON.parse(new TextDecoder().decode(own.subarray(headBytes, headBytes + jsonBytes))) as [
			PackedList[],
			string,
		];
		let at = padded(headBytes + jsonBytes);
		const take = <T>(
			make: (buffer: ArrayBufferLike, offset: number, length: number) => T,
			width: number,
			length: number,
		): T => {
			if (at + width * length > own.byteLength) throw new RangeError("The columns end too early.");
			const column = make(own.buffer, own.byteOffset + at, length);
			at += padded(width * length);
			return column;
		};
		const doubles = (length: number) => take((...place) => new Float64Array(...place), 8, length);
		const integers = (length: number) => take((...place) => new Uint32Array(...place), 4, length);
		const lists = heads.map(({ ids, length, updates }) => {
			const weights = doubles(length);
			const before = updates ? doubles(length) : undefined;
			const list = EdgeList.check({ ids, weights, sources: integers(length), targets: integers(length) });
			return before ? new EdgeUpdates(list, before) : list;
		});
		return JSON.parse(text, (_, part: unknown) => {
			const number = typeof part === "object" && part !== null ? (part as Record<string, unknown>)[key] : undefined;
			return (typeof number === "number" ? lists[number] : undefined) ?? part;
		});
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw new AppError("bad-file", "The edges of a circuit are damaged: their columns cannot be read.");
	}
}

const padded = (length: number) => Math.ceil(length / 8) * 8;

/** A few edges out of many do not take all ids with them. */
function withFewIds(list: EdgeList): EdgeList {
	return list.ids.length > 2 * list.length ? list.compact() : list;
}
