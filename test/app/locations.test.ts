import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { findModel, reference } from "../../main/app/locations.ts";

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
	for (const commit of ["aaa", "bbb", "ccc"]) mkdirSync(join(repository, "snapshots", commit), { recursive: true });
	mkdirSync(join(repository, "refs"));
	writeFileSync(join(repository, "refs/main"), "bbb\n");
	expect(findModel("gpt2")).toBe(join(repository, "snapshots/bbb"));
	expect(findModel("openai-community/gpt2")).toBe(join(repository, "snapshots/bbb"));
});

test("a name that is nowhere is refused with what to give instead", () => {
	vi.stubEnv("HF_HUB_CACHE", cache);
	expect(() => findModel("no-such-model")).toThrow(/no model "no-such-model".*Give a folder with config\.json/s);
});
