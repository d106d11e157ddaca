import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRandomDictionary } from "../float64/random-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-conventions-"));
const model = join(root, "model");
const stream = join(root, "stream");
const heads = join(root, "heads");
const unfolded = join(root, "unfolded");
const corpus = join(root, "corpus.txt");
const prompts = join(root, "prompts.txt");
const common = ["--model", model, "--db", join(root, "scd.sqlite")];

beforeAll(() => {
	writeRandomModel(model, { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1])
		writeRandomDictionary(join(stream, String(layer)), {
			...{ seed: layer, width: 12, features: 30, inputScale: 0.3 },
			hook: `blocks.${layer}.hook_resid_post`,
		});
	writeRandomDictionary(heads, { seed: 5, hook: "blocks.1.attn.hook_z", head: 1, width: 6, features: 20 });
	writeRandomDictionary(unfolded, {
		...{ seed: 6, width: 12, features: 20, inputScale: 0.3 },
		hook: "blocks.0.hook_mlp_out",
		normFactor: 2,
	});
	writeFileSync(prompts, "abcd\nabce\n");
	writeFileSync(corpus, "the quick brown fox jumps over\n\nthe lazy dog and everything else");
});
afterAll(() => rmSync(root, { recursive: true }));

/** The object that a command prints, and what it says beside it. */
async function ask(...words: string[]): Promise<{ found: Record<string, unknown>; err: string }> {
	const { code, out, err } = await runScd([...words, ...common, "--json"]);
	expect({ code, err }).toEqual({ code: 0, err: expect.any(String) });
	return { found: JSON.parse(out) as Record<string, unknown>, err };
}

const trace = ["trace", "--prompt", "abcd", "--all-nodes"];
const centred = /resid_0, resid_1: read centred \(--center\)\./;

