import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { AblationRequest } from "#shared/trace-request";
import { traceAblation } from "../../main/circuits/ablation.ts";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import type { TraceContext } from "../../main/circuits/gradient.ts";
import { traceJacobian } from "../../main/circuits/jacobian.ts";
import { runPrompt } from "../../main/circuits/method-inputs.ts";
import { ablateSite } from "../../main/circuits/site-ablation.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { type Dictionary, loadDictionary } from "../../main/sae/dictionary.ts";
import { ablationRequest, jacobianRequest } from "../requests.ts";
import { decoderRows, encode, type OracleDictionary, unnormalisingFactors } from "./dictionary.ts";
import { type OracleModel, runGpt2 } from "./gpt2.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { at, fill, findGradients, leaf, type Matrix, rowOf, subtract, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-ablation-"));
afterAll(() => rmSync(root, { recursive: true }));

function context(): TraceContext {
	const pieces = new Map();
	return {
		encoders: new EncoderCache(1e9),
		signal: new AbortController().signal,
		progress() {},
		memory: {
			recall: async (key) => pieces.get(key),
			keep: async (key, piece) => void pieces.set(key, piece),
		},
	};
}

const choice = { seed: 1, logitTokens: 4 };

interface Site {
	readonly dictionary: OracleDictionary;
	readonly x: Variable;
	readonly active: Matrix;
}

function readSites(model: OracleModel, dictionaries: readonly OracleDictionary[], ids: readonly number[]): Site[] {
	const clean = runGpt2(model, ids);
	return dictionaries.map((dictionary) => {
		const x = clean.sites.get(dictionary.site)?.computed as Variable;
		return { dictionary, x, active: encode(dictionary, x).value };
	});
}

/** The whole model, with the feature's decoded part taken off at every position. */
function ablate(model: OracleModel, { dictionary, x, active }: Site, feature: number, ids: readonly number[]) {
	const factors = unnormalisingFactors(dictionary, x.value);
	const row = rowOf(decoderRows(dictionary), feature);
	const part = fill(
		x.value.rows,
		x.value.cols,
		(t, i) => at(active, t, feature) * at(factors, t, 0) * (row[i] as number),
	);
	return runGpt2(model, ids, (site, computed) =>
		site === dictionary.site ? subtract(computed, leaf(part)) : undefined,
	);
}

function logProbabilities(logits: Matrix): Float64Array {
	const row = rowOf(logits, logits.rows - 1);
	const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
	return row.map((value) => value - total);
}

const activeAnywhere = ({ active }: Site) =>
	[...Array(active.cols).keys()].filter((f) => [...Array(active.rows).keys()].some((t) => at(active, t, f) !== 0));

const kinds: readonly (readonly [string, string, Partial<Scenario["dictionaries"][number]>, boolean])[] = [
	["residual stream, relu", "hook_resid_post", {}, false],
	["residual stream, every position", "hook_resid_post", {}, true],
	["before the block", "hook_resid_pre", { kind: "jumprelu" }, false],
	["attention, topk on layer norm", "hook_attn_out", { kind: "topk", normalize: "layer_norm", k: 6 }, false],
	["MLP, gated", "hook_mlp_out", { kind: "gated" }, true],
	["heads, rescaled norm", "attn.hook_z", { normalize: "constant_norm_rescale" }, false],
	[
		"middle, topk by decoder norm",
		"hook_resid_mid",
		{ kind: "topk", rescaleByDecoderNorm: true, spelling: "v6", k: 5 },
		true,
	],
	["what only the MLP reads, every position", "hook_mlp_in", { kind: "abstopk", k: 6 }, true],
	["norm before attention", "ln1.hook_normalized", {}, false],
	["norm before the MLP, every position", "ln2.hook_normalized", { kind: "jumprelu" }, true],
	["norm before a folded MLP, every position", "ln2.hook_normalized", { foldsNorm: true }, true],
	["neurons, topk on layer norm", "mlp.hook_post", { kind: "topk", normalize: "layer_norm", k: 6 }, false],
	["one head, without its value biases", "attn.hook_z", { head: 1, folds: "value biases" }, false],
];

