import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { limitMemory } from "../../main/onnx/memory.ts";
import { CorpusEncoder } from "../../main/sae/corpus-encoder.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";

const root = mkdtempSync(join(tmpdir(), "scd-corpus-encoder-"));
afterEach(() => limitMemory(undefined));
afterAll(() => rmSync(root, { recursive: true }));

test("encoders that memory does not hold together tell the same activations in the same order", async () => {
	writeRandomModel(join(root, "model"), { layers: 3, heads: 2, width: 12, vocabularySize: 257 });
	const model = loadLanguageModel(join(root, "model"));
	const dictionaries = [0, 1, 2].map((layer) => {
		const folder = join(root, `sae.${layer}`);
		const kind = layer === 1 ? ("topk" as const) : ("standard" as const);
		writeRandomDictionary(folder, `blocks.${layer}.hook_resid_post`, { dIn: 12, dSae: 30, kind, seed: layer });
		return loadDictionary(folder);
	});
	const tell = async () => {
		const encoder = await CorpusEncoder.load(model, dictionaries);
		const told: number[][] = [];
		const sequences = [[72, 73, 74, 75], [80, 81], [90]];
		await encoder.run(sequences, { add: (...entry) => void told.push(entry) });
		const atOnce = [1, 100].map((count) => encoder.isFull(Array.from({ length: count }, () => [1, 2, 3])));
		await encoder.dispose();
		return { told, atOnce };
	};
	const together = await tell();
	limitMemory(1);
	const apart = await tell();
	expect([together.atOnce, apart.atOnce]).toEqual([
		[false, false],
		[true, true],
	]);
	expect(apart.told.length).toBeGreaterThan(50);
	// Rounding may differ where weights are not rearranged for faster products.
	expect(apart.told.map((entry) => entry.slice(0, 4))).toEqual(together.told.map((entry) => entry.slice(0, 4)));
	for (const [i, entry] of apart.told.entries()) expect(entry[4]).toBeCloseTo(together.told[i]?.[4] as number, 4);
});
