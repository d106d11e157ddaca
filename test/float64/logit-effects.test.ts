import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { measureLogitEffects } from "../../main/features/logit-effects.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { loadTokenizer } from "../../main/model/tokenizer.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import type { OracleDictionary } from "./dictionary.ts";
import { writeScenario } from "./scenario.ts";
import { leaf, type Matrix, matmul, matrix, rowOf, transpose } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-logit-effects-"));
afterAll(() => rmSync(root, { recursive: true }));

test.each([
	["resid_post", "blocks.1.hook_resid_post", undefined],
	["attn_out, a head of its own", "blocks.0.hook_attn_out", false],
	["heads before the output matrix", "blocks.1.attn.hook_z", undefined],
])("tokens raised and lowered equal float64: %s", async (name, hook, tied) => {
	const { request, oracle } = writeScenario(join(root, name), {
		seed: 12,
		model: tied === undefined ? {} : { tied },
		dictionaries: [{ hook, kind: "jumprelu" }],
	});
	const model = loadLanguageModel(request.modelDir);
	const dictionary = loadDictionary(request.dictionaryDirs[0] as string);
	const features = [0, 7, 35];
	const effects = await measureLogitEffects(model, loadTokenizer(model.dir), dictionary, features, 257);
	const { tensors } = oracle.model;
	const { wDec } = oracle.dictionaries[0] as OracleDictionary;
	const unembedding = (tensors.get("lm_head.weight") ?? tensors.get("wte.weight")) as Matrix;
	for (const feature of features) {
		const row = leaf(matrix(1, wDec.cols, rowOf(wDec, feature)));
		const written = hook.endsWith("z") ? matmul(row, leaf(tensors.get("h.1.attn.c_proj.weight") as Matrix)) : row;
		const logits = [...matmul(written, transpose(leaf(unembedding))).value.data];
		const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
		const expected = logits.map((logit) => logit - mean).sort((a, b) => b - a);
		const { raises = [], lowers = [] } = effects.get(feature) ?? {};
		expect(raises).toHaveLength(257);
		for (const [i, wanted] of expected.entries()) {
			expect(raises[i]?.effect).toBeCloseTo(wanted, 5);
			expect(lowers.at(-1 - i)?.effect).toBeCloseTo(wanted, 5);
		}
	}
});
