import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
	loadSafetensorsHeader,
	readRows,
	readSpan,
	readTensor,
	type StoredTensor,
} from "../../main/model/safetensors.ts";
import { saveSafetensors } from "../../main/model/save-safetensors.ts";
import { writeRawSafetensors } from "./raw-safetensors.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const floats = (...numbers: number[]) => new Uint8Array(new Float32Array(numbers).buffer);
const words = (...numbers: number[]) => new Uint8Array(new Uint16Array(numbers).buffer);

function load(header: unknown, data: Uint8Array, length?: bigint) {
	return loadSafetensorsHeader(writeRawSafetensors(join(temporaryFolder(), "a.safetensors"), header, data, length));
}

function only(header: object, data: Uint8Array): StoredTensor {
	return [...load(header, data).tensors.values()][0] as StoredTensor;
}

describe("loadSafetensorsHeader", () => {
	test("says where each tensor lies, and reads none", () => {
		const header = {
			__metadata__: { format: "pt" },
			b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
			a: { dtype: "BOOL", shape: [1, 4], data_offsets: [0, 4] },
			empty: { dtype: "F32", shape: [0, 3], data_offsets: [12, 12] },
		};
		const file = load(header, new Uint8Array(12));
		const start = 8 + JSON.stringify(header).length;
		expect(file.bytes).toBe(start + 12);
		expect(file.metadata).toEqual({ format: "pt" });
		expect(file.tensors.get("a")).toMatchObject({
			dtype: "BOOL",
			shape: [1, 4],
			offset: start,
			bytes: 4,
			path: file.path,
		});
		expect(file.tensors.get("b")).toMatchObject({ dtype: "F32", shape: [2], offset: start + 4, bytes: 8, name: "b" });
		expect(file.tensors.get("empty")).toMatchObject({ bytes: 0 });
	});

	const f32 = (shape: number[], begin: number, end: number) => ({ dtype: "F32", shape, data_offsets: [begin, end] });
	test.each<[string, unknown, number, bigint | undefined, RegExp]>([
		["a header longer than the file", { a: f32([1], 0, 4) }, 4, 5000n, /claims 5000 bytes and the file has/],
		["a header longer than 100 MB", {}, 0, 100_000_001n, /100000001 bytes, more than 100 MB/],
		["a header of 2^63 bytes", {}, 0, 2n ** 63n, /more than 100 MB/],
		["a header that is not JSON", "{nothing}", 0, undefined, /header is not JSON/],
		["a header that is a list", "[1]", 0, undefined, /not a table of tensors/],
		[
			"an entry without a shape",
			{ a: { dtype: "F32", data_offsets: [0, 4] } },
			4,
			undefined,
			/type, shape and place of a/,
		],
		["negative offsets", { a: f32([1], -4, 0) }, 4, undefined, /type, shape and place of a/],
		["offsets the wrong way round", { a: f32([0], 4, 0) }, 4, undefined, /a should lie at bytes 4 to 0/],
		[
			"a tensor beyond the file's end",
			{ a: f32([2], 0, 8) },
			4,
			undefined,
			/bytes 0 to 8 of 4 \(the file may be cut short\)/,
		],
		["a size that does not match the shape", { a: f32([3], 0, 8) }, 8, undefined, /F32 \[3\], 12 bytes, and has 8/],
		[
			"masks of a wrong size",
			{ a: { dtype: "I64", shape: [3], data_offsets: [0, 8] } },
			8,
			undefined,
			/24 bytes, and has 8/,
		],
		["tensors that overlap", { a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12, undefined, /a and b overlap/],
		["bytes between tensors", { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, undefined, /4 bytes between a and b/],
		["bytes behind the last tensor", { a: f32([1], 0, 4) }, 6, undefined, /2 bytes behind a/],
		["metadata that is no text", { __metadata__: { a: 1 }, a: f32([1], 0, 4) }, 4, undefined, /__metadata__/],
	])("refuses %s", (_, header, bytes, length, message) => {
		const error = refusalOf(() => load(header, new Uint8Array(bytes), length));
		expect(error.code).toBe("bad-file");
		expect(error.message).toMatch(message);
		expect(error.message).toMatch(/a\.safetensors is not a sound safetensors file: .*\. Download it again\.$/);
	});

	test.each([
		["version https://git-lfs.github.com/spec/v1\noid sha256:0", /is a pointer of Git LFS .*git lfs pull/],
		["<!DOCTYPE html><title>Sign in</title>", /is a web page and not weights\. Download the file itself\./],
	])("says what lies in its place: %j", (content, message) => {
		const path = join(temporaryFolder(), "model.safetensors");
		writeFileSync(path, content);
		expect(refusalOf(() => loadSafetensorsHeader(path)).message).toMatch(message);
	});

	test("refuses a missing file, a folder, an empty file and a shortened one", () => {
		const folder = temporaryFolder();
		const path = join(folder, "model.safetensors");
		expect(refusalOf(() => loadSafetensorsHeader(path))).toMatchObject({ code: "not-found", data: { path } });
		mkdirSync(join(folder, "folder"));
		expect(refusalOf(() => loadSafetensorsHeader(join(folder, "folder"))).code).toBe("bad-file");
		writeFileSync(path, "");
		expect(refusalOf(() => loadSafetensorsHeader(path)).message).toMatch(/only 0 bytes/);
		saveSafetensors(path, new Map([["a", { dtype: "F32", shape: [100], data: new Float32Array(100) }]]));
		truncateSync(path, readFileSync(path).length - 1);
		expect(refusalOf(() => loadSafetensorsHeader(path)).message).toMatch(/bytes 0 to 400 of 399/);
	});
});

describe("reading numbers", () => {
	test("decodes F32, F64 and the first sixteen bits of a float32 (BF16)", () => {
		const f32 = only({ a: { dtype: "F32", shape: [3], data_offsets: [0, 12] } }, floats(1.5, -0, Number.NaN));
		expect([...readTensor(f32)]).toEqual([1.5, -0, Number.NaN]);
		const f64 = new Uint8Array(new Float64Array([0.1, -3e40]).buffer);
		expect([...readTensor(only({ a: { dtype: "F64", shape: [2], data_offsets: [0, 16] } }, f64))]).toEqual([
			Math.fround(0.1),
			Number.NEGATIVE_INFINITY,
		]);
		const bf16 = words(0x3f80, 0xc000, 0x4049, 0x7f80);
		expect([...readTensor(only({ a: { dtype: "BF16", shape: [4], data_offsets: [0, 8] } }, bf16))]).toEqual([
			1,
			-2,
			3.140625,
			Number.POSITIVE_INFINITY,
		]);
	});

	test("decodes half floats as IEEE 754 has them", () => {
		// 1/3, largest, smallest normal, smallest subnormal, −0, −2, infinity, NaN.
		const halves = words(0x3555, 0x7bff, 0x0400, 0x0001, 0x8000, 0xc000, 0x7c00, 0x7e00);
		expect([...readTensor(only({ a: { dtype: "F16", shape: [8], data_offsets: [0, 16] } }, halves))]).toEqual([
			0.333251953125,
			65504,
			2 ** -14,
			2 ** -24,
			-0,
			-2,
			Number.POSITIVE_INFINITY,
			Number.NaN,
		]);
	});

	test.each(["F32", "F16"] as const)("reads rows of %s in any order, far apart, side by side and twice", (dtype) => {
		const path = join(temporaryFolder(), "a.safetensors");
		const [height, width] = [3000, 7];
		const data = Float32Array.from({ length: height * width }, (_, i) => i % 2048);
		const before = { dtype, shape: [5], data: new Float32Array(5) };
		saveSafetensors(
			path,
			new Map([
				["before", before],
				["rows", { dtype, shape: [height, width], data }],
			]),
		);
		const tensor = loadSafetensorsHeader(path).tensors.get("rows") as StoredTensor;
		const rows = [2999, 0, 5, 4, 6, 1500, 5, 2998];
		expect(readRows(tensor, rows)).toEqual(
			Float32Array.from(rows.flatMap((row) => [...data.subarray(row * width, (row + 1) * width)])),
		);
		expect(readRows(tensor, [])).toEqual(new Float32Array(0));
		expect(readSpan(tensor, 9, 3)).toEqual(Float32Array.of(9, 10, 11));
		expect(() => readRows(tensor, [3000])).toThrow(/Broken invariant/);
		expect(() => readRows(tensor, [-1])).toThrow(/Broken invariant/);
	});

	test("reads tensors that are longer than one piece", () => {
		const path = join(temporaryFolder(), "a.safetensors");
		const data = Float32Array.from({ length: 2_200_000 }, (_, i) => i % 2048);
		saveSafetensors(path, new Map([["a", { dtype: "F16", shape: [data.length], data }]]));
		const read = readTensor(loadSafetensorsHeader(path).tensors.get("a") as StoredTensor);
		expect(read.length).toBe(data.length);
		expect(Buffer.compare(new Uint8Array(read.buffer), new Uint8Array(data.buffer))).toBe(0);
	});

	test("refuses integers, naming the tensor", () => {
		const mask = only({ mask: { dtype: "U8", shape: [2], data_offsets: [0, 2] } }, new Uint8Array(2));
		expect(refusalOf(() => readTensor(mask))).toMatchObject({
			code: "unsupported",
			message: expect.stringMatching(/^mask in .* is stored as U8\./),
		});
	});
});

describe("saveSafetensors", () => {
	test("writes the format's bytes, aligned, and leaves no other file", () => {
		const folder = temporaryFolder();
		const path = join(folder, "a.safetensors");
		const data = Float32Array.of(1, -2);
		saveSafetensors(path, new Map([["é", { dtype: "F32", shape: [2], data }]]), { format: "pt" });
		const bytes = readFileSync(path);
		const length = Number(bytes.readBigUInt64LE());
		expect(length % 8).toBe(0);
		expect(JSON.parse(bytes.subarray(8, 8 + length).toString("utf8"))).toEqual({
			__metadata__: { format: "pt" },
			é: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
		});
		expect(bytes.subarray(8 + length)).toEqual(Buffer.from(floats(1, -2)));
		expect(loadSafetensorsHeader(path).metadata).toEqual({ format: "pt" });
		expect(readdirSync(folder)).toEqual(["a.safetensors"]);
	});

	test("rounds half floats to nearest, ties to even", () => {
		const path = join(temporaryFolder(), "a.safetensors");
		const cases: readonly [number, number][] = [
			[1 / 3, 0x3555],
			[2049, 0x6800],
			[2051, 0x6802],
			[65519, 0x7bff],
			[65520, 0x7c00],
			[-1e9, 0xfc00],
			[2 ** -24, 0x0001],
			[2 ** -25, 0x0000],
			[2 ** -25 * 1.001, 0x0001],
			[2 ** -14 - 2 ** -26, 0x0400],
			[-0, 0x8000],
			[Number.NaN, 0x7e00],
		];
		saveSafetensors(
			path,
			new Map([["a", { dtype: "F16", shape: [cases.length], data: Float32Array.from(cases, ([number]) => number) }]]),
		);
		const { offset } = loadSafetensorsHeader(path).tensors.get("a") as StoredTensor;
		const stored = Array.from(cases, (_, i) => readFileSync(path).readUInt16LE(offset + 2 * i));
		expect(stored).toEqual(cases.map(([, half]) => half));
	});

	test("keeps the old file and cleans up where it cannot write", () => {
		const folder = temporaryFolder();
		const path = join(folder, "taken");
		mkdirSync(join(path, "full"), { recursive: true });
		const error = refusalOf(() => saveSafetensors(path, new Map()));
		expect(error).toMatchObject({ code: "bad-file", data: { path } });
		expect(readdirSync(folder)).toEqual(["taken"]);
	});
});