describe.each(kinds)("ablation at %s equals running the whole model", (name, hook, options, allPositions) => {
	const { request, oracle } = writeScenario(join(root, name.replace(/\W+/g, "-")), {
		seed: 41 + name.length,
		model: { layers: 3 },
		dictionaries: [0, 1, 2].map((layer) => ({ hook: `blocks.${layer}.${hook}`, ...options })),
		prompt: "abcdefgab",
	});
	const ids = oracle.tokens;
	const sites = readSites(oracle.model, oracle.dictionaries, ids);

	test("effects of every active feature, layer by layer, and logits", async () => {
		const { ablation } = await traceAblation(ablationRequest(request, { ...choice, allPositions }), context());
		const base = logProbabilities(runGpt2(oracle.model, ids).logits.value);
		const expected = new Map<string, number>();
		const logits = new Map<string, Float64Array>();
		let sources = activeAnywhere(sites[0] as Site);
		for (const [i, site] of sites.entries()) {
			const next = sites[i + 1];
			const affected = new Set<number>();
			for (const feature of sources) {
				const run = ablate(oracle.model, site, feature, ids);
				const id = `${site.dictionary.site}.${feature}`;
				if (activeAnywhere(site).includes(feature)) logits.set(id, logProbabilities(run.logits.value));
				if (!next) continue;
				const after = encode(next.dictionary, run.sites.get(next.dictionary.site)?.computed as Variable).value;
				for (let t = allPositions ? 0 : ids.length - 1; t < ids.length; t++)
					for (let f = 0; f < after.cols; f++) {
						const effect = at(after, t, f) - at(next.active, t, f);
						if (Math.abs(effect) < 1e-12) continue;
						expected.set(`${id} ${next.dictionary.site}.${f} ${t}`, effect);
						affected.add(f);
					}
			}
			sources = [...affected];
		}
		const largest = Math.max(...[...expected.values()].map(Math.abs));
		const actual = new Map(
			ablation?.effects.map(({ source, target, position, effect }) => [`${source} ${target} ${position}`, effect]),
		);
		expect(expected.size).toBeGreaterThan(30);
		for (const key of new Set([...expected.keys(), ...actual.keys()]))
			expect(Math.abs((actual.get(key) ?? 0) - (expected.get(key) ?? 0)), key).toBeLessThan(1e-4 * largest);
		expect(ablation?.logits.map(({ source }) => source).sort()).toEqual([...logits.keys()].sort());
		for (const { source, up, down } of ablation?.logits ?? []) {
			const gains = Array.from(logits.get(source) ?? [], (after, token) => (base[token] as number) - after);
			gains.sort((a, b) => b - a);
			for (const [i, { effect }] of up.entries()) expect(effect).toBeCloseTo(gains[i] ?? Number.NaN, 4);
			for (const [i, { effect }] of down.entries()) expect(effect).toBeCloseTo(gains.at(-1 - i) ?? Number.NaN, 4);
		}
	});

	test("without logit effects the same, and only the next block is run", async () => {
		const [whole, bare] = await Promise.all(
			[10, 0].map((logitTokens) =>
				traceAblation(ablationRequest(request, { ...choice, allPositions, logitTokens }), context()),
			),
		);
		expect(bare?.ablation?.logits).toEqual([]);
		expect(bare?.metric).toEqual(whole?.metric);
		const list = (found: typeof whole) =>
			new Map(
				found?.ablation?.effects.map(({ source, target, position, effect }) => [
					`${source} ${target} ${position}`,
					effect,
				]),
			);
		// One that rounding alone makes is in one list and may lack in the other.
		const [expected, found] = [list(whole), list(bare)];
		const keys = new Set([...expected.keys(), ...found.keys()]);
		const apart = [...keys].map((key) => Math.abs((expected.get(key) ?? 0) - (found.get(key) ?? 0)));
		expect(Math.max(...apart)).toBeLessThan(5e-5);
		expect(expected.size).toBeGreaterThan(0);
	});

	test("pins, a threshold and a resumed run", async () => {
		const pin = activeAnywhere(sites[1] as Site)[0] as number;
		const id = `${sites[1]?.dictionary.site}.${pin}`;
		const asked = ablationRequest(request, { ...choice, allPositions, pins: [id] });
		const memory = context();
		const whole = await traceAblation(asked, memory);
		expect(new Set(whole.ablation?.effects.map(({ source }) => source))).toEqual(new Set([id]));
		const again = await traceAblation(asked, memory);
		expect(again.reused).toBe(again.pieces);
		expect(again.ablation).toEqual(whole.ablation);
		const sizes = whole.ablation?.effects.map(({ effect }) => Math.abs(effect)) ?? [];
		const exponent = Math.log2([...sizes].sort((a, b) => a - b)[Math.floor(sizes.length / 2)] as number);
		const some = await traceAblation(
			ablationRequest(request, { ...choice, allPositions, pins: [id], thresholdExp: exponent }),
			memory,
		);
		expect(some.ablation?.effects.length).toBe(sizes.filter((size) => size > 2 ** exponent).length);
		await expect(
			traceAblation(ablationRequest(request, { ...choice, allPositions, pins: [id], thresholdExp: 30 }), memory),
		).rejects.toThrow(/the largest is/);
	});
});

