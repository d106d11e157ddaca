import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { FeatureChange, SteeringRequest, SteeringStep } from "#shared/steering";
import { computeResponse } from "../../main/circuits/response.ts";
import { generateSteered } from "../../main/circuits/steering.ts";
import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { type OracleModel, runGpt2 } from "./gpt2.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { add, at, fill, leaf, rowOf, subtract, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-steering-"));
afterAll(() => rmSync(root, { recursive: true }));

const signal = new AbortController().signal;

/** Probabilities of the next token with features changed wherever they stand, the whole text run anew. */
function probabilities(
	model: OracleModel,
	dictionaries: readonly OracleDictionary[],
	ids: readonly number[],
	change: (site: string, feature: number, a: number) => number,
): Float64Array {
	const { logits } = runGpt2(model, ids, (site, x) => {
		const dictionary = dictionaries.find((one) => one.site === site);
		if (!dictionary) return undefined;
		const a = encode(dictionary, x).value;
		const changed = fill(a.rows, a.cols, (t, f) => change(site, f, at(a, t, f)));
		return add(x, subtract(decode(dictionary, leaf(changed), x), decode(dictionary, leaf(a), x)));
	});
	const row = rowOf(logits.value, ids.length - 1);
	const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
	return row.map((value) => Math.exp(value) / total);
}

type Placed = Partial<Scenario["dictionaries"][number]>;
const usual: readonly Placed[] = [{ hook: "blocks.0.hook_resid_post" }, { hook: "blocks.1.hook_mlp_out" }];
const kinds: readonly (readonly [string, Placed, readonly Placed[]])[] = [
	["relu", {}, usual],
	["topk on layer norm", { kind: "topk", normalize: "layer_norm" }, usual],
	["gated", { kind: "gated" }, usual],
	["jumprelu, rescaled norm", { kind: "jumprelu", normalize: "constant_norm_rescale" }, usual],
	["normalised streams", {}, [{ hook: "blocks.0.ln1.hook_normalized" }, { hook: "ln_final.hook_normalized" }]],
	["tokens and neurons", {}, [{ hook: "hook_embed" }, { hook: "blocks.1.mlp.hook_post", kind: "topk" }]],
	[
		"heads without value biases",
		{ folds: "value biases and norm" },
		[{ hook: "blocks.0.attn.hook_z" }, { hook: "blocks.1.attn.hook_z", head: 0 }],
	],
];

