import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { strongestNodes, tracedPrompts, type ValidationRequest } from "#shared/validation";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { type TraceContext, traceGradient } from "../../main/circuits/gradient.ts";
import { validateCircuit } from "../../main/circuits/validation.ts";
import { decode, encode } from "./dictionary.ts";
import { runWithEdges } from "./edge-cut.ts";
import { runGpt2 } from "./gpt2.ts";
import { measure, numberOf, type OracleMetric } from "./metric.ts";
import { tokenize } from "./random-model.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { add, at, fill, leaf, type Matrix, subtract, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-prompt-validation-"));
afterAll(() => rmSync(root, { recursive: true }));

const context = (): TraceContext => ({
	encoders: new EncoderCache(1e9),
	signal: new AbortController().signal,
	progress: () => {},
	memory: { recall: async () => undefined, keep: async () => {} },
});
const ask = (request: ValidationRequest) => validateCircuit(request, context());

const hooks = [0, 1].flatMap((layer) =>
	["attn_out", "mlp_out", "resid_post"].map((one) => `blocks.${layer}.hook_${one}`),
);
const scenarios: readonly (readonly [string, Scenario["dictionaries"]])[] = [
	["relu", hooks.map((hook) => ({ hook }))],
	[
		"topk and gated on layer norm",
		hooks.map((hook, i) => ({ hook, kind: i % 2 ? "gated" : "topk", normalize: "layer_norm" as const })),
	],
];

/** Clean prompt, patch, right token, wrong token. */
const pairs = [
	["abcdef", "abcdeg", "h", "i"],
	["abcdeg", "abcdef", "i", "h"],
	["bacfed", "bacfea", "a", "z"],
] as const;
const byte = (letter: string) => letter.charCodeAt(0);