test.each([true, false])(
	"skipping the positions before a feature is active changes nothing, all positions %s",
	async (allPositions) => {
		const { request, oracle } = writeScenario(join(root, `skipping-${allPositions}`), {
			seed: 17,
			model: { layers: 4 },
			dictionaries: ["0.hook_attn_out", "2.hook_attn_out"].map((hook) => ({
				hook: `blocks.${hook}`,
				kind: "topk" as const,
				k: 3,
			})),
			prompt: "abcdefgahcb",
		});
		const model = loadLanguageModel(request.modelDir);
		const [here, next] = request.dictionaryDirs.map((dir) => loadDictionary(dir)) as [Dictionary, Dictionary];
		const clean = await runPrompt(model, oracle.tokens, [here], {}, true);
		const length = oracle.tokens.length;
		const parts = [5, 0, 3, 9, 5].map((begin, i) => ({
			factors: Float32Array.from({ length }, (_, t) => (t >= begin && (t - begin) % (i + 1) === 0 ? 1 + i / 3 : 0)),
			row: Float32Array.from({ length: here.dIn }, (_, at) => Math.sin(at + 3 * i)),
		}));
		const run = async (skipFrom: number) => {
			const found = new Map<string, number>();
			const batches = ablateSite(parts, {
				model,
				ids: oracle.tokens,
				clean,
				site: here.site,
				dIn: here.dIn,
				next: { site: next.site, dIn: next.dIn },
				allPositions,
				withLogits: true,
				skipFrom,
				pause: async () => {},
			});
			for await (const batch of batches) {
				const width = (batch.logitEffects?.length ?? 0) / (batch.parts.length + 1);
				for (const [row, part] of [undefined, ...batch.parts].entries()) {
					for (let i = 0; i < width; i += 7)
						found.set(`${part} logit ${i}`, batch.logitEffects?.[row * width + i] ?? Number.NaN);
					for (let t = 0; t < batch.positions; t++)
						found.set(
							`${part} next ${batch.firstPosition + t}`,
							batch.next?.[(row * batch.positions + t) * next.dIn + 4] ?? Number.NaN,
						);
				}
			}
			return found;
		};
		const [all, skipping] = [await run(Number.POSITIVE_INFINITY), await run(-1)];
		expect(skipping.size).toBeGreaterThan(100);
		for (const [key, value] of skipping) expect(value, key).toBeCloseTo(all.get(key) ?? Number.NaN, 4);
	},
);

test("effects of several prompts are means over those on which the feature is active", async () => {
	const { request, oracle } = writeScenario(join(root, "several"), {
		seed: 9,
		dictionaries: [0, 1].map((layer) => ({ hook: `blocks.${layer}.hook_resid_post` })),
		prompt: "abcde",
	});
	const more = ["fgabcd", "bb"];
	const one = async (prompt: string) =>
		(await traceAblation(ablationRequest({ ...request, prompt }, choice), context())).ablation;
	const alone = [await one(request.prompt), ...(await Promise.all(more.map(one)))];
	const together = (await traceAblation(ablationRequest(request, { ...choice, morePrompts: more }), context()))
		.ablation;
	expect(together?.effects.length).toBeGreaterThan(10);
	for (const { source, target, effect, count, position } of together?.effects ?? []) {
		expect(position).toBeNull();
		const present = alone.filter((found) => found?.logits.some((one) => one.source === source));
		expect(count).toBe(present.length);
		const sum = present.reduce(
			(total, found) =>
				total + (found?.effects.find((one) => one.source === source && one.target === target)?.effect ?? 0),
			0,
		);
		expect(effect).toBeCloseTo(sum / count, 5);
	}
	await expect(
		traceAblation(ablationRequest(request, { ...choice, allPositions: true, morePrompts: more }), context()),
	).rejects.toThrow(/prompts of one length/);
	expect(oracle.tokens.length).toBe(5);
});

test("behind a layer without a dictionary another chain begins", async () => {
	const { request } = writeScenario(join(root, "gap"), {
		seed: 10,
		model: { layers: 5 },
		dictionaries: [0, 1, 3, 4].map((layer) => ({ hook: `blocks.${layer}.hook_mlp_out` })),
	});
	const trace = async (ablation: Partial<AblationRequest>) => {
		const found = (await traceAblation(ablationRequest(request, ablation), context())).ablation;
		return new Set(found?.effects.map(({ source, target }) => `${source} ${target}`.replaceAll(/\.\d+/g, "")));
	};
	expect(await trace(choice)).toEqual(new Set(["mlp_0 mlp_1", "mlp_3 mlp_4"]));
	const { effects = [] } = (await traceAblation(ablationRequest(request, choice), context())).ablation ?? {};
	const pin = effects.find(({ source }) => source.startsWith("mlp_3"))?.source as string;
	expect(await trace({ ...choice, pins: [pin] })).toEqual(new Set(["mlp_3 mlp_4"]));
});