describe("how dictionaries are read", () => {
	test("is in a trace's output, with what decided it", async () => {
		const { found, err } = await ask(...trace, "--saes", stream);
		expect(err).toBe("");
		expect(found["notes"]).toEqual([]);
		expect(found["dictionaries"]).toMatchObject([
			{ site: "resid_0", conventions: { centred: false, norm_factor: 1, why: { centred: "default" } } },
			{ site: "resid_1" },
		]);
		const asked = await ask(...trace, "--saes", stream, "--center", "on");
		expect(asked.err).toMatch(centred);
		expect(asked.found["dictionaries"]).toMatchObject([
			{ conventions: { centred: true, why: { centred: "option" } } },
			{ conventions: { centred: true } },
		]);
		const hashes = (one: typeof asked.found) => (one["dictionaries"] as { hash: string }[]).map(({ hash }) => hash);
		expect(hashes(asked.found)).not.toEqual(hashes(found));
		expect(asked.found["nodes"]).not.toEqual(found["nodes"]);
		// What was stored of the one reading is not taken for the other.
		const again = await ask(...trace, "--saes", stream);
		expect(again.found["nodes"]).toEqual(found["nodes"]);
	});

	test("decides about heads by --value-biases", async () => {
		const kept = await ask(...trace, "--saes", heads);
		expect(kept.found["dictionaries"]).toMatchObject([{ site: "z_1h1", conventions: { value_biases: "kept" } }]);
		const folded = await ask(...trace, "--saes", heads, "--value-biases", "folded");
		expect(folded.found["dictionaries"]).toMatchObject([
			{ conventions: { value_biases: "folded", why: { value_biases: "option" } } },
		]);
		expect(folded.err).toMatch(/z_1h1: read without the value biases/);
	});

	test("warns of a factor that is missing, and takes one", async () => {
		const missing = await ask(...trace, "--saes", unfolded);
		expect(missing.err).toMatch(/mlp_0: expects activations scaled.*--norm-factor/);
		const given = await ask(...trace, "--saes", unfolded, "--norm-factor", "2");
		expect(given.found["dictionaries"]).toMatchObject([{ conventions: { norm_factor: 2 } }]);
	});

	test("refuses a factor that nobody asks for, and words that mean nothing", async () => {
		const refuse = async (...words: string[]) => await runScd([...trace, ...common, ...words]);
		expect(await refuse("--saes", stream, "--norm-factor", "2")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/None of these dictionaries asks for a factor/),
		});
		expect(await refuse("--saes", heads, "--center", "on")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/Centring changes nothing here/),
		});
		expect(await refuse("--saes", stream, "--value-biases", "kept")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/None of these dictionaries reads heads/),
		});
		expect(await refuse("--saes", stream, "--center", "perhaps")).toMatchObject({ code: 2 });
		expect(await refuse("--saes", unfolded, "--norm-factor", "0")).toMatchObject({ code: 2 });
	});

	test("is refused by scd doctor where it changes nothing, and where no dictionary is named", async () => {
		const doctor = async (...words: string[]) => await runScd(["doctor", "--db", join(root, "scd.sqlite"), ...words]);
		const named = ["--model", model, "--saes"];
		expect(await doctor(...named, stream, "--norm-factor", "2")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/None of these dictionaries asks for a factor/),
		});
		expect(await doctor(...named, heads, "--center", "on")).toMatchObject({
			code: 2,
			err: expect.stringMatching(/Centring changes nothing here/),
		});
		expect(await doctor("--center", "on", "--layers", "0:1")).toMatchObject({
			code: 2,
			err: "scd: --layers and --center are of dictionaries that are measured. Name some with --saes.\n",
		});
	});

	test.each([
		["ablate", ["ablate", "--prompt", "abcd"]],
		["jacobian", ["jacobian", "--prompt", "abcd"]],
		["consensus", ["consensus", "--prompts", prompts]],
		["validate", ["validate", "--pin", "resid_0.3", "--corpus", corpus, "--sequences", "2"]],
		["generate", ["generate", "--prompt", "abcd", "--scale", "resid_0.3=2", "--tokens", "2"]],
		["collect", ["collect", "--corpus", corpus]],
		["respond", ["respond", "resid_0.3", "--prompt", "abcdefgh"]],
		["compare-saes", ["compare-saes", "--corpus", corpus]],
	])("is heard by scd %s", async (_, words) => {
		const { code, err } = await runScd([
			...words,
			"--saes",
			stream,
			"--center",
			"on",
			"--model",
			model,
			...(words[0] === "compare-saes" ? [] : ["--db", join(root, "scd.sqlite")]),
			"--json",
		]);
		expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(centred) });
	});

	test("decides which facts are a feature's", async () => {
		await ask("collect", "--corpus", corpus, "--saes", stream, "--center", "on");
		const seen = async (...words: string[]) => {
			const ids = Array.from({ length: 30 }, (_, feature) => `resid_0.${feature}`);
			const { found } = await ask("features", ...ids, "--saes", stream, ...words);
			return (found["features"] as { contexts: unknown[] }[]).some(({ contexts }) => contexts.length > 0);
		};
		expect(await seen("--center", "on")).toBe(true);
		expect(await seen()).toBe(false);
	});
});

test("doctor measures whether dictionaries were loaded right, and says what would fit better", async () => {
	const { found } = await ask("doctor", "--saes", stream, "--saes", unfolded);
	const dictionaries = found["dictionaries"] as {
		site: string;
		verdict: string;
		sentence: string;
		alternatives: { change: string }[];
		measured: Record<string, number>;
	}[];
	expect(dictionaries.map(({ site }) => site)).toEqual(["resid_0", "resid_1", "mlp_0"]);
	for (const { measured } of dictionaries)
		expect(Object.keys(measured).sort()).toEqual(["dead", "explained_variance", "l0", "recovered"]);
	expect(dictionaries[2]?.alternatives.map(({ change }) => change)).toContainEqual(
		expect.stringMatching(/^--norm-factor/),
	);
	const { out } = await runScd(["doctor", "--saes", stream, ...common]);
	expect(out).toMatch(/resid_0 .*\n.*explained variance/);
}, 60_000);
