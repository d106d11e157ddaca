import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveSafetensors, type TensorToSave } from "../../main/model/save-safetensors.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { discoverDictionaries, resolvePrependBos, selectLayers } from "../../main/sae/discovery.ts";
import { readMatrixRows } from "../../main/sae/stored-matrix.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";

const root = mkdtempSync(join(tmpdir(), "scd-discovery-"));
const shape = { dIn: 4, dSae: 6, kind: "standard" } as const;
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => {
	for (const layer of [10, 2, 0])
		writeRandomDictionary(join(root, "all", `v5_32k_layer_${layer}.pt`), `blocks.${layer}.hook_resid_post`, shape);
	writeRandomDictionary(join(root, "all", "embedding"), "blocks.0.hook_resid_pre", shape);
	writeRandomDictionary(join(root, "other"), "blocks.2.hook_resid_post", { ...shape, fields: { prepend_bos: true } });
	mkdirSync(join(root, "empty"));
});

const sites = (paths: readonly string[]) => discoverDictionaries(paths).dictionaries.map(({ siteName }) => siteName);

describe("folders of dictionaries", () => {
	test("are found in the order of the model, whatever they are called", () => {
		expect(sites([join(root, "all")])).toEqual(["resid_-1", "resid_0", "resid_2", "resid_10"]);
	});

	test("of which one is damaged lose that one and say so; named itself it is an error", () => {
		const broken = join(root, "mixed", "broken");
		writeRandomDictionary(broken, "blocks.1.hook_mlp_out", shape);
		writeRandomDictionary(join(root, "mixed", "sound"), "blocks.1.hook_attn_out", shape);
		truncateSync(join(broken, "sae_weights.safetensors"), 100);
		const { dictionaries, skipped } = discoverDictionaries([join(root, "mixed")]);
		expect(dictionaries.map(({ siteName }) => siteName)).toEqual(["attn_1"]);
		expect(skipped).toEqual([{ path: broken, reason: expect.stringMatching(/not a sound safetensors/) }]);
		expect(() => discoverDictionaries([broken])).toThrow(/not a sound safetensors/);
	});

	test("that hold none, or two for one site, are refused", () => {
		expect(() => discoverDictionaries([join(root, "empty")])).toThrow(/holds no dictionary/);
		expect(() => discoverDictionaries([join(root, "all"), join(root, "other")])).toThrow(
			/Two dictionaries sit at resid_2/,
		);
	});
});

