import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-forecast-"));
const database = join(root, "scd.sqlite");
const corpus = join(root, "corpus.txt");
const prompts = join(root, "prompts.txt");
const own = ["--model", join(root, "model"), "--saes", join(root, "saes"), "--db", database];

beforeAll(() => {
	writeRandomModel(join(root, "model"), { layers: 2, heads: 2, width: 12, vocabularySize: 257 });
	for (const layer of [0, 1])
		writeRandomDictionary(join(root, "saes", String(layer)), `blocks.${layer}.hook_resid_post`, {
			dIn: 12,
			dSae: 30,
			kind: "standard",
			seed: layer,
		});
	writeFileSync(corpus, "the quick brown fox\n\njumps over\n\nthe lazy dog");
	writeFileSync(prompts, "abcdef\nabcdeg\n");
});
afterAll(() => rmSync(root, { recursive: true }));

describe("--forecast", () => {
	test.each([
		["trace", ["trace", "--prompt", "abcdef", "--circuit", "one"], 5],
		["trace --method ablation", ["trace", "--method", "ablation", "--prompt", "abcdef"], 6],
		["trace --method jacobian", ["trace", "--method", "jacobian", "--prompt", "abcdef"], 6],
		["consensus", ["consensus", "--prompts", prompts], 10],
		["validate", ["validate", "--pin", "resid_0.1", "--corpus", corpus], undefined],
		["collect", ["collect", "--corpus", corpus], undefined],
		["ablate", ["ablate", "--prompt", "abcdef"], 6],
		["jacobian", ["jacobian", "--prompt", "abcdef"], 6],
		["respond", ["respond", "resid_0.1", "--prompt", "abcdef"], 5],
	])("of %s says time and memory, and does nothing", async (_, words, tokens) => {
		const { code, out, err } = await runScd([...words, ...own, "--forecast", "--json"]);
		expect([code, err]).toEqual([0, ""]);
		const forecast = JSON.parse(out) as Record<string, number | string[]>;
		expect(forecast["sites"]).toEqual(["resid_0", "resid_1"]);
		if (tokens !== undefined) expect(forecast["tokens"]).toBe(tokens);
		expect(forecast["seconds"]).toBeGreaterThan(0);
		expect(forecast["memory_mb"]).toBeGreaterThan(100);
		if (words[0] !== "trace") return;
		const { out: circuits } = await runScd(["circuits", "list", "--db", database, "--json"]);
		expect(JSON.parse(circuits)).toEqual({ circuits: [] });
	});
});

const modelAlone = ["--model", join(root, "model"), "--db", database];
const trained = join(root, "trained");

test.each([
	["generate", ["generate", "--scale", "resid_1.3=2", "--prompt", "abcdef", ...own], ["resid_1"]],
	["cluster", ["cluster", "--site", "resid_0", "--corpus", corpus, ...modelAlone], ["resid_0"]],
	[
		"train-sae",
		["train-sae", "--site", "resid_1", "--corpus", corpus, "--output", trained, ...modelAlone],
		["resid_1"],
	],
])("--forecast of %s names the site it reads, and does nothing", async (_, words, sites) => {
	const { code, out, err } = await runScd([...words, "--forecast", "--json"]);
	expect([code, err]).toEqual([0, ""]);
	const { seconds, ...forecast } = JSON.parse(out) as { sites: string[]; seconds: number };
	expect(forecast.sites).toEqual(sites);
	expect(seconds).toBeGreaterThan(0);
	expect(existsSync(trained)).toBe(false);
});

test("a limit that cannot be kept names one that can, which is kept", async () => {
	const words = ["trace", ...own, "--prompt", "abcdef", "--json"];
	const { code, err } = await runScd([...words, "--memory-limit", "60MB"]);
	expect([code, err]).toEqual([1, expect.stringMatching(/^scd: A limit of 60 MB cannot be kept: the program itself/)]);
	const least = /Allow (\d+ MB) or more/.exec(err)?.[1] ?? "";
	const { code: kept, out } = await runScd([...words, "--memory-limit", least]);
	expect(kept).toBe(0);
	const { peak_rss_mb: peak } = JSON.parse(out) as { peak_rss_mb: number };
	expect(peak).toBeLessThan(1.1 * Number.parseInt(least, 10));
});
