import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { storedZip } from "../model/stored-zip.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { runScd } from "./run-scd.ts";

/** Other people's files through the door that users take: models that transformers wrote, corpora of all kinds. */
const root = mkdtempSync(join(tmpdir(), "scd-files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fixtures = join(import.meta.dirname, "../fixtures");
const saes = join(root, "saes");
for (const hook of ["hook_attn_out", "hook_mlp_out", "hook_resid_post"])
	writeRandomDictionary(join(saes, hook), `blocks.0.${hook}`, { dIn: 4, dSae: 12, kind: "standard" });

const words = "[UNK] the cat sat on a mat and saw me .".split(" ");
const tokenizerOf = (unknown: string) => ({
	...{ version: "1.0", added_tokens: [], normalizer: null, post_processor: null, decoder: null },
	pre_tokenizer: { type: "WhitespaceSplit" },
	model: { type: "WordLevel", vocab: Object.fromEntries(words.map((word, id) => [word, id])), unk_token: unknown },
});

/** A model of the fixtures with a tokenizer of eleven words. */
function modelOf(name: string, unknown = "[none]"): string {
	const folder = mkdtempSync(join(root, "model-"));
	cpSync(join(fixtures, "models", name), folder, { recursive: true });
	writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizerOf(unknown)));
	return folder;
}

let databases = 0;
const doors = (command: string, model: string) => [
	...[command, "--model", model, "--saes", saes, "--provider", "cpu", "--bos", "off"],
	...["--db", join(root, `${databases++}.sqlite`)],
];
const trace = (model: string, prompt = "the cat sat on a mat", ...more: string[]) =>
	runScd([...doors("trace", model), "--prompt", prompt, ...more]);

const oneLine = /^scd: [^\n]+\n$/;

describe("scd trace --model", () => {
	test.each(["gelu-legacy", "quick-gelu-untied-bin", "relu-shards", "gelu-fast-f64"])("reads %s", async (name) => {
		const { code, out, err } = await trace(modelOf(name), undefined, "--json");
		expect({ code, err }).toEqual({ code: 0, err: "" });
		expect(JSON.parse(out)).toMatchObject({ prompt: { token_ids: [1, 2, 3, 4, 5, 6] } });
	});

	test("refuses an unknown word, a pickle that runs code and another activation function, each in one line", async () => {
		const unknown = await trace(modelOf("silu-bin"), "the dog sat");
		expect([unknown.code, unknown.out]).toEqual([2, ""]);
		expect(unknown.err).toMatch(oneLine);
		expect(unknown.err).toMatch(/does not know "dog", and has no token for what it does not know/);

		const wicked = modelOf("silu-bin");
		const marker = join(root, "run");
		const command = `cos\nsystem\n(X${String.fromCharCode(marker.length + 6)}\0\0\0touch ${marker}tR.`;
		writeFileSync(join(wicked, "pytorch_model.bin"), storedZip({ "a/data.pkl": Buffer.from(command, "latin1") }));
		const refused = await trace(wicked);
		expect([refused.code, refused.out]).toEqual([1, ""]);
		expect(refused.err).toMatch(oneLine);
		expect(refused.err).toMatch(/refers to os\.system; this program reads tensors only and never runs code/);

		const other = modelOf("silu-bin");
		const config = { n_layer: 1, n_head: 2, n_embd: 4, vocab_size: 11, n_positions: 16, activation_function: "mish" };
		writeFileSync(join(other, "config.json"), JSON.stringify(config));
		expect(await trace(other)).toMatchObject({
			code: 1,
			err: expect.stringMatching(
				/^scd: .*activation function "mish", which this program does not know\. It knows .*\n$/,
			),
		});
	});

	test("reads an unknown word as the tokenizer's token for it", async () => {
		const { code, out } = await trace(modelOf("silu-bin", "[UNK]"), "the dog sat", "--json");
		expect([code, JSON.parse(out).prompt.token_ids]).toEqual([0, [1, 0, 3]]);
	});

	test("says that a prompt without a token is none", async () => {
		for (const metric of ["cross_entropy", "logit(cat)"]) {
			const { code, err } = await trace(modelOf("silu-bin"), "   ", "--metric", metric);
			expect(code).toBe(2);
			expect(err).toMatch(oneLine);
			expect(err).not.toMatch(/fault|ONNX|report it/);
		}
	});
});

describe("scd collect --corpus", () => {
	const write = (name: string, bytes: Uint8Array) => {
		writeFileSync(join(root, name), bytes);
		return join(root, name);
	};
	const lines = "the cat sat\r\n\r\non a mat .\r\n";
	const collect = (corpus: string, ...more: string[]) =>
		runScd([...doors("collect", modelOf("silu-bin", "[UNK]")), "--corpus", corpus, "--max-length", "8", ...more]);

	test.each<[string, string, Uint8Array]>([
		["UTF-16", "utf16.txt", Buffer.from(`\uFEFF${lines}`, "utf16le")],
		["gzip", "a.txt.gz", gzipSync(lines)],
	])("reads %s", async (_, name, bytes) => {
		const { code, out, err } = await collect(write(name, bytes), "--json");
		expect({ code, err }).toEqual({ code: 0, err: "" });
		expect(JSON.parse(out)).toMatchObject({ sequences: 2, tokens: 7 });
	});

	test("reads what datasets keeps in its cache", async () => {
		const { code, out } = await collect(join(fixtures, "corpora/stream.arrow"), "--json");
		expect([code, JSON.parse(out).sequences]).toEqual([0, 3]);
	});

	test.each<[string, string, Uint8Array, RegExp]>([
		["Latin-1", "latin1.txt", Buffer.from("caf\xe9", "latin1"), /not UTF-8: byte 4 of line 1 \(offset 3 of the file\)/],
		[
			".npz",
			"a.npz",
			storedZip({ "w.npy": Buffer.from("") }),
			/an archive of NumPy arrays \(\.npz\), which holds no text/,
		],
		["a file cut short", "cut.jsonl.gz", gzipSync(lines).subarray(0, 20), /cannot be unpacked/],
	])("refuses %s in one line", async (_, name, bytes, message) => {
		const { code, out, err } = await collect(write(name, bytes));
		expect([code, out]).toEqual([1, ""]);
		expect(err).toMatch(oneLine);
		expect(err).toMatch(message);
	});
});