describe("a folder of many formats", () => {
	const published = join(import.meta.dirname, "../fixtures/formats");

	test("has each recognised by what lies there, whatever it is called", () => {
		const renamed = join(root, "renamed");
		cpSync(join(published, "dictionary-learning/BatchTopKSAE"), join(renamed, "anything"), { recursive: true });
		cpSync(join(published, "early-hook-z"), join(renamed, "things"), { recursive: true });
		cpSync(join(published, "openai"), join(renamed, "others"), { recursive: true });
		rmSync(join(renamed, "others", "resid_delta_mlp"), { recursive: true });
		cpSync(join(published, "sparsify"), join(renamed, "more"), { recursive: true });
		rmSync(join(renamed, "more", "h.1.mlp"), { recursive: true });
		expect(() => discoverDictionaries([renamed])).toThrow(/Two dictionaries sit at mid_1/);
		rmSync(join(renamed, "anything"), { recursive: true });
		expect(sites([renamed])).toEqual(["z_1", "attn_1", "mid_1", "mlp_1"]);
	});

	test("uses a dictionary that lies there twice once, and says so", () => {
		const twice = join(root, "twice");
		writeRandomDictionary(join(twice, "a"), "blocks.1.hook_mlp_out", shape);
		cpSync(join(twice, "a"), join(twice, "b"), { recursive: true });
		cpSync(join(published, "dictionary-learning/AutoEncoderTopK"), join(twice, "a"), { recursive: true });
		const { dictionaries, skipped } = discoverDictionaries([twice]);
		expect(dictionaries.map(({ dir }) => dir)).toEqual([join(twice, "a")]);
		expect(skipped).toEqual([
			{ path: join(twice, "b"), reason: `It is the same dictionary as ${join(twice, "a")}, which is used.` },
			{ path: join(twice, "a"), reason: expect.stringMatching(/in two formats. That of SAELens is used/) },
		]);
	});

	test("takes two for two whose biases alone are equal", () => {
		const equal = join(root, "equal");
		const write = (name: string, row: number, k: number) => {
			const dir = join(equal, name);
			writeRandomDictionary(dir, "blocks.1.hook_mlp_out", { ...shape, kind: "topk", k });
			const tensor = (value: number, ...dims: number[]): TensorToSave => ({
				dtype: "F32",
				shape: dims,
				data: new Float32Array(dims.reduce((a, b) => a * b)).fill(value),
			});
			const [W_enc, W_dec, b_enc, b_dec] = [tensor(1, 4, 6), tensor(row, 6, 4), tensor(0, 6), tensor(0, 4)];
			saveSafetensors(join(dir, "sae_weights.safetensors"), new Map(Object.entries({ W_enc, W_dec, b_enc, b_dec })));
		};
		write("first", 1, 3);
		write("second", 1, 3);
		expect(discoverDictionaries([equal]).skipped).toHaveLength(1);
		write("second", 2, 3);
		expect(() => discoverDictionaries([equal])).toThrow(/Two dictionaries sit at mlp_1/);
		write("second", 1, 2);
		expect(() => discoverDictionaries([equal])).toThrow(/Two dictionaries sit at mlp_1/);
	});

	test("takes the better of two formats in which it holds the same dictionary", () => {
		const converted = join(root, "converted", "resid_post_mlp");
		const file = join(converted, "1.pt");
		mkdirSync(converted, { recursive: true });
		cpSync(join(published, "openai/resid_delta_mlp/autoencoders/1.pt"), file);
		const { encoder, decoder, encoderBias, decoderBias } = loadDictionary(file);
		const rows = { dtype: "F32", data: readMatrixRows(encoder, [0, 1, 2, 3, 4, 5, 6, 7]), shape: [8, 24] } as const;
		const back = readMatrixRows(
			decoder,
			Array.from({ length: 24 }, (_, f) => f),
		);
		const saelens = join(converted, "saelens");
		mkdirSync(saelens);
		saveSafetensors(
			join(saelens, "sae_weights.safetensors"),
			new Map<string, TensorToSave>([
				["W_enc", rows],
				["b_enc", { dtype: "F32", shape: [24], data: encoderBias }],
				["W_dec", { dtype: "F32", shape: [24, 8], data: back }],
				["b_dec", { dtype: "F32", shape: [8], data: decoderBias }],
			]),
		);
		writeFileSync(join(saelens, "cfg.json"), '{"hook_name": "blocks.1.hook_resid_post", "d_in": 8, "d_sae": 24}');
		const { dictionaries, skipped } = discoverDictionaries([converted]);
		expect(dictionaries.map(({ dir }) => dir)).toEqual([saelens]);
		expect(skipped).toEqual([{ path: file, reason: `It is the same dictionary as ${saelens}, which is used.` }]);
	});

	test("names a file of a dictionary, and that dictionary is meant", () => {
		expect(sites([join(root, "other", "cfg.json")])).toEqual(["resid_2"]);
		expect(sites([join(published, "dictionary-learning/BatchTopKSAE/ae.pt")])).toEqual(["mid_1"]);
		expect(sites([join(published, "early-hook-z/gpt2-small_L1_Hcat_z_v9_cfg.json")])).toEqual(["z_1"]);
	});
});

test("dictionaries that disagree on <|endoftext|> ask for a choice", () => {
	const all = [loadDictionary(join(root, "other")), loadDictionary(join(root, "all", "embedding"))];
	expect(() => resolvePrependBos(all, undefined)).toThrow(/--bos on or --bos off/);
	expect([resolvePrependBos(all, "off"), resolvePrependBos(all.slice(0, 1), undefined)]).toEqual([false, true]);
});

describe("a range of layers", () => {
	const select = (slice: string | undefined) =>
		selectLayers(discoverDictionaries([join(root, "all")]).dictionaries, slice, 12).map(({ site }) => site.layer);

	test.each([
		[undefined, [-1, 0, 2, 10]],
		[":", [-1, 0, 2, 10]],
		["0:", [0, 2, 10]],
		[":3", [-1, 0, 2]],
		["2:11", [2, 10]],
		["-2:", [10]],
		["0:-1", [0, 2, 10]],
	])("%s", (slice, layers) => {
		expect(select(slice)).toEqual(layers);
	});

	test.each(["0:13", "12:", "5:5", "-13:"])("%s lies outside the model", (slice) => {
		expect(() => select(slice)).toThrow(/outside the model/);
	});

	test("without a dictionary says where there are some", () => {
		expect(() => select("4:6")).toThrow(/There are dictionaries at resid_-1, resid_0/);
	});

	test("must be a range", () => {
		expect(() => select("3")).toThrow(/not a range/);
	});
});
