import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DictionaryFolders } from "../../main/app/dictionary-folders.ts";
import { findSources } from "../../main/app/label-lookup.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { Store } from "../../main/store/store.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";

const root = mkdtempSync(join(tmpdir(), "scd-folders-"));
afterAll(() => rmSync(root, { recursive: true }));
const dirs = [join(root, "saes")];
const place = (hook: string) => join(dirs[0] as string, hook);
const write = (hook: string, seed: number) =>
	writeRandomDictionary(place(hook), `blocks.0.hook_${hook}`, { dIn: 8, dSae: 16, kind: "standard", seed });

beforeAll(() => {
	write("mlp_out", 1);
	write("attn_out", 2);
});

test("a dictionary is found by its hash and site, under the rules that the hash is of", () => {
	const folders = new DictionaryFolders();
	const { hash } = loadDictionary(place("mlp_out"));
	expect(folders.find({ site: "mlp_0", hash, dirs })).toMatchObject({ dir: place("mlp_out"), dSae: 16 });
	expect(folders.find({ site: "attn_0", hash, dirs })).toBeUndefined();
	const conventions = { center: "on" } as const;
	expect(folders.find({ site: "mlp_0", hash, dirs, conventions })).toBeUndefined();
	const other = loadDictionary(place("mlp_out"), conventions).hash;
	expect(folders.find({ site: "mlp_0", hash: other, dirs, conventions })?.hash).toBe(other);
	expect(folders.find({ site: "mlp_0", hash, dirs: [join(root, "nowhere"), ...dirs] })?.hash).toBe(hash);
});

test("what is put in a folder's place is seen, and so is what comes beside it", () => {
	const folders = new DictionaryFolders();
	const before = folders.open(place("attn_out")).hash;
	expect(folders.open(place("attn_out")).hash).toBe(before);
	write("attn_out", 7);
	const after = folders.open(place("attn_out")).hash;
	expect(after).toBe(loadDictionary(place("attn_out")).hash);
	expect(after).not.toBe(before);
	expect(folders.list(dirs).map(({ siteName }) => siteName)).toEqual(["attn_0", "mlp_0"]);
	cpSync(place("mlp_out"), place("resid_post"), { recursive: true });
	writeRandomDictionary(place("resid_post"), "blocks.0.hook_resid_post", {
		...{ dIn: 8, dSae: 16, kind: "standard", seed: 9 },
	});
	expect(folders.list(dirs).map(({ siteName }) => siteName)).toEqual(["attn_0", "mlp_0", "resid_0"]);
});

test("why nothing is published of a dictionary is said of the one at its place", () => {
	const folders = new DictionaryFolders();
	expect(folders.explainSourceless("mlp_0", dirs)).toMatch(/^it lies in no known place of the Hugging Face cache/);
	const wrong = join(
		root,
		"hub/models--jbloom--GPT2-Small-SAEs-Reformatted/snapshots/0123456789abcdef0123456789abcdef01234567",
	);
	writeRandomDictionary(join(wrong, "blocks.1.hook_resid_pre"), "blocks.1.hook_resid_pre", {
		...{ dIn: 8, dSae: 16, kind: "standard", seed: 4 },
	});
	expect(folders.explainSourceless("resid_0", [wrong])).toBe(
		"it lies where res-jb has blocks.1.hook_resid_pre, and is another one: it has 16 features, and that one 24576",
	);
	expect(folders.explainSourceless("resid_9", [wrong])).toBeUndefined();
});

test("that a dictionary has no page is no last word: its configuration may come to name one", () => {
	const store = new Store(join(root, "scd.sqlite"));
	try {
		const app = { store, folders: new DictionaryFolders() };
		const ask = () => {
			const dictionaries = new Map([["mlp_0", { hash: loadDictionary(place("mlp_out")).hash }]]);
			return findSources(app, { dictionaryDirs: dirs, dictionaries }, ["mlp_0"]);
		};
		expect(ask().size).toBe(0);
		writeRandomDictionary(place("mlp_out"), "blocks.0.hook_mlp_out", {
			...{ dIn: 8, dSae: 16, kind: "standard", seed: 1 },
			fields: { neuronpedia_id: "gpt2-small/0-mlp" },
		});
		expect(ask().get("mlp_0")).toEqual({ model: "gpt2-small", name: "0-mlp" });
	} finally {
		store.dispose();
	}
});
