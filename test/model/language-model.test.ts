import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { readTensor, type StoredTensor } from "../../main/model/safetensors.ts";
import { saveSafetensors, type TensorToSave } from "../../main/model/save-safetensors.ts";
import { tinyConfig, tinyShapes, writeModel, writeTensors } from "./model-folder.ts";
import { refusalOf } from "./refusal.ts";
import { storedZip } from "./stored-zip.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const withPrefix = () =>
	new Map<string, readonly number[]>([...tinyShapes()].map(([name, shape]) => [`transformer.${name}`, shape]));

describe("loadLanguageModel", () => {
	test("finds all parameters by the names that Hugging Face uses", () => {
		const folder = writeModel(join(temporaryFolder(), "tiny"));
		const model = loadLanguageModel(folder);
		expect(model).toMatchObject({ name: "tiny", dir: folder, config: { layers: 2, innerWidth: 6 } });
		expect(new Map([...model.tensors].map(([name, { shape }]) => [name, shape]))).toEqual(tinyShapes());
		expect(model.hash).toMatch(/^[0-9a-f]{16}$/);
	});

	test("reads keys with the transformer. prefix and ignores masks and a tied head", () => {
		const shapes = withPrefix()
			.set("transformer.h.0.attn.bias", [1, 1, 3, 3])
			.set("transformer.h.0.attn.masked_bias", [])
			.set("lm_head.weight", [5, 4]);
		const { tensors } = loadLanguageModel(writeModel(temporaryFolder(), { shapes }));
		expect([...tensors.keys()].sort()).toEqual([...tinyShapes().keys()].sort());
		expect(tensors.get("h.0.attn.c_attn.weight")?.name).toBe("transformer.h.0.attn.c_attn.weight");
	});

	test("refuses a tied head that differs from the embedding, and reads it where it is not tied", () => {
		const folder = writeModel(temporaryFolder());
		const write = (head: readonly number[], shape = [5, 4]) =>
			saveSafetensors(
				join(folder, "model.safetensors"),
				new Map([
					...[...withPrefix()].map(([name, shape]): [string, TensorToSave] => [
						name,
						{ dtype: "F32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) },
					]),
					["lm_head.weight", { dtype: "F16", shape, data: Float32Array.from(head) }],
				]),
			);
		write(Array(20).fill(0.5));
		expect(loadLanguageModel(folder).tensors.has("lm_head.weight")).toBe(false);
		const another = /carries an lm_head\.weight that differs from wte\.weight, and config\.json ties the two/;
		write([...Array(19).fill(0.5), 0.25]);
		expect(refusalOf(() => loadLanguageModel(folder))).toMatchObject({
			code: "mismatch",
			message: expect.stringMatching(another),
		});
		write(Array(24).fill(0.5), [6, 4]);
		expect(refusalOf(() => loadLanguageModel(folder)).message).toMatch(another);
		write(Array(20).fill(0.25));
		writeFileSync(join(folder, "config.json"), JSON.stringify({ ...tinyConfig, tie_word_embeddings: false }));
		expect([...readTensor(loadLanguageModel(folder).tensors.get("lm_head.weight") as StoredTensor)]).toEqual(
			Array(20).fill(0.25),
		);
	});

	test("says which other program a folder's weights are for, and refuses a .bin without a state dict", () => {
		const folder = writeModel(temporaryFolder());
		rmSync(join(folder, "model.safetensors"));
		for (const name of ["flax_model.msgpack", "tf_model.h5"]) writeFileSync(join(folder, name), "");
		expect(refusalOf(() => loadLanguageModel(folder)).message).toMatch(
			/has flax_model\.msgpack, the weights for Flax, and tf_model\.h5, .*and neither model\.safetensors nor pytorch_model\.bin\./,
		);
		writeFileSync(join(folder, "pytorch_model.bin"), storedZip({ "a/data.pkl": Buffer.from("].") }));
		expect(refusalOf(() => loadLanguageModel(folder)).message).toMatch(/pytorch_model\.bin holds no tensors by name/);
		writeFileSync(join(folder, "pytorch_model.bin"), storedZip({ "a/data.pkl": Buffer.from("cos\nsystem\n.") }));
		expect(refusalOf(() => loadLanguageModel(folder)).message).toMatch(/pytorch_model\.bin refers to os\.system;/);
	});

	test("asks for a head of its own where it is not tied", () => {
		const folder = writeModel(temporaryFolder(), { config: { tie_word_embeddings: false } });
		expect(refusalOf(() => loadLanguageModel(folder)).message).toContain("lm_head.weight");
		writeTensors(join(folder, "model.safetensors"), withPrefix().set("lm_head.weight", [5, 4]));
		expect(loadLanguageModel(folder).tensors.get("lm_head.weight")?.shape).toEqual([5, 4]);
	});

	test("joins the files of a sharded model", () => {
		const folder = writeModel(temporaryFolder());
		rmSync(join(folder, "model.safetensors"));
		const all = [...tinyShapes()];
		const files = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;
		writeTensors(join(folder, files[0]), new Map(all.slice(0, 9)), "F16");
		writeTensors(join(folder, files[1]), new Map(all.slice(9)));
		const weight_map = Object.fromEntries(all.map(([name], i) => [name, files[i < 9 ? 0 : 1]]));
		writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map }));
		const { tensors } = loadLanguageModel(folder);
		expect(tensors.size).toBe(28);
		expect(tensors.get("wte.weight")).toMatchObject({ dtype: "F16", path: join(folder, files[0]) });
		expect(tensors.get("h.1.mlp.c_proj.bias")).toMatchObject({ dtype: "F32", path: join(folder, files[1]) });

		rmSync(join(folder, files[1]));
		expect(refusalOf(() => loadLanguageModel(folder))).toMatchObject({
			code: "not-found",
			data: { path: join(folder, files[1]) },
		});
		writeFileSync(join(folder, "model.safetensors.index.json"), "{}");
		expect(refusalOf(() => loadLanguageModel(folder)).message).toMatch(/not an index of weight files/);
	});

	test("names a model of the Hugging Face cache by its repository", () => {
		const cache = temporaryFolder();
		const folder = join(cache, "models--openai-community--gpt2", "snapshots", "607a30d");
		expect(loadLanguageModel(writeModel(folder)).name).toBe("openai-community/gpt2");
		expect(loadLanguageModel(writeModel(join(cache, "models--gpt2", "snapshots", "0"))).name).toBe("gpt2");
	});

	test("has the same hash wherever it lies, and another for another config", () => {
		const [a, b] = [writeModel(temporaryFolder()), writeModel(temporaryFolder())];
		expect(loadLanguageModel(a).hash).toBe(loadLanguageModel(b).hash);
		writeModel(b, { config: { layer_norm_epsilon: 1e-6 } });
		expect(loadLanguageModel(a).hash).not.toBe(loadLanguageModel(b).hash);
	});

	test("names the parameter that is missing", () => {
		const shapes = tinyShapes();
		shapes.delete("h.1.ln_2.bias");
		const folder = writeModel(temporaryFolder(), { shapes });
		expect(refusalOf(() => loadLanguageModel(folder))).toMatchObject({
			code: "bad-file",
			message: `The model in ${folder} lacks the weights h.1.ln_2.bias. Download it again or choose another model.`,
		});
	});

	test("names the parameter whose shape is not the config's", () => {
		const folder = writeModel(temporaryFolder(), { shapes: tinyShapes().set("h.0.mlp.c_fc.weight", [6, 4]) });
		const error = refusalOf(() => loadLanguageModel(folder));
		expect(error.code).toBe("mismatch");
		expect(error.message).toMatch(
			/h\.0\.mlp\.c_fc\.weight in .* has the shape \[6,4\], and config\.json asks for \[4,6\]/,
		);
	});

	test("says what is wrong with a folder without weights, or with a file that is cut short", () => {
		const folder = writeModel(temporaryFolder());
		const weights = join(folder, "model.safetensors");
		truncateSync(weights, 2000);
		expect(refusalOf(() => loadLanguageModel(folder)).code).toBe("bad-file");
		rmSync(weights);
		expect(refusalOf(() => loadLanguageModel(folder)).message).toContain(`${folder} has no model.safetensors`);
		expect(refusalOf(() => loadLanguageModel(join(folder, "nowhere"))).code).toBe("not-found");
		expect(refusalOf(() => loadLanguageModel(join(folder, "config.json"))).code).toBe("not-found");
	});
});
