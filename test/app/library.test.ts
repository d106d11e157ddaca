import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inspectFolder } from "../../main/app/library.ts";
import { writeRandomModel } from "../random/write-model.ts";

const root = mkdtempSync(join(tmpdir(), "scd-library-"));
afterAll(() => rmSync(root, { recursive: true }));
const published = join(import.meta.dirname, "../fixtures/formats");

test("a folder of every format is listed with what can be used, and with why the rest cannot", () => {
	const folder = join(root, "all");
	cpSync(published, folder, { recursive: true });
	truncateSync(join(folder, "sparsify/h.1.mlp/sae.safetensors"), 300);
	mkdirSync(join(folder, "gemma"));
	writeFileSync(join(folder, "gemma/params.npz"), "");
	const { sets, models, refused } = inspectFolder(folder, false);
	expect(models).toEqual([]);
	const listed = sets.flatMap(({ dictionaries }) => dictionaries.map(({ name, site, kind }) => [name, site, kind]));
	expect(listed).toEqual([
		["dictionary-learning/AutoEncoder", "resid_1", "standard"],
		["dictionary-learning/AutoEncoderNew", "mlp_1", "standard"],
		["dictionary-learning/AutoEncoderTopK", "resid_0", "topk"],
		["dictionary-learning/BatchTopKSAE", "mid_1", "jumprelu"],
		["dictionary-learning/GatedAutoEncoder", "attn_1", "gated"],
		["dictionary-learning/JumpReluAutoEncoder", "resid_1", "jumprelu"],
		["dictionary-learning/MatryoshkaBatchTopKSAE", "mlp_1", "jumprelu"],
		["gpt2-small_L1_Hcat_z_v9.pt", "z_1", "standard"],
		["resid_delta_mlp/1.pt", "mlp_1", "standard"],
		["resid_delta_mlp_v5_32k/1.pt", "mlp_1", "topk"],
		["resid_post_attn_v5_32k/1.pt", "mid_1", "topk"],
		["saelens-abstopk", "mlp_1", "abstopk"],
		["layers.1.attn", "attn_1", "groupmax"],
	]);
	expect(refused.map(({ path, reason }) => [path.slice(folder.length + 1), reason])).toEqual([
		["gemma", expect.stringMatching(/Gemma Scope's format/)],
		["sparsify/h.1.mlp", expect.stringMatching(/not a sound safetensors file/)],
	]);
});

test("what a training left beside a model hides neither the model nor is it taken for a dictionary", () => {
	const folder = join(root, "checkpoint-500");
	writeRandomModel(folder, { layers: 1, width: 8, heads: 2, vocabularySize: 16 });
	writeFileSync(join(folder, "optimizer.pt"), "");
	const { models, refused } = inspectFolder(folder, false);
	expect(models).toHaveLength(1);
	expect(refused).toEqual([]);
});

test("a folder that is gone says so", () => {
	expect(inspectFolder(join(root, "gone"), false).refused[0]?.reason).toMatch(/Bring it back/);
});
