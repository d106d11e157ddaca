import { closeSync, fstatSync } from "node:fs";
import { z } from "zod";
import { AppError, assert } from "#shared/errors";
import { openFile, readExactly } from "./file-reading.ts";
import { describeForeignFile } from "./foreign-file.ts";
import { decodeNumbers, isStoredType, type StoredType, storedBytes } from "./stored-numbers.ts";

/** A tensor in its file: everything but its numbers. */
export interface StoredTensor {
	readonly path: string;
	readonly name: string;
	/** As the file says: `F32`, `F16`, `BF16`, `I64`, … */
	readonly dtype: string;
	readonly shape: readonly number[];
	/** Of a matrix: its numbers lie column by column, as its transpose does row by row. Only in torch files. */
	readonly transposed?: boolean;
	/** Of the first byte, from the beginning of the file. */
	readonly offset: number;
	readonly bytes: number;
}

export interface SafetensorsFile {
	readonly path: string;
	readonly bytes: number;
	readonly tensors: ReadonlyMap<string, StoredTensor>;
	/** The header's `__metadata__`. */
	readonly metadata: Readonly<Record<string, string>>;
}

const headerLimit = 100_000_000;
/** Bytes read and decoded at a time, so that a large tensor is in memory once and not twice. */
const chunkBytes = 4_194_304;
const offset = z.number().int().nonnegative();
const metadataSchema = z.record(z.string(), z.string());
const entrySchema = z.object({
	dtype: z.string(),
	shape: z.array(z.number().int().nonnegative()),
	data_offsets: z.tuple([offset, offset]),
});
/** Of the types that are not read here but may lie in a file, such as GPT-2's masks. */
const otherBytes: Readonly<Record<string, number>> = {
	...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, U16: 2, I16: 2, U32: 4, I32: 4, U64: 8, I64: 8 },
};

/** Reads the header and checks it against the file; no tensor is read. Throws `not-found` or `bad-file`. */
export function loadSafetensorsHeader(path: string): SafetensorsFile {
	const descriptor = openFile(path);
	try {
		const size = fstatSync(descriptor).size;
		if (size < 8) throw refuse(path, `it has only ${size} bytes`);
		const start = Buffer.from(readExactly(descriptor, 0, new Uint8Array(Math.min(size, 64)), path));
		const foreign = describeForeignFile(start);
		if (foreign !== undefined) throw new AppError("bad-file", `${path} ${foreign}`, { path });
		const length = Number(start.readBigUInt64LE());
		if (length > headerLimit) throw refuse(path, `its header claims ${length} bytes, more than 100 MB`);
		if (8 + length > size) throw refuse(path, `its header claims ${length} bytes and the file has ${size}`);
		const { __metadata__: extra, ...entries } = parseHeader(
			readExactly(descriptor, 8, new Uint8Array(length), path),
			path,
		);
		const metadata = metadataSchema.safeParse(extra ?? {});
		if (!metadata.success) throw refuse(path, "its __metadata__ is not a table of texts");
		const tensors = Object.entries(entries).map(([name, entry]) => readEntry(name, entry, path, 8 + length, size));
		checkLayout(tensors, path, 8 + length, size);
		return {
			path,
			bytes: size,
			tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
			metadata: metadata.data,
		};
	} finally {
		closeSync(descriptor);
	}
}

function refuse(path: string, what: string): AppError {
	return new AppError("bad-file", `${path} is not a sound safetensors file: ${what}. Download it again.`, { path });
}

function parseHeader(bytes: Uint8Array, path: string): Record<string, unknown> {
	let header: unknown;
	try {
		header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
	} catch {
		throw refuse(path, "its header is not JSON");
	}
	if (typeof header !== "object" || header === null || Array.isArray(header))
		throw refuse(path, "its header is not a table of tensors");
	return header as Record<string, unknown>;
}

function readEntry(name: string, entry: unknown, path: string, dataStart: number, size: number): StoredTensor {
	const parsed = entrySchema.safeParse(entry);
	if (!parsed.success) throw refuse(path, `its header does not say type, shape and place of ${name}`);
	const { dtype, shape } = parsed.data;
	const [begin, end] = parsed.data.data_offsets;
	if (end < begin || dataStart + end > size)
		throw refuse(
			path,
			`${name} should lie at bytes ${begin} to ${end} of ${size - dataStart} (the file may be cut short)`,
		);
	const each = isStoredType(dtype) ? storedBytes[dtype] : otherBytes[dtype];
	const bytes = each === undefined ? end - begin : shape.reduce((product, dim) => product * dim, each);
	if (bytes !== end - begin)
		throw refuse(path, `${name} is ${dtype} [${shape}], ${bytes} bytes, and has ${end - begin}`);
	return { path, name, dtype, shape, offset: dataStart + begin, bytes };
}

