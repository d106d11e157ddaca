import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mapTensor } from "../../main/model/gpt2-parameters.ts";
import { readRows, readSpan, readTensor, type StoredTensor } from "../../main/model/safetensors.ts";
import { isDictionary, isTensor, loadTorchFile } from "../../main/model/torch-file.ts";
import type { TorchDictionary } from "../../main/model/torch-value.ts";
import { floats, runOnce } from "../../main/onnx/session.ts";
import { refusalOf } from "./refusal.ts";
import { storedZip } from "./stored-zip.ts";
import { temporaryFolder } from "./temporary-folder.ts";

// Written by torch 2.15: torch.save with and without _use_new_zipfile_serialization.
const fixtures = join(import.meta.dirname, "../fixtures/torch");
const layouts = ["kinds.pt", "kinds-legacy.pt"] as const;

const latin = (text: string) => Buffer.from(text, "latin1");
const short = (text: string) => `X${String.fromCharCode(text.length)}\0\0\0${text}`;

/** A file whose pickle is `pickle`, and whose only storage holds the numbers 0, 1, 2 … as float32. */
function loadPickle(pickle: string, more: Readonly<Record<string, Uint8Array>> = {}) {
	const path = join(temporaryFolder(), "a.pt");
	const numbers = new Uint8Array(Float32Array.from({ length: 6 }, (_, i) => i).buffer);
	writeFileSync(path, storedZip({ "a/data.pkl": latin(pickle), "a/data/0": numbers, ...more }));
	return loadTorchFile(path);
}

/** A tensor of that storage; every argument as pickle. */
const rebuilt = (start: string, shape: string, strides: string, count = "K\x06") =>
	`ctorch._utils\n_rebuild_tensor_v2\n((${short("storage")}ctorch\nFloatStorage\n${short("0")}${short("cpu")}${count}tQ${start}${shape}${strides}\x89ccollections\nOrderedDict\n)RtR`;

