import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Conventions } from "#shared/conventions";
import { findBetter, judgeCheck } from "#shared/dictionary-check";
import { reference } from "../../main/app/locations.ts";
import { checkDictionary } from "../../main/circuits/dictionary-check.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { readTensor } from "../../main/model/safetensors.ts";
import { saveSafetensors } from "../../main/model/save-safetensors.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { writeUnfolded } from "../random/write-unfolded.ts";

const root = mkdtempSync(join(tmpdir(), "scd-check-"));
afterAll(() => rmSync(root, { recursive: true }));

const check = (modelDir: string, dictionaryDir: string, conventions?: Conventions) =>
	checkDictionary(
		{ modelDir, dictionaryDir, corpus: reference.sample, provider: "cpu", ...(conventions && { conventions }) },
		{ progress() {}, pause: async () => {} },
	);
const bundled = (hook: string) => join(reference.dictionaries, hook);

/** A dictionary of the bundled model, changed. */
function copy(
	name: string,
	hook: string,
	config: object,
	change: (name: string, values: Float32Array) => void,
): string {
	const dir = join(root, name);
	cpSync(bundled(hook), dir, { recursive: true });
	const path = join(dir, "cfg.json");
	writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...config }));
	const { encoder, decoder, encoderBias, decoderBias } = loadDictionary(bundled(hook));
	const tensors = [
		["W_enc", encoder.tensor.shape, readTensor(encoder.tensor)],
		["W_dec", decoder.tensor.shape, readTensor(decoder.tensor)],
		["b_enc", [encoderBias.length], encoderBias.slice()],
		["b_dec", [decoderBias.length], decoderBias.slice()],
	] as const;
	for (const [tensor, , values] of tensors) change(tensor, values);
	saveSafetensors(
		join(dir, "sae_weights.safetensors"),
		new Map(tensors.map(([tensor, shape, data]) => [tensor, { dtype: "F32", shape: [...shape], data }])),
	);
	return dir;
}

/** The bundled model with a constant added to everything that its first block writes: layer norms do not see it. */
function shiftModel(by: number): string {
	const dir = join(root, "shifted");
	cpSync(reference.model, dir, { recursive: true });
	const { tensors } = loadLanguageModel(reference.model);
	const shifted = new Map(
		[...tensors].map(([name, tensor]) => {
			const data = readTensor(tensor);
			if (name === "h.0.attn.c_proj.bias") for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + by;
			return [name, { dtype: "F32" as const, shape: [...tensor.shape], data }] as const;
		}),
	);
	saveSafetensors(join(dir, "model.safetensors"), shifted);
	return dir;
}

describe("whether a dictionary was loaded right", () => {
	test("a sound one explains and recovers what its makers measured", async () => {
		const found = await check(reference.model, bundled("blocks.2.hook_resid_post"));
		// The model card's figures of this dictionary, on other text.
		expect(found.measured.l0).toBeCloseTo(32, 0);
		expect(found.measured.explained).toBeGreaterThan(0.8);
		expect(found.measured.recovered).toBeGreaterThan(0.9);
		expect(found.tokens).toBeGreaterThanOrEqual(512);
		expect(judgeCheck(found).verdict).toBe("sound");
		expect(found.alternatives.map(({ change }) => change)).toEqual([
			"--center on",
			"apply_b_dec_to_input: false in its configuration",
			"--bos off",
		]);
	});

	test("one that was trained on centred activations fits better centred, and centred it is sound", async () => {
		const model = shiftModel(2);
		const dir = bundled("blocks.2.hook_resid_post");
		const raw = await check(model, dir);
		expect(findBetter(raw)?.change).toBe("--center on");
		expect(judgeCheck(raw).sentence).toMatch(/^Fits better with --center on \(explained variance 0\.8\d instead of/);
		const centred = await check(model, dir, { center: "on" });
		expect(centred.measured.explained).toBeCloseTo(findBetter(raw)?.explained ?? 0, 5);
		expect(judgeCheck(centred).verdict).toBe("sound");
		expect(centred.hash).not.toBe(raw.hash);
	});

	test("one whose factor is missing gets an estimate of it", async () => {
		const factor = 6;
		const dir = writeUnfolded(join(root, "unfolded"), factor);
		const missing = await check(reference.model, dir);
		expect(missing.rule.normFactor.value).toBeNull();
		expect(judgeCheck(missing).verdict).toBe("fits-better");
		expect(findBetter(missing)?.change).toMatch(/^--norm-factor [\d.]+$/);
		const given = await check(reference.model, dir, { normFactor: factor });
		const plain = await check(reference.model, bundled("blocks.1.hook_mlp_out"));
		expect(given.measured.explained).toBeCloseTo(plain.measured.explained, 4);
		expect(given.measured.recovered).toBeCloseTo(plain.measured.recovered, 4);
	});

	test("the other way of taking the decoder's bias off the input is measured too", async () => {
		const dir = copy("input", "blocks.1.hook_mlp_out", { apply_b_dec_to_input: false }, () => {});
		const found = await check(reference.model, dir);
		const right = await check(reference.model, bundled("blocks.1.hook_mlp_out"));
		const other = found.alternatives.find(({ change }) => change === "apply_b_dec_to_input: true in its configuration");
		expect(other?.explained).toBeCloseTo(right.measured.explained, 5);
		expect(other?.explained).toBeGreaterThan(found.measured.explained);
	});

	test("one of another model is doubtful", async () => {
		const dir = copy("elsewhere", "blocks.1.hook_mlp_out", {}, (name, values) => {
			if (name === "W_dec") values.reverse();
		});
		const found = await check(reference.model, dir);
		expect(judgeCheck(found).verdict).toBe("doubtful");
	});
});
