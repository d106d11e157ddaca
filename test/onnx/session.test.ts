import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mapTensor } from "../../main/model/gpt2-parameters.ts";
import { loadSafetensorsHeader, type StoredTensor } from "../../main/model/safetensors.ts";
import { saveSafetensors } from "../../main/model/save-safetensors.ts";
import { add, mul } from "../../main/onnx/elementwise.ts";
import { assertLegal } from "../../main/onnx/legality.ts";
import { matMul } from "../../main/onnx/linear.ts";
import { chooseProvider, listProviders } from "../../main/onnx/providers.ts";
import { floats, GraphSession } from "../../main/onnx/session.ts";
import { input, weight } from "../../main/onnx/sources.ts";
import { buildValue } from "../../main/onnx/value.ts";

test("weights are read from their files, in float32 and half floats, from several folders and behind links", async () => {
	const folder = mkdtempSync(join(tmpdir(), "scd-session-"));
	const store = (name: string, dtype: "F32" | "F16", data: readonly number[]) => {
		const path = join(folder, name);
		saveSafetensors(
			path,
			new Map([
				["odd", { dtype: "F32", shape: [1], data: Float32Array.of(9) }],
				["w", { dtype, shape: [2, 2], data: Float32Array.from(data) }],
			]),
		);
		symlinkSync(path, `${path}.link`);
		return loadSafetensorsHeader(`${path}.link`).tensors.get("w") as StoredTensor;
	};
	const x = input("x", ["T", 2]);
	const y = add(
		matMul(x, mapTensor(store("a", "F32", [1, 2, 3, 4]))),
		matMul(x, mapTensor(store("b", "F16", [0.5, 0, 0, 0.25]))),
	);
	const session = await GraphSession.load({ y });
	const results = await session.run({ x: { data: Float32Array.of(1, 1, 0, 2), dims: [2, 2] } });
	expect([...floats(results, "y")]).toEqual([4.5, 6.25, 6, 8.5]);
	await session.dispose();
	rmSync(folder, { recursive: true });
});

test("one value may be asked for twice and an input may be an output", async () => {
	const x = input("x", [1]);
	const session = await GraphSession.load({ x, again: x, doubled: mul(x, 2) });
	const results = await session.run({ x: { data: Float32Array.of(4), dims: [1] } });
	expect(["x", "again", "doubled"].map((name) => floats(results, name)[0])).toEqual([4, 4, 8]);
	await session.dispose();
});

test("a graph that breaks a shape rule is caught before it runs", () => {
	const lying = buildValue(mul(input("a", [2]), 1).node.operator, [input("a", [2]), input("b", [2])], {}, undefined, [
		{ dtype: "float32", shape: [3] },
	]);
	expect(() => assertLegal({ lying })).toThrow(/Mul\(\[2\], \[2\]\) makes \[3\]/);
	expect(() => matMul(input("a", [2, 3]), input("b", [2, 3]))).toThrow(/product of \[2,3\] and \[2,3\]/);
	expect(() =>
		assertLegal({ w: weight({ path: "/nowhere", offset: 0, bytes: 12, dtype: "float32", shape: [2, 2] }) }),
	).toThrow(/12 bytes for float32/);
	expect(() => assertLegal({ y: add(input("x", [2]), input("x", [1])) })).toThrow(/input x/);
});

test("the processor always works, and every step down to it is told", async () => {
	expect(listProviders()).toContain("cpu");
	expect(await chooseProvider("cpu")).toEqual({ provider: "cpu" });
	const { provider, fallback } = await chooseProvider("auto");
	if (provider === "cpu") expect(fallback).toBeTruthy();
});
