import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { computeResponse } from "../../main/circuits/response.ts";
import { decode, encode } from "./dictionary.ts";
import { runGpt2 } from "./gpt2.ts";
import { measure, numberOf, type OracleMetric, runTokens } from "./metric.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { add, at, fill, leaf, rowOf, scale, subtract } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-response-"));
afterAll(() => rmSync(root, { recursive: true }));

const coefficients = [0, 0.5, 1, 2, -1.5];
const scenarios: readonly (readonly [string, Scenario["dictionaries"][number], OracleMetric])[] = [
	[
		"standard at the residual stream",
		{ hook: "blocks.0.hook_resid_post", kind: "standard" },
		{ name: "cross_entropy" },
	],
	[
		"topk, layer norm, at an MLP's output",
		{ hook: "blocks.1.hook_mlp_out", kind: "topk", normalize: "layer_norm" },
		{ name: "logit", token: 97 },
	],
	[
		"gated at attention's output",
		{ hook: "blocks.0.hook_attn_out", kind: "gated" },
		{ name: "logit_difference", token: 98, against: 99 },
	],
	[
		"jumprelu, rescaled norm, before attention's output matrix",
		{ hook: "blocks.1.attn.hook_z", kind: "jumprelu", normalize: "constant_norm_rescale" },
		{ name: "logprob", token: 100 },
	],
	["standard at the token embeddings", { hook: "hook_embed" }, { name: "logit", token: 97 }],
	["topk before attention", { hook: "blocks.1.ln1.hook_normalized", kind: "topk" }, { name: "cross_entropy" }],
	["standard at what the MLP alone reads", { hook: "blocks.0.hook_mlp_in" }, { name: "logit", token: 97 }],
	[
		"standard at the norm before a folded MLP",
		{ hook: "blocks.1.ln2.hook_normalized", foldsNorm: true },
		{ name: "logit", token: 97 },
	],
	["gated at the neurons", { hook: "blocks.0.mlp.hook_post", kind: "gated" }, { name: "logit", token: 98 }],
	[
		"standard at one head without its value biases",
		{ hook: "blocks.1.attn.hook_z", head: 1, folds: "value biases" },
		{ name: "logit", token: 99 },
	],
	["standard at the final norm", { hook: "ln_final.hook_normalized" }, { name: "logprob", token: 99 }],
];

/** Against float64: the same model with the feature's decoded part scaled, run as a whole for each coefficient. */
describe.each(scenarios)("the response to a feature: %s", (name, dictionary, metric) => {
	const folder = join(root, name.replace(/\W+/g, "-"));
	const { request, oracle } = writeScenario(folder, { seed: name.length, dictionaries: [dictionary], metric });
	const [read] = oracle.dictionaries;
	if (!read) throw new Error("The scenario has a dictionary.");
	const ids = runTokens(metric, oracle.tokens);
	const x = runGpt2(oracle.model, ids).sites.get(read.site)?.computed ?? leaf(fill(1, 1, () => 0));
	const active = encode(read, x).value;
	const strongest = (position: number) =>
		rowOf(active, position).reduce((best, value, f, row) => (value > (row[best] ?? 0) ? f : best), 0);
	// A site of the last layer reaches the last position's logits from there alone.
	const feature = strongest(ids.length - 1);

	test.each([ids.length - 1, undefined])("at position %s", async (only) => {
		const without = fill(active.rows, active.cols, (t, f) =>
			f === feature && (only === undefined || t === only) ? 0 : at(active, t, f),
		);
		const part = subtract(decode(read, leaf(active), x), decode(read, leaf(without), x));
		const run = (coefficient: number) =>
			runGpt2(oracle.model, ids, (site, computed) =>
				site === read.site ? add(computed, scale(part, coefficient - 1)) : undefined,
			).logits;
		const probabilities = (coefficient: number) => {
			const logits = run(coefficient).value;
			const row = rowOf(logits, logits.rows - 1);
			const most = Math.max(...row);
			const total = row.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
			return row.map((logit) => Math.exp(logit - most) / total);
		};
		const [layer] = read.site.split("_").slice(1);
		const node = `${read.site.split("_")[0]}_${layer}.${feature}${only === undefined ? "" : `@${only}`}`;
		const { curves } = await computeResponse(
			{ ...request, nodes: [node], together: false, coefficients, watch: [], watchTokens: [] },
			new AbortController().signal,
		);
		const { points, positions } = curves[0] ?? { points: [], positions: [] };
		expect(positions).toEqual(
			[...Array(active.rows).keys()].filter((t) => (only === undefined || t === only) && at(active, t, feature) > 0),
		);
		const expected = coefficients.map((coefficient) => numberOf(measure(metric, oracle.tokens, run(coefficient))));
		const largest = Math.max(...expected.map(Math.abs));
		for (const [i, { value }] of points.entries())
			expect(Math.abs(value - (expected[i] ?? 0)), `coefficient ${coefficients[i]}`).toBeLessThan(1e-5 * largest);
		expect(new Set(expected.map((value) => value.toPrecision(6))).size).toBeGreaterThan(2);
		expect(points[2]?.gains.length).toBe(0);
		const [before, after] = [probabilities(1), probabilities(0)];
		const changes = Array.from(after, (p, id) => p - (before[id] ?? 0)).sort((a, b) => b - a);
		for (const [i, { before: from, after: to }] of (points[0]?.gains ?? []).entries())
			expect(to - from).toBeCloseTo(changes[i] ?? Number.NaN, 6);
		for (const [i, { before: from, after: to }] of (points[0]?.losses ?? []).entries())
			expect(to - from).toBeCloseTo(changes.at(-1 - i) ?? Number.NaN, 6);
	});

	test("of a feature that is not active, of a node that is none and of a site without dictionary is refused", async () => {
		const silent = [...Array(active.cols).keys()].find((f) =>
			[...Array(active.rows).keys()].every((t) => at(active, t, f) === 0),
		);
		const ask = (node: string) =>
			computeResponse(
				{ ...request, nodes: [node], together: false, coefficients, watch: [], watchTokens: [] },
				new AbortController().signal,
			);
		if (silent !== undefined) await expect(ask(`${read.site}.${silent}`)).rejects.toThrow(/not active on this prompt/);
		await expect(ask("token.97@0")).rejects.toThrow(/is no feature/);
		await expect(ask("mid_0.1")).rejects.toThrow(/no dictionary sits at mid_0/);
	});
});
