import {
	copyFileSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { saveSafetensors, type TensorToSave } from "../../main/model/save-safetensors.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { discoverDictionaries } from "../../main/sae/discovery.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";

const root = mkdtempSync(join(tmpdir(), "scd-foreign-"));
afterAll(() => rmSync(root, { recursive: true }));
const published = join(import.meta.dirname, "../fixtures/formats");
const foreign = join(import.meta.dirname, "../fixtures/formats-foreign");

const folder = (name: string) => {
	const path = join(root, name);
	mkdirSync(path, { recursive: true });
	return path;
};
/** A copy of a published dictionary, changed. */
const copy = (source: string, name: string, change: (path: string) => void) => {
	const path = join(root, name);
	cpSync(join(published, source), path, { recursive: true });
	change(path);
	return path;
};
const edit = (file: string, change: (fields: Record<string, Record<string, unknown>>) => void) => {
	const fields = JSON.parse(readFileSync(file, "utf8"));
	change(fields);
	writeFileSync(file, JSON.stringify(fields));
};
const put = (path: string, name: string) => {
	writeFileSync(join(path, name), "");
	return path;
};
const numbers = (...shape: number[]): TensorToSave => ({
	dtype: "F32",
	shape,
	data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
});
/** SAELens's files for 4 numbers and 6 features, as asked for. */
const saelens = (name: string, fields: object, tensors: Readonly<Record<string, TensorToSave | undefined>> = {}) => {
	const path = folder(name);
	const cfg = { d_in: 4, d_sae: 6, hook_name: "blocks.1.hook_mlp_out", ...fields };
	const all = { W_enc: numbers(4, 6), b_enc: numbers(6), W_dec: numbers(6, 4), b_dec: numbers(4), ...tensors };
	const kept = Object.entries(all).filter((entry): entry is [string, TensorToSave] => entry[1] !== undefined);
	writeFileSync(join(path, "cfg.json"), JSON.stringify(cfg));
	saveSafetensors(join(path, "sae_weights.safetensors"), new Map(kept));
	return path;
};

describe("what is no dictionary says what it is, and what to do", () => {
	test.each([
		["an empty folder", () => folder("empty"), /holds no dictionary: no folder with a cfg.json, no ae.pt/],
		["Gemma Scope", () => put(folder("gemma/layer_3/width_16k"), "params.npz"), /Gemma Scope's format/],
		["a cross-layer transcoder", () => put(folder("clt"), "W_enc_0.safetensors"), /cross-layer transcoder of circuit-/],
		["firing rates alone", () => put(folder("rates"), "sparsity.safetensors"), /only how often features are active/],
		["weights of SAELens alone", () => put(folder("bare"), "sae_weights.safetensors"), /without its cfg.json/],
		[
			"weights of sparsify alone",
			() => put(folder("bare2"), "sae.safetensors"),
			/sparsify dictionary without its cfg.json/,
		],
		[
			"a language model",
			() => {
				const path = folder("gpt2");
				writeFileSync(join(path, "config.json"), '{"model_type": "gpt2"}');
				return put(path, "model.safetensors");
			},
			/is a language model and no dictionary. Give it as the model/,
		],
		[
			"an optimizer's checkpoint",
			() => {
				copyFileSync(join(foreign, "checkpoint.pt"), join(folder("training"), "last.pt"));
				return join(root, "training");
			},
			/checkpoint of a training \(model_state_dict, optimizer_state_dict, step\)/,
		],
		["a .pt of no bytes", () => put(folder("zero"), "3.pt"), /has only 0 bytes/],
		["nothing at all", () => join(root, "nowhere"), /does not exist/],
	])("%s", (_name, make, message) => {
		expect(() => discoverDictionaries([make()])).toThrow(message);
	});

	test("a file that was named itself", () => {
		expect(() => loadDictionary(join(root, "training", "last.pt"))).toThrow(/checkpoint of a training/);
		expect(() => loadDictionary(join(root, "gemma/layer_3/width_16k/params.npz"))).toThrow(/Gemma Scope's format/);
		const notes = join(folder("notes"), "notes.txt");
		writeFileSync(notes, "");
		expect(() => loadDictionary(notes)).toThrow(/notes.txt is a file of no known kind/);
	});
});

describe("dictionary_learning", () => {
	const source = "dictionary-learning/AutoEncoderTopK";

	test.each<[string, (path: string) => void, RegExp]>([
		["without config.json", (path) => rmSync(join(path, "config.json")), /without its config.json/],
		["without ae.pt", (path) => rmSync(join(path, "ae.pt")), /its weights \(ae.pt\) are missing/],
		["with ae.pt cut short", (path) => truncateSync(join(path, "ae.pt"), 2000), /ae\.pt/],
		["with ae.pt of no bytes", (path) => truncateSync(join(path, "ae.pt"), 0), /has only 0 bytes/],
		[
			"with an ae.pt that would run a program",
			(path) => copyFileSync(join(foreign, "calls-a-program.pt"), join(path, "ae.pt")),
			/posix.system/,
		],
	])("%s", (name, change, message) => {
		const path = copy(source, `dl ${name}`, change);
		expect(() => discoverDictionaries([path])).toThrow(message);
	});

	test.each<[string, Record<string, unknown>, RegExp]>([
		["no class", { dict_class: undefined }, /of dictionary_learning: trainer.dict_class is missing. Put the/],
		["an unknown class", { dict_class: "IdentityDict" }, /its class is "IdentityDict". Known are AutoEncoder, /],
		["sizes of another dictionary", { dict_size: 48 }, /encoder.weight in .* is \[24,8\] where \[48,8\] is needed/],
		["matrices the wrong way round", { activation_dim: 24, dict_size: 8 }, /where \[8,24\] is needed/],
		["another k than its weights", { k: 7 }, /keeps k = 7 features and ae.pt beside it 5/],
		["a place that nobody knows", { submodule_name: "somewhere" }, /submodule_name "somewhere". Write a layer and/],
	])("whose config.json says %s", (name, fields, message) => {
		const path = copy(source, `dl says ${name}`, (at) =>
			edit(join(at, "config.json"), (config) => Object.assign(config["trainer"] ?? {}, fields)),
		);
		expect(() => loadDictionary(path)).toThrow(message);
	});

	test("that was saved before the package kept thresholds says so", () => {
		const path = copy("dictionary-learning/AutoEncoderTopK", "dl old", (at) =>
			edit(join(at, "config.json"), (config) => Object.assign(config["trainer"] ?? {}, { dict_class: "BatchTopKSAE" })),
		);
		copyFileSync(join(published, "dictionary-learning/AutoEncoder/ae.pt"), join(path, "ae.pt"));
		expect(() => loadDictionary(path)).toThrow(/BatchTopKSAE of dictionary_learning without the threshold/);
	});

	test("that reads a module's input: the stream before a block is known, what a layer norm gives is not", () => {
		const reading = (submodule: string) =>
			copy(source, `dl in ${submodule}`, (path) =>
				edit(join(path, "config.json"), (config) => {
					Object.assign(config["trainer"] ?? {}, { submodule_name: submodule });
					Object.assign(config["buffer"] ?? {}, { io: "in" });
				}),
			);
		expect(loadDictionary(reading("resid_layer_1")).siteName).toBe("resid_0");
		expect(() => loadDictionary(reading("mlp"))).toThrow(/submodule_name "mlp", of which it reads the input/);
	});
});

describe("sparsify", () => {
	const source = "sparsify/layers.1.attn";

	test.each<[string, Record<string, unknown>, RegExp]>([
		["a transcoder", { transcode: true }, /is a transcoder of sparsify/],
		["a skip connection", { skip_connection: true }, /is a transcoder of sparsify/],
		["another activation", { activation: "softmax" }, /asks for the activation "softmax"/],
		["groups that do not come out even", { k: 7 }, /7 groups of 24 features/],
		["more than there is", { k: 25 }, /keeps k = 25 of only 24 features/],
		["sizes of another dictionary", { num_latents: 48 }, /is \[24,8\] where \[48,8\] is needed/],
	])("whose cfg.json says %s", (name, fields, message) => {
		const path = join(root, `sparsify ${name}`, "h.1.attn");
		cpSync(join(published, source), path, { recursive: true });
		edit(join(path, "cfg.json"), (config) => Object.assign(config, fields));
		expect(() => loadDictionary(path)).toThrow(message);
	});

	test("whose folder names no place says how to name it", () => {
		const path = copy(source, "my dictionary", () => {});
		expect(() => loadDictionary(path)).toThrow(
			/Rename the folder to the module that the dictionary reads, such as h.3/,
		);
	});

	test("of which only cfg.json is there is known by its fields", () => {
		const path = copy(source, "layers.2", (at) => rmSync(join(at, "sae.safetensors")));
		expect(() => loadDictionary(path)).toThrow(/sae.safetensors does not exist/);
	});
});

test("an OpenAI file whose path says nothing of its place says how to name it", () => {
	const path = join(folder("downloads"), "3.pt");
	copyFileSync(join(published, "openai/resid_delta_mlp/autoencoders/1.pt"), path);
	expect(() => loadDictionary(path)).toThrow(/its path does not say the place. Name it as OpenAI does/);
	const named = join(folder("oai-v5-32k-resid-mid"), "v5_32k_layer_3.pt");
	copyFileSync(path, named);
	const elsewhere = join(folder("oai-v5-32k-mlp-out"), "v5_32k_layer_3.pt");
	copyFileSync(path, elsewhere);
	// The same file at another place computes other numbers.
	expect(loadDictionary(named).hash).not.toBe(loadDictionary(elsewhere).hash);
	expect(loadDictionary(named)).toMatchObject({ siteName: "mid_3", name: "oai-v5-32k-resid-mid/v5_32k_layer_3.pt" });
});

describe("SAELens", () => {
	test.each<[string, () => string, RegExp]>([
		[
			"a transcoder",
			() => saelens("transcoder", { hook_name_out: "blocks.1.hook_mlp_out" }),
			/is a transcoder|describes a transcoder/,
		],
		["a temporal dictionary", () => saelens("temporal", { architecture: "temporal" }), /of the kind "temporal"/],
		["tanh-relu", () => saelens("tanh", { activation_fn_str: "tanh-relu" }), /activation function "tanh-relu"/],
		[
			"whitening that is not folded",
			() => saelens("white", { normalize_activations: "covariance_whitening" }),
			/Export it in Python with save_inference_model/,
		],
		[
			"a batch-topk checkpoint",
			() => saelens("batch", { architecture: "batchtopk", k: 2.5 }, { topk_threshold: numbers(1) }),
			/from the middle of a SAELens training.*save_inference_model/,
		],
		[
			"a threshold in a dictionary without one",
			() => saelens("cut", { architecture: "standard" }, { threshold: numbers(6) }),
			/holds threshold, which a standard dictionary does not have.*Check the kind that cfg\.json states/,
		],
		["a gate without its kind", () => saelens("ungated", {}, { b_gate: numbers(6) }), /holds b_gate/],
		["a way round", () => saelens("skip", {}, { W_skip: numbers(4, 4) }), /holds W_skip.*remove the tensor/],
		[
			"k that is no number of features",
			() => saelens("half", { architecture: "topk", k: 2.5 }),
			/k = 2.5, which is no/,
		],
		["k beyond its features", () => saelens("beyond", { architecture: "topk", k: 7 }), /keeps k = 7 of only 6/],
		[
			"swapped matrices",
			() => saelens("swapped", {}, { W_enc: numbers(6, 4), W_dec: numbers(4, 6) }),
			/W_enc in .* is \[6,4\] where \[4,6\] is needed/,
		],
		[
			"a number that is none",
			() => saelens("nan", {}, { b_enc: { ...numbers(6), data: new Float32Array(6).fill(Number.NaN) } }),
			/b_enc .* not finite/,
		],
		[
			"a factor that nobody asked for",
			() => saelens("factor", {}, { finetuning_scaling_factor: numbers(6) }),
			/has a finetuning_scaling_factor that its cfg.json does not ask for/,
		],
	])("%s is refused by name", (_name, make, message) => {
		expect(() => loadDictionary(make())).toThrow(message);
	});

	test("a factor within 1e-6 of one is none, and one that is asked for multiplies what is decoded", () => {
		const near = { ...numbers(6), data: Float32Array.from({ length: 6 }, (_, i) => 1 + (i % 2 ? 1e-6 : -1e-6)) };
		expect(loadDictionary(saelens("near", {}, { scaling_factor: near })).scalingFactor).toBeUndefined();
		const asked = saelens("asked", { finetuning_scaling_factor: true }, { finetuning_scaling_factor: numbers(6) });
		expect([...(loadDictionary(asked).scalingFactor ?? [])]).toEqual(Array(6).fill(0.5));
	});

	test("one threshold holds for all features, and older trainers keep its logarithm", () => {
		const jump = { architecture: "jumprelu" };
		const single = { ...numbers(1), shape: [], data: Float32Array.of(0.25) };
		expect([...(loadDictionary(saelens("one", jump, { threshold: single })).threshold ?? [])]).toEqual(
			Array(6).fill(0.25),
		);
		const log = { ...numbers(6), data: new Float32Array(6).fill(Math.log(3)) };
		for (const value of loadDictionary(saelens("log", jump, { log_threshold: log })).threshold ?? [])
			expect(value).toBeCloseTo(3, 5);
	});

	test("matryoshka and batch-topk dictionaries that were exported have their threshold", () => {
		const tensors = { threshold: numbers(6) };
		for (const architecture of ["batchtopk", "matryoshka_batchtopk"])
			expect(loadDictionary(saelens(architecture, { architecture, k: 2.5 }, tensors)).config.architecture).toBe(
				"jumprelu",
			);
	});
});

test("one damaged dictionary, one of another program and a stray file leave the sound ones usable", () => {
	const path = folder("mixed");
	writeRandomDictionary(join(path, "sound"), "blocks.1.hook_attn_out", { dIn: 8, dSae: 12, kind: "standard" });
	cpSync(join(published, "dictionary-learning/BatchTopKSAE"), join(path, "trainer_0"), { recursive: true });
	cpSync(join(published, "sparsify/h.1.mlp"), join(path, "h.1.mlp"), { recursive: true });
	truncateSync(join(path, "h.1.mlp", "sae.safetensors"), 500);
	copyFileSync(join(foreign, "calls-a-program.pt"), join(path, "tool.pt"));
	put(folder("mixed/gemma"), "params.npz");
	const { dictionaries, skipped } = discoverDictionaries([path]);
	expect(dictionaries.map(({ siteName }) => siteName)).toEqual(["attn_1", "mid_1"]);
	expect(skipped.map((one) => one.path.slice(path.length + 1)).sort()).toEqual(["gemma", "h.1.mlp", "tool.pt"]);
	expect(skipped.map(({ reason }) => reason).join("\n")).toMatch(/posix.system/);
});