describe.each(scenarios)("validation on prompts equals float64: %s", (name, dictionaries) => {
	const { request: trace, oracle } = writeScenario(join(root, name.replace(/\W+/g, "-")), {
		seed: 40 + name.length,
		dictionaries,
	});
	const { model } = oracle;
	const encodeText = (text: string) => {
		const run = runGpt2(model, tokenize(text));
		return new Map(
			oracle.dictionaries.map((one) => [one.site, encode(one, run.sites.get(one.site)?.computed as Variable).value]),
		);
	};
	const pins = oracle.dictionaries.slice(0, 5).flatMap(({ site }) =>
		[...Array(36).keys()]
			.filter((f) =>
				pairs.some(([clean]) => (encodeText(clean).get(site) as Matrix).data.some((a, i) => a > 0 && i % 36 === f)),
			)
			.slice(0, 6)
			.map((f) => `${site}.${f}`),
	);
	const inCircuit = (site: string, f: number) => pins.includes(`${site}.${f}`);
	const base: ValidationRequest = {
		modelDir: trace.modelDir,
		dictionaryDirs: trace.dictionaryDirs,
		provider: "cpu",
		pins,
		sequences: 10,
		maxLength: 9,
		baseline: "zero",
		errors: "keep",
		tokens: 3,
		leaveOneOut: false,
		curve: 0,
		controls: 0,
		seed: 1,
	};
	/** The metric with every dictionary spliced in; `keep` undefined leaves the model as it is. */
	const measured = (
		text: string,
		metric: OracleMetric,
		errors: "keep" | "remove",
		keep?: (site: string, f: number) => boolean,
		baseline: (site: string, t: number, f: number) => number = () => 0,
	) => {
		const tokens = tokenize(text);
		const ids = metric.name === "cross_entropy" ? tokens.slice(0, -1) : tokens;
		const { logits } = runGpt2(model, ids, (site, x) => {
			const one = oracle.dictionaries.find((dictionary) => dictionary.site === site);
			if (!one || !keep) return undefined;
			const a = encode(one, x).value;
			const changed = leaf(fill(a.rows, a.cols, (t, f) => (keep(site, f) ? at(a, t, f) : baseline(site, t, f))));
			const decoded = decode(one, changed, x);
			return errors === "remove" ? decoded : add(decoded, subtract(x, decode(one, leaf(a), x)));
		});
		return numberOf(measure(metric, tokens, logits));
	};
	const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

	test.each(["keep", "remove"] as const)("pairs with answers, against their patches, errors %s", async (errors) => {
		const file = join(root, "pairs.jsonl");
		writeFileSync(
			file,
			pairs
				.map(([clean_prefix, patch_prefix, clean_answer, patch_answer]) =>
					JSON.stringify({ clean_prefix, patch_prefix, clean_answer, patch_answer, case: "one" }),
				)
				.join("\n"),
		);
		const report = await ask({ ...base, baseline: "patch", errors, prompts: { metric: "cross_entropy", file } });
		const each = (keep?: (site: string, f: number) => boolean) =>
			pairs.map(([clean, patch, right, wrong]) => {
				const patched = encodeText(patch);
				const metric = { name: "logit_difference", token: byte(right), against: byte(wrong) } as const;
				return measured(clean, metric, errors, keep, (site, t, f) => at(patched.get(site) as Matrix, t, f));
			});
		const [full, empty, circuit, complement] = [
			each(),
			each(() => false),
			each(inCircuit),
			each((site, f) => !inCircuit(site, f)),
		].map(mean) as [number, number, number, number];
		expect(report).toMatchObject({ metric: "each prompt’s own", sequences: 3, predictions: 3, tokens: 18 });
		expect(report.baseLoss).toBeCloseTo(full, 4);
		expect(report.emptyLoss).toBeCloseTo(empty, 4);
		expect(report.circuitLoss).toBeCloseTo(circuit, 4);
		expect(report.complementLoss).toBeCloseTo(complement, 4);
		expect(report.effect?.value).toBeCloseTo(full - empty, 4);
	});

	test.each([
		["cross_entropy", { name: "cross_entropy" }],
		["logit(104)", { name: "logit", token: 104 }],
		["logprob(104)", { name: "logprob", token: 104 }],
		["logit_difference(h,i)", { name: "logit_difference", token: 104, against: 105 }],
	] as const)("one prompt by %s: everything kept is the model, nothing kept is nothing", async (text, metric) => {
		const [[prompt]] = pairs;
		const asked = { ...base, prompts: { metric: text, cases: [{ prompt }] } };
		const report = await ask(asked);
		const full = measured(prompt, metric, "keep");
		const empty = measured(prompt, metric, "keep", () => false);
		const circuit = measured(prompt, metric, "keep", inCircuit);
		const complement = measured(prompt, metric, "keep", (site, f) => !inCircuit(site, f));
		expect(report.metric).toBe(text);
		expect(report.baseLoss).toBeCloseTo(full, 4);
		expect(report.ablatedLoss).toBeCloseTo(complement, 4);
		expect(report.emptyLoss).toBeCloseTo(empty, 4);
		expect(report.faithfulness?.value).toBeCloseTo((circuit - empty) / (full - empty), 3);
		expect(report.completeness?.value).toBeCloseTo((complement - empty) / (full - empty), 3);
		const everything = oracle.dictionaries.flatMap(({ site }) => [...Array(36).keys()].map((f) => `${site}.${f}`));
		const whole = await ask({ ...asked, pins: everything, leaveOneOut: false });
		expect(whole.faithfulness?.value).toBeCloseTo(1, 5);
		expect(whole.completeness?.value).toBeCloseTo(0, 5);
	});

	test("the strongest edges alone, at MIB's shares; with every edge it is the circuit, with all features the model", async () => {
		const [[prompt]] = pairs;
		const metric = { name: "logit_difference", token: 104, against: 105 } as const;
		const ranked = pins
			.flatMap((source, i) => [
				...pins.slice(i + 1).map((target) => [source, target] as const),
				[source, "logits"] as const,
			])
			.map((edge, i) => ({ edge, order: (i * 7919) % 499 }))
			.sort((a, b) => a.order - b.order)
			.map(({ edge }) => edge);
		const asked = { ...base, prompts: { metric: "logit_difference(h,i)", cases: [{ prompt }] } };
		const { edgeCurve: curve, circuitLoss } = await ask({ ...asked, edgeCurve: ranked });
		const ids = tokenize(prompt);
		const cut = (count: number) => {
			const kept = new Set(ranked.slice(0, count).map((edge) => edge.join(" ")));
			const leads = (pin: string): boolean =>
				kept.has(`${pin} logits`) || pins.some((next) => kept.has(`${pin} ${next}`) && leads(next));
			const alive = pins.filter(leads);
			const logits = runWithEdges({
				...{ model, dictionaries: oracle.dictionaries, ids, pins: alive, errors: "keep", baseline: () => 0 },
				joined: (source, target) => kept.has(`${source} ${target}`),
			});
			return numberOf(measure(metric, ids, leaf(logits)));
		};
		const full = measured(prompt, metric, "keep");
		const empty = measured(prompt, metric, "keep", () => false);
		expect(curve?.edges).toBe(ranked.length);
		expect(curve?.points.map(({ share }) => share)).toEqual([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
		for (const { share, edges, measured: value, faithfulness } of curve?.points ?? []) {
			expect(edges).toBe(Math.floor(share * ranked.length + 1e-9));
			const expected = cut(edges);
			expect(value).toBeCloseTo(expected, 4);
			expect(faithfulness?.value).toBeCloseTo((expected - empty) / (full - empty), 2);
		}
		expect(curve?.points.at(-1)?.measured).toBeCloseTo(circuitLoss, 4);
		expect(curve?.points[0]).toMatchObject({ edges: 0, faithfulness: { value: expect.closeTo(0, 4) } });
		const everything = oracle.dictionaries.flatMap(({ site }) => [...Array(36).keys()].map((f) => `${site}.${f}`));
		const every = everything.flatMap((source) => [
			...everything.map((target) => [source, target] as const),
			[source, "logits"] as const,
		]);
		const whole = await ask({ ...asked, pins: everything, edgeCurve: every });
		expect(whole.edgeCurve?.points.at(-1)?.faithfulness?.value).toBeCloseTo(1, 4);
	});

	test("subsets of what is outside: each is one of all there are, and the worst that is found is the worst there is", async () => {
		const [[prompt]] = pairs;
		const metric = { name: "logit_difference", token: 104, against: 105 } as const;
		const everything = oracle.dictionaries.flatMap(({ site }) => [...Array(36).keys()].map((f) => `${site}.${f}`));
		const active = oracle.dictionaries.flatMap(({ site }) => {
			const a = encodeText(prompt).get(site) as Matrix;
			return [...Array(36).keys()].filter((f) => at(a, a.rows - 1, f) > 0).map((f) => `${site}.${f}`);
		});
		const outside = active.filter((_, i) => i % Math.ceil(active.length / 6) === 0).slice(0, 6);
		const report = await ask({
			...base,
			pins: everything.filter((pin) => !outside.includes(pin)),
			prompts: { metric: "logit_difference(h,i)", cases: [{ prompt }] },
			subsets: 5,
		});
		const full = measured(prompt, metric, "keep");
		const empty = measured(prompt, metric, "keep", () => false);
		const all = Array.from({ length: 2 ** outside.length }, (_, bits) => {
			const left = new Set(outside.filter((_, i) => (bits >> i) & 1));
			return (measured(prompt, metric, "keep", (site, f) => !left.has(`${site}.${f}`)) - empty) / (full - empty);
		}).sort((a, b) => a - b);
		const { subsets } = report;
		expect(subsets).toMatchObject({ features: outside.length, draws: 5 });
		expect(subsets?.shares).toHaveLength(5);
		for (const share of subsets?.shares ?? [])
			expect(Math.min(...all.map((one) => Math.abs(one - share)))).toBeLessThan(1e-3);
		expect(subsets?.mean?.value).toBeCloseTo((subsets?.shares ?? []).reduce((a, b) => a + b, 0) / 5, 8);
		expect(subsets?.lowest.value).toBeCloseTo(all[0] as number, 3);
		expect(subsets?.highest.value).toBeCloseTo(all.at(-1) as number, 3);
		expect(subsets?.lowest.value).toBeLessThan(subsets?.highest.value ?? 0);
	});

	test.each([undefined, "abcdeg"])("nodes patched one at a time, by %s", async (patch) => {
		const [[prompt]] = pairs;
		const metric = { name: "logit_difference", token: 104, against: 105 } as const;
		const asked = {
			...trace,
			prompt,
			metric: "logit_difference(h,i)",
			...(patch !== undefined && { patchPrompt: patch }),
		};
		const { nodes } = await traceGradient(asked, context());
		const patching = strongestNodes(asked, nodes, 12);
		const report = await ask({ ...base, prompts: tracedPrompts(asked), ...(patching && { patching }) });
		const [clean, other] = [encodeText(prompt), patch === undefined ? undefined : encodeText(patch)];
		const full = measured(prompt, metric, "keep");
		expect(report.patching?.nodes).toHaveLength(12);
		for (const { id, exact, predicted } of report.patching?.nodes ?? []) {
			const [, site, feature, position] = /^(.*)\.(\d+)@(\d+)$/.exec(id) as unknown as [string, string, number, number];
			const logits = runGpt2(model, tokenize(prompt), (at_, x) => {
				const one = oracle.dictionaries.find((dictionary) => dictionary.site === at_);
				if (!one || at_ !== site) return undefined;
				const a = clean.get(site) as Matrix;
				const b = other?.get(site);
				const changed = fill(a.rows, a.cols, (t, f) =>
					t === Number(position) && f === Number(feature) ? (b ? at(b, t, f) : 0) : at(a, t, f),
				);
				return add(x, subtract(decode(one, leaf(changed), x), decode(one, leaf(a), x)));
			}).logits;
			expect(exact).toBeCloseTo(numberOf(measure(metric, tokenize(prompt), logits)) - full, 4);
			const attribution = nodes.find((node) => node.id === id)?.attribution ?? Number.NaN;
			expect(predicted).toBe(patch === undefined ? -attribution : attribution);
		}
		const { spearman, kendall, pearson } = report.patching ?? {};
		for (const figure of [spearman, kendall, pearson]) {
			expect(figure?.value).toBeGreaterThan(0.3);
			expect(figure?.interval[0]).toBeLessThanOrEqual(figure?.value ?? Number.NaN);
		}
	});
});