/** Tensors must lie behind one another and fill the file, as the format asks. */
function checkLayout(tensors: readonly StoredTensor[], path: string, dataStart: number, size: number): void {
	let end = dataStart;
	let last = "the header";
	for (const tensor of tensors.toSorted((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
		if (tensor.offset < end) throw refuse(path, `${last} and ${tensor.name} overlap`);
		if (tensor.offset > end)
			throw refuse(path, `${tensor.offset - end} bytes between ${last} and ${tensor.name} belong to no tensor`);
		end = tensor.offset + tensor.bytes;
		last = tensor.name;
	}
	if (end < size) throw refuse(path, `${size - end} bytes behind ${last} belong to no tensor`);
}

/** All numbers of a tensor as float32, row by row. Throws `unsupported` for integers. */
export function readTensor(tensor: StoredTensor): Float32Array {
	return readSpan(
		tensor,
		0,
		tensor.shape.reduce((product, dim) => product * dim, 1),
	);
}

/** `count` numbers from number `first` on, as float32. */
export function readSpan(tensor: StoredTensor, first: number, count: number): Float32Array {
	if (tensor.transposed) {
		const width = tensor.shape[1] as number;
		const row = Math.floor(first / width);
		const rows = readTransposedRows(
			tensor,
			Array.from({ length: Math.ceil((first + count) / width) - row }, (_, i) => row + i),
		);
		return rows.subarray(first - row * width, first - row * width + count);
	}
	const descriptor = openFile(tensor.path);
	try {
		const numbers = new Float32Array(count);
		readInto(descriptor, tensor, first, numbers);
		return numbers;
	} finally {
		closeSync(descriptor);
	}
}

/** Rows that are no farther apart than this are read together: a read costs more than the bytes between. */
const coalescedBytes = 16_384;

/** Rows of a tensor `[n, width]` by number, in any order, as float32 `[rows.length, width]`. */
export function readRows(tensor: StoredTensor, rows: ArrayLike<number>): Float32Array {
	if (tensor.transposed) return readTransposedRows(tensor, rows);
	const [height = 0, width = 1] = tensor.shape;
	const rowBytes = tensor.bytes / (height || 1);
	const gap = Math.max(1, Math.floor(coalescedBytes / rowBytes));
	const longest = Math.max(1, Math.floor(chunkBytes / rowBytes));
	const row = (place: number) => rows[place] as number;
	const places = Uint32Array.from({ length: rows.length }, (_, place) => place).sort((a, b) => row(a) - row(b));
	const place = (i: number) => places[i] as number;
	const numbers = new Float32Array(rows.length * width);
	const descriptor = openFile(tensor.path);
	try {
		for (let i = 0; i < places.length; ) {
			const first = row(place(i));
			let j = i;
			while (j + 1 < places.length) {
				const next = row(place(j + 1));
				if (next - row(place(j)) > gap || next - first >= longest) break;
				j++;
			}
			const last = row(place(j));
			assert(Number.isInteger(first) && first >= 0 && last < height, `${tensor.name} has rows ${first} to ${last}`);
			const block = new Float32Array((last - first + 1) * width);
			readInto(descriptor, tensor, first * width, block);
			for (; i <= j; i++) {
				const at = (row(place(i)) - first) * width;
				numbers.set(block.subarray(at, at + width), place(i) * width);
			}
		}
		return numbers;
	} finally {
		closeSync(descriptor);
	}
}

/** The same where the numbers of a row lie a column's length apart: all are read, some at a time, and few are kept. */
function readTransposedRows(tensor: StoredTensor, rows: ArrayLike<number>): Float32Array {
	const [height = 0, width = 1] = tensor.shape;
	const numbers = new Float32Array(rows.length * width);
	const step = Math.max(1, Math.floor(chunkBytes / (height * 4 || 1)));
	const descriptor = openFile(tensor.path);
	try {
		for (let column = 0; column < width; column += step) {
			const columns = Math.min(step, width - column);
			const block = new Float32Array(columns * height);
			readInto(descriptor, tensor, column * height, block);
			for (let i = 0; i < rows.length; i++) {
				const row = rows[i] as number;
				assert(Number.isInteger(row) && row >= 0 && row < height, `${tensor.name} has a row ${row}`);
				for (let c = 0; c < columns; c++) numbers[i * width + column + c] = block[c * height + row] as number;
			}
		}
		return numbers;
	} finally {
		closeSync(descriptor);
	}
}

/** Hands a tensor's raw bytes over piece by piece, in the file's order, until `visit` returns something. */
export function scanTensor<Found>(
	tensor: StoredTensor,
	visit: (bytes: Uint8Array, dtype: StoredType, first: number) => Found | undefined,
): Found | undefined {
	const dtype = readableType(tensor);
	const descriptor = openFile(tensor.path);
	try {
		const chunk = new Uint8Array(Math.min(chunkBytes, tensor.bytes));
		for (let done = 0; done < tensor.bytes; done += chunk.length) {
			const bytes = chunk.subarray(0, Math.min(chunk.length, tensor.bytes - done));
			readExactly(descriptor, tensor.offset + done, bytes, tensor.path);
			const found = visit(bytes, dtype, done / storedBytes[dtype]);
			if (found !== undefined) return found;
		}
		return undefined;
	} finally {
		closeSync(descriptor);
	}
}

function readableType({ dtype, name, path }: StoredTensor): StoredType {
	if (!isStoredType(dtype))
		throw new AppError("unsupported", `${name} in ${path} is stored as ${dtype}. Convert it to F32, F16 or BF16.`, {
			path,
			dtype,
		});
	return dtype;
}

function readInto(descriptor: number, tensor: StoredTensor, first: number, numbers: Float32Array): void {
	const dtype = readableType(tensor);
	const size = storedBytes[dtype];
	const start = tensor.offset + first * size;
	assert(
		first >= 0 && (first + numbers.length) * size <= tensor.bytes,
		`${tensor.name} has numbers up to ${first + numbers.length}`,
	);
	if (dtype === "F32") {
		readExactly(descriptor, start, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength), tensor.path);
		return;
	}
	const step = Math.min(chunkBytes / size, numbers.length);
	const chunk = new Uint8Array(step * size);
	for (let done = 0; done < numbers.length; done += step) {
		const part = numbers.subarray(done, done + step);
		const bytes = chunk.subarray(0, part.length * size);
		decodeNumbers(readExactly(descriptor, start + done * size, bytes, tensor.path), dtype, part);
	}
}