describe.each(kinds)("a steered text equals the whole model run anew at every step: %s", (name, options, places) => {
	const { request: trace, oracle } = writeScenario(join(root, name.replace(/\W+/g, "-")), {
		seed: 90 + name.length,
		dictionaries: places.map((place) => ({ hook: "", ...place, ...options })),
		prompt: "abcd",
	});
	const [first, second] = oracle.dictionaries as [OracleDictionary, OracleDictionary];
	const strongest = ({ site, ...rest }: OracleDictionary) => {
		const x = runGpt2(oracle.model, oracle.tokens).sites.get(site)?.computed as Variable;
		const row = rowOf(encode({ site, ...rest }, x).value, oracle.tokens.length - 1);
		return row.reduce((best, value, f) => (value > (row[best] ?? 0) ? f : best), 0);
	};
	const [one, two] = [strongest(first), strongest(second)];
	const changes: FeatureChange[] = [
		{ feature: `${first.site}.${one}`, scale: 3 },
		{ feature: `${second.site}.${two}`, clamp: 4 },
	];
	const change = (site: string, f: number, a: number) =>
		site === first.site && f === one ? 3 * a : site === second.site && f === two ? 4 : a;
	const same = (_: string, __: number, a: number) => a;
	const request: SteeringRequest = {
		modelDir: trace.modelDir,
		dictionaryDirs: trace.dictionaryDirs,
		provider: "cpu",
		prompt: "abcd",
		changes,
		tokens: 8,
		temperature: 0,
		topK: 0,
		seed: 3,
		listed: 4,
	};

	test.each([0, 0.8])("at temperature %s", async (temperature) => {
		const told: SteeringStep[] = [];
		const { steps, prompt } = await generateSteered(
			{ ...request, temperature },
			{ signal, progress: ({ report }) => void told.push(report as SteeringStep) },
		);
		expect(prompt.tokenIds).toEqual(oracle.tokens);
		expect(told).toEqual(steps);
		let [steered, plain] = [[...oracle.tokens], [...oracle.tokens]];
		for (const { steered: drawn, plain: drawnPlain, boosted, suppressed } of steps) {
			const after = probabilities(oracle.model, oracle.dictionaries, steered, change);
			const before = probabilities(oracle.model, oracle.dictionaries, steered, same);
			const alone = probabilities(oracle.model, oracle.dictionaries, plain, same);
			const differences = Array.from(after, (p, id) => p - (before[id] as number)).sort((a, b) => b - a);
			for (const [i, token] of boosted.entries())
				expect(token.after - token.before).toBeCloseTo(differences[i] ?? Number.NaN, 5);
			for (const [i, token] of suppressed.entries())
				expect(token.after - token.before).toBeCloseTo(differences.at(-1 - i) ?? Number.NaN, 5);
			expect(drawn?.probability).toBeCloseTo(after[drawn?.id ?? -1] ?? Number.NaN, 5);
			expect(drawnPlain?.probability).toBeCloseTo(alone[drawnPlain?.id ?? -1] ?? Number.NaN, 5);
			if (temperature === 0) {
				expect(after[drawn?.id ?? -1]).toBeCloseTo(Math.max(...after), 6);
				expect(alone[drawnPlain?.id ?? -1]).toBeCloseTo(Math.max(...alone), 6);
			}
			steered = [...steered, drawn?.id ?? 0];
			plain = [...plain, drawnPlain?.id ?? 0];
		}
		expect(steps).toHaveLength(8);
		expect(steps.some(({ boosted }) => boosted.length > 0)).toBe(true);
	});

	test("the same seed gives the same text, and a change that changes nothing the plain one", async () => {
		const write = async (asked: Partial<SteeringRequest>) =>
			(await generateSteered({ ...request, temperature: 1, ...asked }, { signal, progress() {} })).steps;
		expect(await write({})).toEqual(await write({}));
		expect(await write({ seed: 4 })).not.toEqual(await write({}));
		const idle = await write({ changes: [{ feature: `${first.site}.${one}`, scale: 1 }] });
		expect(idle.map(({ steered }) => steered?.id)).toEqual(idle.map(({ plain }) => plain?.id));
		const narrow = await write({ topK: 1 });
		const greedy = await write({ temperature: 0 });
		expect(narrow.map(({ steered }) => steered?.id)).toEqual(greedy.map(({ steered }) => steered?.id));
	});

	test("several features respond one by one or together, and others are watched", async () => {
		const nodes = [`${first.site}.${one}@3`, `${second.site}.${two}@3`];
		const ask = async (together: boolean) =>
			await computeResponse(
				{
					...request,
					metric: "logit(97)",
					nodes,
					together,
					coefficients: [0, 2],
					watch: [`${second.site}.${two}@3`],
					watchTokens: ["#98"],
				},
				signal,
			);
		/** As the model computes it with the given features scaled at the last position. */
		const run = (factors: ReadonlyMap<string, number>) => {
			let seen = 0;
			const { logits } = runGpt2(oracle.model, oracle.tokens, (site, x) => {
				const dictionary = oracle.dictionaries.find((each) => each.site === site);
				if (!dictionary) return undefined;
				const a = encode(dictionary, x).value;
				if (site === second.site) seen = at(a, 3, two);
				const changed = fill(a.rows, a.cols, (t, f) => at(a, t, f) * (factors.get(`${site}.${f}@${t}`) ?? 1));
				return add(x, subtract(decode(dictionary, leaf(changed), x), decode(dictionary, leaf(a), x)));
			});
			const row = rowOf(logits.value, oracle.tokens.length - 1);
			const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
			return { value: row[97] as number, seen, token: Math.exp(row[98] as number) / total };
		};
		const expectCurve = (
			points: readonly { value: number; watched: readonly number[] }[],
			scaled: readonly string[],
		) => {
			for (const [i, factor] of [0, 2].entries()) {
				const expected = run(new Map(scaled.map((node) => [node, factor])));
				expect(points[i]?.value).toBeCloseTo(expected.value, 4);
				expect(points[i]?.watched[0]).toBeCloseTo(expected.seen, 4);
				expect(points[i]?.watched[1]).toBeCloseTo(expected.token, 5);
			}
		};
		const apart = await ask(false);
		expect(apart.curves.map((curve) => curve.nodes)).toEqual(nodes.map((node) => [node]));
		for (const { nodes: scaled, points } of apart.curves) expectCurve(points, scaled);
		const joined = await ask(true);
		expect(joined.curves).toHaveLength(1);
		expectCurve(joined.curves[0]?.points ?? [], nodes);
	});
});

test("no change, one feature twice and an unknown site are refused; a text ends where the model's context does", async () => {
	const { request: trace } = writeScenario(join(root, "wrong"), {
		seed: 4,
		dictionaries: [{ hook: "blocks.0.hook_resid_post" }],
	});
	const ask = (asked: Partial<SteeringRequest>) =>
		generateSteered(
			{
				modelDir: trace.modelDir,
				dictionaryDirs: trace.dictionaryDirs,
				provider: "cpu",
				prompt: "ab",
				changes: [{ feature: "resid_0.1", scale: 0 }],
				tokens: 2,
				temperature: 1,
				topK: 0,
				seed: 1,
				listed: 2,
				...asked,
			},
			{ signal, progress() {} },
		);
	await expect(ask({ changes: [] })).rejects.toThrow(/No feature is changed/);
	const twice = { feature: "resid_0.1", clamp: 2 };
	await expect(ask({ changes: [twice, twice] })).rejects.toThrow(/changed twice/);
	const ended = await ask({ tokens: 5000 });
	expect(ended.steps.length).toBeGreaterThan(2);
	expect(ended.notes).toEqual([expect.stringMatching(new RegExp(`ends after ${ended.steps.length} of 5000 tokens`))]);
	expect((await ask({})).notes).toEqual([]);
	await expect(ask({ prompt: "ab".repeat(16) })).rejects.toThrow(/no room to write/);
	await expect(ask({ changes: [{ feature: "mlp_0.1", scale: 0 }] })).rejects.toThrow(/no dictionary sits at mlp_0/);
});
