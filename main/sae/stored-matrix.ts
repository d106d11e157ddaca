import { closeSync } from "node:fs";
import { assert } from "#shared/errors";
import { openFile, readExactly } from "../model/file-reading.ts";
import { mapStored, mapTensor } from "../model/gpt2-parameters.ts";
import { readRows, readSpan, type StoredTensor } from "../model/safetensors.ts";
import { decodeNumbers, isStoredType, storedBytes } from "../model/stored-numbers.ts";
import { toFloat } from "../onnx/elementwise.ts";
import { gather, matMul } from "../onnx/linear.ts";
import type { Value } from "../onnx/value.ts";

/** A matrix `[rows, columns]` in its file, where it may lie transposed: as `[columns, rows]`. */
export interface StoredMatrix {
	readonly tensor: StoredTensor;
	readonly transposed: boolean;
}

/** A matrix from a tensor that holds it, or its transpose. Torch may have laid down either the other way round. */
export function orient(tensor: StoredTensor, transposed: boolean): StoredMatrix {
	const { transposed: turned, ...rest } = tensor;
	if (!turned) return { tensor, transposed };
	return { tensor: { ...rest, shape: tensor.shape.toReversed() }, transposed: !transposed };
}

/** `x […, rows] · M`; the matrix is mapped from its file, whichever way it lies. */
export function multiplyStored(x: Value, { tensor, transposed }: StoredMatrix): Value {
	return matMul(x, mapTensor(tensor), transposed ? { transB: true } : {});
}

/** Rows by the numbers `[…]` in an int64 value, `[…, columns]`, of a matrix that does not lie transposed: no other row is read. */
export function gatherStoredRows({ tensor, transposed }: StoredMatrix, rows: Value): Value {
	assert(!transposed, `${tensor.name} lies by columns`);
	return toFloat(gather(mapStored(tensor), rows));
}

/** Rows by number, `[rows.length, columns]`; ascending and without repeats where the matrix lies transposed. */
export function readMatrixRows({ tensor, transposed }: StoredMatrix, rows: ArrayLike<number>): Float32Array {
	return transposed ? gatherColumns(tensor, rows) : readRows(tensor, rows);
}

/** Columns by number as rows, `[columns.length, rows]`; ascending and without repeats where it does not lie transposed. */
export function readMatrixColumns({ tensor, transposed }: StoredMatrix, columns: ArrayLike<number>): Float32Array {
	return transposed ? readRows(tensor, columns) : gatherColumns(tensor, columns);
}

/** Of a block what is picked from it stays near the processor. */
const blockBytes = 1_048_576;

/** Columns of a tensor `[height, width]` as rows: one pass over the file, since they are strewn over all of it. */
function gatherColumns(tensor: StoredTensor, wanted: ArrayLike<number>): Float32Array {
	const { dtype, path } = tensor;
	const [height = 0, width = 0] = tensor.shape;
	assert(isStoredType(dtype), `a matrix of ${dtype}`);
	const columns = new Float32Array(wanted.length * height);
	if (wanted.length === 0) return columns;
	const first = wanted[0] as number;
	const span = (wanted[wanted.length - 1] as number) + 1 - first;
	const size = storedBytes[dtype];
	const rows = Math.max(1, Math.floor(blockBytes / (width * size)));
	const raw = new Uint8Array(rows * width * size);
	const block = dtype === "F32" ? new Float32Array(raw.buffer) : new Float32Array(rows * width);
	const descriptor = openFile(path);
	try {
		for (let row = 0; row < height; row += rows) {
			const count = Math.min(rows, height - row);
			// From the first to the last wanted number, of whole rows in between.
			const numbers = (count - 1) * width + span;
			const bytes = raw.subarray(0, numbers * size);
			readExactly(descriptor, tensor.offset + (row * width + first) * size, bytes, path);
			const values = block.subarray(0, numbers);
			if (dtype !== "F32") decodeNumbers(bytes, dtype, values);
			for (let i = 0; i < wanted.length; i++) {
				const column = (wanted[i] as number) - first;
				for (let r = 0; r < count; r++) columns[i * height + row + r] = values[r * width + column] as number;
			}
		}
		return columns;
	} finally {
		closeSync(descriptor);
	}
}

/** The same when it is first asked for, once. A row of zeros counts as 1: whatever it is divided by, it stays zero. */
export function measureRowNormsOnce(
	matrix: StoredMatrix,
	adjust: (norms: Float32Array) => Float32Array = (norms) => norms,
): () => Float32Array {
	let norms: Float32Array | undefined;
	return () => {
		norms ??= adjust(measureRowNorms(matrix).map((norm) => norm || 1));
		return norms;
	};
}

/** The Euclidean norm of each row. */
export function measureRowNorms({ tensor, transposed }: StoredMatrix): Float32Array {
	const [height = 0, width = 0] = tensor.shape;
	const squares = new Float64Array(transposed ? width : height);
	const chunk = Math.max(1, Math.floor(blockBytes / (4 * width)));
	for (let first = 0; first < height; first += chunk) {
		const count = Math.min(chunk, height - first);
		const numbers = readSpan(tensor, first * width, count * width);
		for (let row = 0; row < count; row++)
			for (let column = 0; column < width; column++) {
				const at = transposed ? column : first + row;
				squares[at] = (squares[at] as number) + (numbers[row * width + column] as number) ** 2;
			}
	}
	return Float32Array.from(squares, Math.sqrt);
}
