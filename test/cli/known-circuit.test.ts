import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { groundTruthDictionaries, groundTruthModel } from "../../main/reference/paths.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-known-"));
afterAll(() => rmSync(root, { recursive: true }));

const own = ["--model", groundTruthModel, "--saes", groundTruthDictionaries, "--db", join(root, "scd.sqlite")];
const scd = async (command: string, ...words: string[]) => (await runScd([command, ...own, ...words])).out;

const all = "6 of 6 features found, no other above 1%";
const sink = "the token where attention rests, which the construction has";

test.each([
	["gradient", "trace", ["--prompt", "abca", "--metric", "logit(b)"], `${all} but ${sink}: resid_0.12@0 (5.4%)`],
	[
		"gradient",
		"trace",
		["--prompt", "cabcda", "--metric", "logit(b)"],
		expect.stringMatching(/^6 of 6 features found, no other/),
	],
	["ablation", "ablate", ["--prompt", "abca"], all],
	["jacobian", "jacobian", ["--prompt", "abca"], "1 of 1 effect between features found, no other above 1%"],
])("a verdict by %s: scd %s %s", async (method, command, words, verdict) => {
	const { known_circuit: known } = JSON.parse(await scd(command, ...words, "--json")) as Record<string, unknown>;
	expect(known).toMatchObject({ method, verdict, missing: [] });
	if (command === "trace")
		expect(await scd(command, ...words)).toMatch(/\nKnown circuit, by gradient: 6 of 6 features found/);
});

test("a verdict by consensus, with the others by name", async () => {
	const prompts = join(root, "prompts.txt");
	writeFileSync(prompts, "abca\nabda\nabea\n");
	const words = ["--prompts", prompts, "--metric", "logit(b)"];
	const { known_circuit: known } = JSON.parse(await scd("consensus", ...words, "--json")) as Record<string, unknown>;
	expect(known).toMatchObject({
		method: "consensus",
		verdict: expect.stringMatching(/^6 of 6 features found, no other above 1% but .*resid_0\.12 \(5\.\d%\)$/),
		expected: ["attn_0.0", "resid_0.13", "resid_0.1", "resid_0.0", "attn_1.1", "resid_1.27"],
		others: [{ id: "resid_0.12", part_of_construction: true }],
	});
});

test("layers that were not traced are not asked for; what is wrong is said", async () => {
	const words = ["--prompt", "abca", "--metric", "logit(b)"];
	const one = JSON.parse(await scd("trace", ...words, "--layers", "1:2", "--json"));
	expect(one.known_circuit).toMatchObject({ expected: ["attn_1.1@4", "resid_1.27@4"], missing: [] });
	const few = JSON.parse(await scd("trace", ...words, "--down-nodes", "1", "--json"));
	expect(few.known_circuit.missing.length).toBeGreaterThan(0);
	expect(few.known_circuit.verdict).toMatch(/^\d of 6 features found \(not .*resid_0/);
});

test("nothing is said where nothing is known", async () => {
	for (const words of [
		["--prompt", "abcd", "--metric", "logit(b)"],
		["--prompt", "abca", "--metric", "logit(c)"],
	])
		expect(JSON.parse(await scd("trace", ...words, "--json"))).not.toHaveProperty("known_circuit");
});
