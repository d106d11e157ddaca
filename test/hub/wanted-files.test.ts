import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeCatalogue } from "../../main/app/catalogue.ts";
import { findDictionariesOnDisk, findModelOnDisk } from "../../main/hub/on-disk.ts";
import type { RemoteFile } from "../../main/hub/repo-listing.ts";
import { checkNames, chooseDictionaryFiles, chooseModelFiles } from "../../main/hub/wanted-files.ts";
import { listWeightFiles } from "../../main/model/weight-files.ts";
import { locateDictionary } from "../../main/sae/formats/locate.ts";
import { parseHook } from "../../main/sae/hook-site.ts";
import { releases } from "../../main/shared/catalogue-rows.ts";
import { fitsWindows } from "../../main/shared/windows-name.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";

/** A safetensors file without tensors. */
const empty = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]);

function listing(repo: string, paths: readonly string[]) {
	const files = paths.map((path): RemoteFile => ({ path, bytes: 10, etag: "0" }));
	return { kind: "models", repo, revision: "commit", files } as const;
}

/** Writes files where a download puts them; returns the snapshot. */
function write(cache: string, repo: string, files: readonly RemoteFile[], index: readonly string[] = []): string {
	const snapshot = join(cache, `models--${repo.replaceAll("/", "--")}`, "snapshots/commit");
	for (const { path } of files) {
		mkdirSync(dirname(join(snapshot, path)), { recursive: true });
		const map = { weight_map: Object.fromEntries(index.map((piece, i) => [`tensor ${i}`, piece])) };
		writeFileSync(join(snapshot, path), path.endsWith(".json") ? JSON.stringify(map) : empty);
	}
	return snapshot;
}

describe("what is fetched of a dictionary is what is looked for, and what the reader of its format opens", () => {
	test.each(releases.map((release) => [release.name, release] as const))("%s", (_, release) => {
		const early = release.format === "early-hook-z";
		const published = release.dictionaries.flatMap(({ path }) =>
			early
				? [path, path.replace(/\.pt$/, "_cfg.json")]
				: ["cfg.json", "sae_weights.safetensors", "sparsity.safetensors", "notes.md"].map((name) => `${path}/${name}`),
		);
		const cache = temporaryFolder();
		for (const one of release.dictionaries) {
			expect(findDictionariesOnDisk(cache, release, [one])[0]).toMatchObject({ begun: false });
			const files = chooseDictionaryFiles(listing(release.repo, ["README.md", ...published]), release, one);
			expect(files).toHaveLength(early ? 2 : 3);
			write(cache, release.repo, files);
			const [found] = findDictionariesOnDisk(cache, release, [one]);
			expect(found).toMatchObject({ missing: [], begun: true });
			const place = locateDictionary(found?.path ?? "");
			expect(place).toMatchObject({ path: found?.path, format: { name: early ? "early hook_z set" : "SAELens" } });
		}
		expect(findDictionariesOnDisk(cache, release, release.dictionaries).map(({ missing }) => missing.length)).toEqual(
			release.dictionaries.map(() => 0),
		);
	});

	test("a folder whose weights are in another form is no such dictionary", () => {
		const [release] = releases;
		const [one] = release?.dictionaries ?? [];
		const choose = () =>
			release &&
			one &&
			chooseDictionaryFiles(listing("a/b", [`${one.path}/cfg.json`, `${one.path}/x.pt`]), release, one);
		expect(choose).toThrow(/no longer holds the dictionary/);
	});
});

test("the hook that a row names is the site that it has", () => {
	for (const { dictionaries } of releases)
		for (const { hook, site } of dictionaries) expect(parseHook(hook, "the catalogue")).toEqual(site);
});

test("names that Windows does not take are refused there, and the catalogue says so there alone", () => {
	const colon = { path: "sae_group_gpt2_blocks.3.hook_mlp_out_24576:v0/cfg.json", bytes: 1, etag: "0" };
	expect(() => checkNames("tom/saes", [colon], "win32")).toThrow(
		/hook_mlp_out_24576:v0\/cfg.json, which Windows does not/,
	);
	expect(() => checkNames("tom/saes", [colon], "linux")).not.toThrow();
	const refused = (platform: NodeJS.Platform) =>
		describeCatalogue(undefined, platform).sets.flatMap(({ name, refusal }) => (refusal === null ? [] : [name]));
	expect(refused("win32")).toEqual(["gpt2-small-mlp-tm"]);
	expect(refused("linux")).toEqual([]);
});

test.each([
	["v5_32k_layer_0.pt/cfg.json", true],
	["a:b/c", false],
	["a/b./c", false],
	["a/b ", false],
	["a?", false],
	["a/b.c", true],
])("%j fits Windows: %s", (path, fits) => {
	expect(fitsWindows(path)).toBe(fits);
});

describe("what is fetched of a model is what is looked for, and what is read", () => {
	const plain = ["config.json", "tokenizer.json", "onnx/decoder.onnx", "flax_model.msgpack", "README.md"];
	const pieces = (stem: string, ending: string) => [1, 2].map((i) => `${stem}-0000${i}-of-00002.${ending}`);
	test.each([
		["one safetensors file", ["model.safetensors", "pytorch_model.bin"], ["model.safetensors"]],
		[
			"safetensors in pieces",
			["model.safetensors.index.json", ...pieces("model", "safetensors"), "pytorch_model.bin"],
			pieces("model", "safetensors"),
		],
		["one PyTorch file", ["pytorch_model.bin"], ["pytorch_model.bin"]],
		[
			"PyTorch in pieces",
			["pytorch_model.bin.index.json", ...pieces("pytorch_model", "bin")],
			pieces("pytorch_model", "bin"),
		],
	])("%s", (_, weights, read) => {
		const cache = temporaryFolder();
		const snapshot = write(cache, "a/b", chooseModelFiles(listing("a/b", [...plain, ...weights])), read);
		expect(findModelOnDisk(cache, "a/b")).toEqual({ path: snapshot, missing: [], begun: true });
		expect(listWeightFiles(snapshot)).toEqual(read.map((name) => join(snapshot, name)));
		expect(readdirSync(snapshot).filter((name) => /onnx|msgpack|README/.test(name))).toEqual([]);
		rmSync(join(snapshot, read.at(-1) ?? ""));
		const { missing, path } = findModelOnDisk(cache, "a/b");
		expect([missing.map((one) => basename(one)), path]).toEqual([
			read.length > 1 ? read.slice(-1) : ["model.safetensors"],
			undefined,
		]);
	});

	test.each([
		[["config.json", "tokenizer.json"], /no model\.safetensors\. Choose another/],
		[["config.json", "model.safetensors"], /no tokenizer\.json\. Choose another/],
		[["vocab.json", "config.json", "model.safetensors"], /no merges\.txt\. Choose another/],
		[["model.safetensors", "vocab.json", "merges.txt"], /no config\.json\. Choose another/],
	])("%j are no model", (paths, message) => {
		expect(() => chooseModelFiles(listing("a/b", paths))).toThrow(message);
	});
});
