import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { findDictionaries, findModel, reference } from "../../main/app/locations.ts";

const cache = mkdtempSync(join(tmpdir(), "scd-cache-"));
afterEach(() => {
	vi.unstubAllEnvs();
	rmSync(cache, { recursive: true, force: true });
});

test("the bundled model is meant by no name and by its own", () => {
	expect(findModel(undefined)).toBe(reference.model);
	expect(findModel("reference")).toBe(reference.model);
	expect(reference.model).toBe(join(import.meta.dirname, "../../assets/reference/scd-reference"));
});

test("a folder is given back as a whole path", () => {
	mkdirSync(cache, { recursive: true });
	expect(findModel(relative(process.cwd(), cache))).toBe(cache);
});

test("a name is looked up in the Hugging Face cache, at the snapshot that refs/main names", () => {
	vi.stubEnv("HF_HUB_CACHE", cache);
	const repository = join(cache, "models--openai-community--gpt2");
	for (const commit of ["aaa", "bbb", "ccc"]) {
		mkdirSync(join(repository, "snapshots", commit), { recursive: true });
		for (const file of ["config.json", "tokenizer.json", "pytorch_model.bin"])
			writeFileSync(join(repository, "snapshots", commit, file), "{}");
	}
	mkdirSync(join(repository, "refs"));
	writeFileSync(join(repository, "refs/main"), "bbb\n");
	expect(findModel("gpt2")).toBe(join(repository, "snapshots/bbb"));
	expect(findModel("openai-community/gpt2")).toBe(join(repository, "snapshots/bbb"));
});

test("what is published and not here is named with the command that fetches it", () => {
	vi.stubEnv("HF_HUB_CACHE", cache);
	expect(() => findModel("gpt2")).toThrow(/GPT-2 small is not on this machine\. Fetch it with: scd download gpt2/);
	const snapshot = join(cache, "models--openai-community--gpt2/snapshots/aaa");
	mkdirSync(snapshot, { recursive: true });
	for (const file of ["config.json", "tokenizer.json"]) writeFileSync(join(snapshot, file), "{}");
	symlinkSync("../../blobs/nowhere", join(snapshot, "model.safetensors"));
	expect(() => findModel("gpt2")).toThrow(/GPT-2 small is not whole on this machine: model\.safetensors is missing/);
	// A header of two bytes, then a tensor of which half is there.
	const header = JSON.stringify({ x: { dtype: "F32", shape: [4], data_offsets: [0, 16] } });
	const length = Buffer.alloc(8);
	length.writeBigUInt64LE(BigInt(header.length));
	rmSync(join(snapshot, "model.safetensors"));
	writeFileSync(join(snapshot, "model.safetensors"), Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)]));
	expect(() => findModel("gpt2")).toThrow(/model\.safetensors is missing or cut off/);
	writeFileSync(join(snapshot, "model.safetensors"), Buffer.concat([length, Buffer.from(header), Buffer.alloc(16)]));
	expect(findModel("gpt2")).toBe(snapshot);
});

test("dictionaries are found by a release's name, in the layers that are asked for", () => {
	vi.stubEnv("HF_HUB_CACHE", cache);
	const snapshot = join(cache, "models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/aaa");
	for (const layer of [6, 7]) {
		const folder = join(snapshot, `blocks.${layer}.hook_resid_pre`);
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, "cfg.json"), "{}");
		writeFileSync(join(folder, "sae_weights.safetensors"), "not looked into");
	}
	const sixth = join(snapshot, "blocks.6.hook_resid_pre");
	// Before layer 6 is after layer 5, which is how it is shown.
	expect(findDictionaries(["res-jb"], { layers: "5:7" })).toEqual([sixth, join(snapshot, "blocks.7.hook_resid_pre")]);
	expect(findDictionaries(["gpt2-small-res-jb/blocks.6.hook_resid_pre"])).toEqual([sixth]);
	expect(() => findDictionaries(["res-jb"], { layers: "5:9" })).toThrow(
		/Of res-jb, resid_7, resid_8 are not on this machine\. Fetch them with: scd download --saes res-jb --layers 5:9/,
	);
	expect(() => findDictionaries(["res-jb"])).toThrow(/Or use the layers that are here: --layers 5:7\.$/);
	expect(() => findDictionaries(["res-jp"])).toThrow(/no release "res-jp"; res-jb.* nearest/);
	expect(() => findDictionaries(["res-jb-feature-splitting"])).toThrow(
		/8 dictionaries at resid_7: .*Choose one, as --saes res-jb-feature-splitting\/blocks\.8\.hook_resid_pre_768/,
	);
	expect(() => findDictionaries(["./no-such-folder"])).toThrow(/no-such-folder does not exist/);
});

test("where some of a release will do, what is here is used, and what is not is said once", () => {
	vi.stubEnv("HF_HUB_CACHE", cache);
	const notes: string[] = [];
	const search = { partly: (note: string) => void notes.push(note) };
	expect(() => findDictionaries(["res-jb"], search)).toThrow(/^res-jb is not on this machine/);
	const folder = join(cache, "models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/aaa/blocks.0.hook_resid_pre");
	mkdirSync(folder, { recursive: true });
	for (const file of ["cfg.json", "sae_weights.safetensors"]) writeFileSync(join(folder, file), "not looked into");
	expect(findDictionaries(["res-jb"], search)).toEqual([folder]);
	expect(notes).toEqual([
		"Of res-jb, what is on this machine is used: resid_-1. 12 others are not here; fetch them with: scd download --saes res-jb.",
	]);
	// Before the first layer is shown as layer −1, which an open start takes in.
	expect(() => findDictionaries(["res-jb"])).toThrow(/Or use the layers that are here: --layers :0\.$/);
	expect(() => findDictionaries(["res-jb"], { ...search, layers: ":2" })).toThrow(
		/resid_0, resid_1 are not on this machine/,
	);
});

test("a name that is nowhere is refused with what to give instead", () => {
	vi.stubEnv("HF_HUB_CACHE", cache);
	expect(() => findModel("no-such-model")).toThrow(/no model "no-such-model".*Give a folder with config\.json/s);
});