test("thinning draws a share of the first layer's features, the same for the same seed", async () => {
	const { request } = writeScenario(join(root, "thinned"), {
		seed: 11,
		dictionaries: [0, 1].map((layer) => ({ hook: `blocks.${layer}.hook_resid_post` })),
	});
	const draw = async (seed: number, thinning: number) => {
		const { ablation } = await traceAblation(ablationRequest(request, { ...choice, seed, thinning }), context());
		return ablation?.logits.filter(({ source }) => source.startsWith("resid_0")).map(({ source }) => source) ?? [];
	};
	const [all, some, same, other] = [await draw(1, 1), await draw(1, 0.3), await draw(1, 0.3), await draw(2, 0.3)];
	expect(some.length).toBe(Math.round(0.3 * all.length));
	expect(some).toEqual(same);
	expect(some).not.toEqual(other);
});

test("wrong pins are refused by name", async () => {
	const { request } = writeScenario(join(root, "wrong"), {
		seed: 12,
		dictionaries: [{ hook: "blocks.0.hook_resid_post" }],
	});
	const ask = (...pins: string[]) => traceAblation(ablationRequest(request, { ...choice, pins }), context());
	await expect(ask("resid_1.3")).rejects.toThrow(/no dictionary sits at resid_1/);
	await expect(ask("resid_0.36")).rejects.toThrow(/features 0 to 35/);
	await expect(ask("token.4@1")).rejects.toThrow(/is no feature/);
});

const jacobians: readonly (readonly [string, Partial<Scenario["dictionaries"][number]>, string])[] = [
	["relu", {}, "hook_resid_post"],
	["topk on layer norm", { kind: "topk", normalize: "layer_norm", k: 8 }, "hook_resid_post"],
	["gated, rescaled norm, before the blocks", { kind: "gated", normalize: "constant_norm_rescale" }, "hook_resid_pre"],
];

test.each(jacobians)("Jacobians equal float64 derivatives: %s", async (name, options, hook) => {
	const { request, oracle } = writeScenario(join(root, `jacobian-${name.replace(/\W+/g, "-")}`), {
		seed: 60 + name.length,
		dictionaries: [0, 1].map((layer) => ({ hook: `blocks.${layer}.${hook}`, ...options })),
		prompt: "abcdef",
	});
	const ids = oracle.tokens;
	const [up, down] = readSites(oracle.model, oracle.dictionaries, ids) as [Site, Site];
	// x moves with a_u while its error and its normalisation stay: the stream is a leaf behind the upper site.
	const stream = leaf(up.x.value);
	const run = runGpt2(oracle.model, ids, (site) => (site === up.dictionary.site ? stream : undefined));
	const activations = encode(down.dictionary, run.sites.get(down.dictionary.site)?.computed as Variable);
	const factors = unnormalisingFactors(up.dictionary, up.x.value);
	const rows = decoderRows(up.dictionary);
	const expected = new Map<string, number>();
	for (let t = 0; t < ids.length; t++)
		for (let d = 0; d < down.active.cols; d++) {
			if (at(down.active, t, d) === 0) continue;
			const seed = fill(down.active.rows, down.active.cols, (r, c) => (r === t && c === d ? 1 : 0));
			const [gradient] = findGradients(activations, seed, [stream]) as [Matrix];
			for (let u = 0; u < up.active.cols; u++) {
				if (at(up.active, t, u) === 0) continue;
				const slope = rowOf(gradient, t).reduce((sum, g, i) => sum + g * at(rows, u, i), 0) * at(factors, t, 0);
				expected.set(`${up.dictionary.site}.${u} ${down.dictionary.site}.${d} ${t}`, slope);
			}
		}
	const { jacobian = [], edges } = await traceJacobian(jacobianRequest(request), context());
	const largest = Math.max(...[...expected.values()].map(Math.abs));
	expect(jacobian.length).toBe(expected.size);
	for (const entry of jacobian) {
		const { source, target, position } = entry;
		const value = expected.get(`${source} ${target} ${position}`) ?? Number.NaN;
		expect(Math.abs(entry.jacobian - value)).toBeLessThan(1e-5 * largest);
		const u = Number(source.split(".")[1]);
		expect(entry.effect).toBeCloseTo(value * at(up.active, position, u), 4);
	}
	// Negative derivatives are derivatives.
	expect(jacobian.some((entry) => entry.jacobian < 0)).toBe(true);
	expect(edges.length).toBeGreaterThan(5);
	const last = await traceJacobian(jacobianRequest(request, { lastPositionOnly: true }), context());
	expect(last.jacobian).toEqual(jacobian.filter(({ position }) => position === ids.length - 1));
});
