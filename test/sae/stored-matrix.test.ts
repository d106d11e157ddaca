import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadSafetensorsHeader, type StoredTensor } from "../../main/model/safetensors.ts";
import { saveSafetensors } from "../../main/model/save-safetensors.ts";
import { floats, runOnce } from "../../main/onnx/session.ts";
import { input } from "../../main/onnx/sources.ts";
import {
	measureRowNorms,
	multiplyStored,
	readMatrixColumns,
	readMatrixRows,
	type StoredMatrix,
} from "../../main/sae/stored-matrix.ts";

const root = mkdtempSync(join(tmpdir(), "scd-matrix-"));
afterAll(() => rmSync(root, { recursive: true }));

/** `M[r, c] = 10·r + c` for three rows and four columns, as it is and transposed. */
const path = join(root, "matrices.safetensors");
const numbers = (rows: number, columns: number, value: (row: number, column: number) => number) =>
	Float32Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
saveSafetensors(
	path,
	new Map([
		["plain", { dtype: "F32", shape: [3, 4], data: numbers(3, 4, (r, c) => 10 * r + c) }],
		["turned", { dtype: "F16", shape: [4, 3], data: numbers(4, 3, (c, r) => 10 * r + c) }],
	]),
);
const { tensors } = loadSafetensorsHeader(path);
const matrices: readonly (readonly [string, StoredMatrix])[] = [
	["as it is", { tensor: tensors.get("plain") as StoredTensor, transposed: false }],
	["transposed", { tensor: tensors.get("turned") as StoredTensor, transposed: true }],
];

describe.each(matrices)("a matrix that lies %s", (_name, matrix) => {
	test("has its rows, columns and norms", () => {
		expect([...readMatrixRows(matrix, [0, 2])]).toEqual([0, 1, 2, 3, 20, 21, 22, 23]);
		expect([...readMatrixColumns(matrix, [1, 3])]).toEqual([1, 11, 21, 3, 13, 23]);
		expect([...readMatrixColumns(matrix, [])]).toEqual([]);
		const norm = Math.sqrt(10 ** 2 + 11 ** 2 + 12 ** 2 + 13 ** 2);
		expect(measureRowNorms(matrix)[1]).toBeCloseTo(norm, 5);
	});

	test.each([[[2, 3]], [[1, 2, 3]]])("multiplies vectors of shape %j", async (dims) => {
		const x = input("x", [...dims.slice(0, -1).map((_, i) => `D${i}`), 3]);
		const results = await runOnce(
			{ y: multiplyStored(x, matrix) },
			{ x: { data: Float32Array.of(1, 0, 0, 0, 1, 2), dims } },
		);
		expect([...floats(results, "y")]).toEqual([0, 1, 2, 3, 50, 53, 56, 59]);
	});
});
