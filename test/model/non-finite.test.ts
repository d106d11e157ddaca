import { join } from "node:path";
import { expect, test } from "vitest";
import { checkFinite, findNonFinite } from "../../main/model/non-finite.ts";
import { loadSafetensorsHeader, type StoredTensor } from "../../main/model/safetensors.ts";
import { saveSafetensors } from "../../main/model/save-safetensors.ts";
import { writeRawSafetensors } from "./raw-safetensors.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function store(dtype: "F32" | "F16", data: Float32Array): StoredTensor {
	const path = join(temporaryFolder(), "a.safetensors");
	saveSafetensors(path, new Map([["h.0.mlp.c_fc.bias", { dtype, shape: [data.length], data }]]));
	return loadSafetensorsHeader(path).tensors.get("h.0.mlp.c_fc.bias") as StoredTensor;
}

test.each(["F32", "F16"] as const)("finds NaN and infinity of %s, also behind the first piece", (dtype) => {
	const data = new Float32Array(2_500_000).fill(-60_000);
	expect(findNonFinite(store(dtype, data))).toBeUndefined();
	data[2_499_999] = Number.NaN;
	expect(findNonFinite(store(dtype, data))).toBe(2_499_999);
	data[3] = Number.NEGATIVE_INFINITY;
	expect(findNonFinite(store(dtype, data))).toBe(3);
});

test.each([
	["BF16", new Uint16Array([0x7f7f, 0xff80]), 2],
	["F64", new Float64Array([1e300, Number.NaN]), 2],
] as const)("finds them in %s", (dtype, data, count) => {
	const header = { a: { dtype, shape: [count], data_offsets: [0, data.byteLength] } };
	const path = writeRawSafetensors(join(temporaryFolder(), "a.safetensors"), header, new Uint8Array(data.buffer));
	expect(findNonFinite(loadSafetensorsHeader(path).tensors.get("a") as StoredTensor)).toBe(1);
});

test("names the damaged tensor in one sentence with a way on", () => {
	const sound = store("F32", Float32Array.of(1));
	const damaged = store("F32", Float32Array.of(1, Number.NaN));
	checkFinite([sound]);
	const error = refusalOf(() => checkFinite([sound, damaged]));
	expect(error.code).toBe("bad-file");
	expect(error.message).toBe(
		`h.0.mlp.c_fc.bias in ${damaged.path} is damaged: its value number 1 is not a finite number. Download the file again.`,
	);
});