describe.each(layouts)("loadTorchFile on %s", (name) => {
	const file = loadTorchFile(join(fixtures, name));
	const value = file.value as TorchDictionary;
	const kinds = value["kinds"] as Readonly<Record<string, StoredTensor>>;

	test("finds the state dict under its key, a tied weight twice", () => {
		expect([...file.tensors.keys()]).toEqual(["lin.weight", "lin.bias", "tied.weight"]);
		const [weight, bias, tied] = [...file.tensors.values()] as [StoredTensor, StoredTensor, StoredTensor];
		expect([...readTensor(weight)]).toEqual([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
		expect([...readTensor(bias)]).toEqual([-1, Math.fround(1e-40)]);
		expect(tied).toEqual({ ...weight, name: "tied.weight" });
	});

	test("reads every kind of number where it lies", () => {
		expect([...readTensor(kinds["f16"] as StoredTensor)]).toEqual([0.333251953125, 65504]);
		expect([...readTensor(kinds["bf16"] as StoredTensor)]).toEqual([1, -2, 3.140625]);
		expect([...readTensor(kinds["f64"] as StoredTensor)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
		expect([...readTensor(kinds["second row"] as StoredTensor)]).toEqual([4, 5, 6, 7]);
		expect([...readTensor(kinds["scalar"] as StoredTensor)]).toEqual([2.5]);
		expect(kinds["empty"]).toMatchObject({ shape: [0, 3], bytes: 0 });
		expect(kinds["parameter"]).toMatchObject({ dtype: "F32", shape: [1, 2, 1] });
		const bytes = readFileSync(file.path);
		const stored = (key: string) => {
			const { offset, bytes: length } = kinds[key] as StoredTensor;
			return [...bytes.subarray(offset, offset + length)];
		};
		expect([kinds["i64"]?.dtype, stored("i64")]).toEqual(["I64", [0, 0, 0, 0, 0, 1, 0, 0, ...Array(8).fill(255)]]);
		expect([kinds["i32"]?.dtype, stored("i32")]).toEqual(["I32", [7, 0, 0, 0]]);
		expect([kinds["i16"]?.dtype, stored("i16")]).toEqual(["I16", [253, 255]]);
		expect([kinds["i8"]?.dtype, stored("i8")]).toEqual(["I8", [252]]);
		expect([kinds["u8"]?.dtype, stored("u8")]).toEqual(["U8", [250]]);
		expect([kinds["bool"]?.dtype, stored("bool")]).toEqual(["BOOL", [1, 0]]);
		expect([kinds["u16"]?.dtype, stored("u16")]).toEqual(["U16", [255, 255]]);
	});

	test("tells a transposed matrix and reads it by rows", () => {
		const transposed = kinds["transposed"] as StoredTensor;
		expect(transposed).toMatchObject({ shape: [4, 3], transposed: true, offset: kinds["f64"]?.offset });
		expect([...readTensor(transposed)]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
		expect([...readRows(transposed, [3, 0, 3])]).toEqual([3, 7, 11, 0, 4, 8, 3, 7, 11]);
		expect([...readSpan(transposed, 4, 5)]).toEqual([5, 9, 2, 6, 10]);
		expect(() => readRows(transposed, [4])).toThrow(/Broken invariant/);
	});

	test("gives plain values for what is not a tensor", () => {
		expect(value["dtype"]).toBe("torch.bfloat16");
		expect(value["size"]).toEqual([2, 3]);
		expect(value["device"]).toBe("cpu");
		const optimizer = value["optimizer"] as TorchDictionary;
		const [step, list] = [(optimizer["0"] as TorchDictionary)["step"], optimizer["1"]];
		expect([...readTensor(step as StoredTensor)]).toEqual([3]);
		expect(JSON.parse(JSON.stringify(list, (_, item) => (typeof item === "bigint" ? `${item}` : item)))).toEqual([
			...[null, true, -5, 2 ** 40, `${2n ** 70n}`, 1.25, "é", [1, 2], [], { a: 1 }],
		]);
		expect([isDictionary(value), isTensor(step), isTensor(list), isDictionary(step as StoredTensor)]).toEqual([
			...[true, true, false, false],
		]);
	});

	test("ONNX Runtime maps its tensors where they lie, even at odd bytes", async () => {
		for (const key of ["f16", "bf16", "f64", "transposed", "second row", "parameter"]) {
			const tensor = kinds[key] as StoredTensor;
			expect(floats(await runOnce({ numbers: mapTensor(tensor) }, {}), "numbers"), key).toEqual(readTensor(tensor));
		}
		const weight = file.tensors.get("lin.weight") as StoredTensor;
		expect([...floats(await runOnce({ numbers: mapTensor(weight) }, {}), "numbers")]).toEqual([
			...[0.5, 1.5, 2.5, 3.5, 4.5, 5.5],
		]);
	});

	test("refuses it cut short at any byte, in one sentence", () => {
		const whole = readFileSync(join(fixtures, name));
		const path = join(temporaryFolder(), "cut.pt");
		for (let length = 0; length < whole.length; length += 97) {
			writeFileSync(path, whole.subarray(0, length));
			expect(refusalOf(() => loadTorchFile(path)).message, `${length} bytes`).toMatch(
				/(cut short|has only \d+ bytes|damaged).*Download it again\.$/,
			);
		}
		copyFileSync(join(fixtures, name), path);
		truncateSync(path, whole.length - 1);
		expect(refusalOf(() => loadTorchFile(path)).message).toMatch(/cut short/);
	});

	test("a flipped byte is refused or read, and nothing else happens", () => {
		const whole = readFileSync(join(fixtures, name));
		const path = join(temporaryFolder(), "flipped.pt");
		for (let at = 0; at < whole.length; at += 7) {
			const bytes = Buffer.from(whole);
			bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
			writeFileSync(path, bytes);
			try {
				loadTorchFile(path);
			} catch (error) {
				expect((error as Error).name, `byte ${at}: ${(error as Error).message}`).toBe("AppError");
			}
		}
	});
});

describe("loadTorchFile", () => {
	test("reads a tensor that stands alone, and a dictionary without prototype", () => {
		const alone = loadPickle(`\x80\x02${rebuilt("K\x01", "K\x05\x85", "K\x01\x85")}.`);
		expect([...readTensor(alone.value as StoredTensor)]).toEqual([1, 2, 3, 4, 5]);
		expect(alone.tensors.size).toBe(0);
		const odd = loadPickle(`}(${short("__proto__")}}${short("path")}K\x01s${short("constructor")}Nu.`);
		expect(Object.keys(odd.value as TorchDictionary)).toEqual(["__proto__", "constructor"]);
		expect(Object.values(odd.value as TorchDictionary).map((item) => isTensor(item))).toEqual([false, false]);
		expect(({} as Record<string, unknown>)["path"]).toBeUndefined();
	});

	test.each([
		["GLOBAL", `cos\nsystem\n(${short("true")}tR.`, /refers to os\.system; this program reads tensors only and never/],
		["STACK_GLOBAL", `\x8c\x02os\x8c\x06system\x93${short("true")}\x85R.`, /refers to os\.system;/],
		["INST", `(${short("true")}ios\nsystem\n.`, /refers to os\.system;/],
		["eval", `cbuiltins\neval\n(${short("1")}tR.`, /refers to builtins\.eval;/],
		["a name that objects have by birth", "cconstructor\nprototype\n.", /refers to constructor\.prototype;/],
		[
			"a name with a line end and an escape",
			"\x8c\x04a\nbc\x8c\x05\x1b[31m\x93.",
			/refers to a\?bc\.\?\[31m; this program/,
		],
		["a class of torch that is no tensor", "ctorch.hub\nload\n.", /refers to torch\.hub\.load;/],
		[
			"NEWOBJ",
			"ccollections\nOrderedDict\n)\x81.",
			/uses the pickle instruction NEWOBJ; this program reads tensors only/,
		],
		["OBJ", "(ccollections\nOrderedDict\no.", /instruction OBJ;/],
		["EXT1", "\x82\x01.", /instruction EXT1;/],
		["BUILD on a list", "]}b.", /instruction BUILD;/],
		["BINBYTES", "B\x01\0\0\0a.", /instruction BINBYTES;/],
		[
			"a sparse tensor",
			"ctorch._utils\n_rebuild_sparse_tensor\n.",
			/holds a sparse tensor; save it dense \(tensor\.to_dense/,
		],
		["a quantised tensor", "ctorch._utils\n_rebuild_qtensor\n.", /holds a quantised tensor; .*dequantize/],
		["complex numbers", "ctorch\nComplexFloatStorage\n.", /holds a tensor of complex numbers/],
		["keys that are lists", "}]Ns.", /keys are neither texts nor numbers/],
		["a list in itself", "]q\0h\0a.", /nested too deeply/],
		["doublings of doublings", `]${`q\0]h\0ah\0a`.repeat(60)}.`, /nested too deeply or too often/],
		["depth", `${"]".repeat(5000)}${"a".repeat(4999)}.`, /nested too deeply/],
		["endless work", `]${"N0".repeat(1_600_000)}.`, /describes more than 3000000 values/],
		[
			"rows that repeat",
			`${rebuilt("K\0", "K\x03K\x02\x86", "K\0K\x01\x86")}.`,
			/is a view of other numbers \(\[3,2\] in steps of \[0,1\]\)\. Save it with tensor\.contiguous\(\)/,
		],
		[
			"every other number",
			`}${short("w")}${rebuilt("K\0", "K\x03\x85", "K\x02\x85")}s.`,
			/^w in .* view of other numbers/,
		],
	])("refuses %s by name", (_, pickle, message) => {
		expect(refusalOf(() => loadPickle(pickle))).toMatchObject({
			code: "unsupported",
			message: expect.stringMatching(message),
		});
	});

	test.each([
		["a value from nowhere", "0.", /it takes a value where there is none/],
		["a mark that ends nothing", "t.", /ends a list that never began/],
		["a value under a mark", "N(0R.", /takes a value|without a list/],
		["a recalled value that was not stored", "h\x05.", /recalls number 5/],
		["no end", "NNN", /ends in the middle of its description/],
		["a text longer than the file", "X\xff\xff\xff\x7fa.", /a text of 2147483647 bytes/],
		["a text a little longer than the file", "X\xff\0\0\0a.", /ends in the middle of its description/],
		["an unknown byte", "\xfe.", /a byte 254/],
		["a version to come", "\x80\x09N.", /claims version 9/],
		["a call of a text", `${short("a")})R.`, /calls something that is no function/],
		["a call of a storage", "ctorch\nFloatStorage\n)R.", /calls something that is no function/],
		["a tensor without a storage", "ctorch._utils\n_rebuild_tensor_v2\n)R.", /a tensor without a storage/],
		["a storage from outside", `${short("a")}Q.`, /outside that is no storage/],
		["a negative shape", `${rebuilt("K\0", "J\xff\xff\xff\xff\x85", "K\x01\x85")}.`, /a tensor's shape/],
		["a negative beginning", `${rebuilt("J\xff\xff\xff\xff", "K\x01\x85", "K\x01\x85")}.`, /without a storage/],
		[
			"more numbers than there are",
			`${rebuilt("K\x02", "K\x05\x85", "K\x01\x85")}.`,
			/needs numbers 2 to 7 of a storage of 6/,
		],
		[
			"more numbers than there can be",
			`${rebuilt("K\0", `(${"J\xff\xff\xff\x7f".repeat(4)}t`, "(K\x01K\x01K\x01K\x01t")}.`,
			/view of other numbers|needs numbers/,
		],
	])("refuses a pickle with %s", (_, pickle, message) => {
		expect(refusalOf(() => loadPickle(pickle)).message).toMatch(message);
	});

	test.each([
		[
			"a TorchScript archive",
			{ "a/data.pkl": latin("N."), "a/constants.pkl": latin("N.") },
			/is a TorchScript archive/,
		],
		["NumPy's .npz", { "w.npy": latin("") }, /is an archive of NumPy arrays \(\.npz\).*safetensors/],
		[
			"a zip archive of other things",
			{ "notes.txt": latin("") },
			/a zip archive, but not of torch \(it holds notes\.txt\)/,
		],
		["a big-endian file", { "a/data.pkl": latin("N."), "a/byteorder": latin("big") }, /byte order "big"/],
		["a storage that is missing", { "a/data.pkl": latin(`${rebuilt("K\0", ")", ")")}.`) }, /lacks a\/data\/0/],
	])("refuses %s", (_, files: Readonly<Record<string, Uint8Array>>, message) => {
		const path = join(temporaryFolder(), "a.pt");
		writeFileSync(path, storedZip(files));
		expect(refusalOf(() => loadTorchFile(path)).message).toMatch(message);
	});

	test("refuses an archive that was packed again", () => {
		const path = join(temporaryFolder(), "a.pt");
		writeFileSync(path, storedZip({ "a/data.pkl": latin("N.") }, 8));
		expect(refusalOf(() => loadTorchFile(path))).toMatchObject({
			code: "unsupported",
			message: expect.stringMatching(/packed again: a\/data\.pkl is compressed or encrypted/),
		});
	});

	test.each([
		["an empty file", "", /has only 0 bytes/],
		["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid", /a pointer of Git LFS.*git lfs pull/],
		["a web page", "<!DOCTYPE html><html>", /is a web page/],
		["NumPy's .npy", "\x93NUMPY\x01\0", /is a NumPy array \(\.npy\)/],
		["safetensors", '\x10\0\0\0\0\0\0\0{"a":1}        ', /is a safetensors file by its contents/],
		["gzip", "\x1f\x8b\x08\0", /compressed with gzip/],
		["a text", "hello world", /is not a file of torch/],
		["another pickle", "\x80\x04N.", /is a pickle that torch\.save did not write/],
		["an old pickle that runs code", "cos\nsystem\n(S'true'\ntR.", /refers to os\.system;/],
	])("refuses %s", (_, text, message) => {
		const path = join(temporaryFolder(), "a.pt");
		writeFileSync(path, latin(text));
		expect(refusalOf(() => loadTorchFile(path)).message).toMatch(message);
	});
});
