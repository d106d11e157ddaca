import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { asTold, effectMayBeZero } from "#shared/ratio";
import type { Progress } from "#shared/trace";
import type { Baseline, ValidationReport, ValidationRequest } from "#shared/validation";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { validateCircuit } from "../../main/circuits/validation.ts";
import { limitMemory } from "../../main/onnx/memory.ts";
import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { runWithEdges } from "./edge-cut.ts";
import { runGpt2 } from "./gpt2.ts";
import { tokenize } from "./random-model.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { add, at, fill, leaf, type Matrix, rowOf, subtract, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-validation-"));
afterAll(() => rmSync(root, { recursive: true }));

// Alike, so that what all features do together mostly has one sign: shares are not measured against what may be zero.
const documents = ["abcdefab", "abcdefaabbc", "abcdee"];
const corpus = join(root, "corpus.txt");
writeFileSync(corpus, documents.join("\n\n"));

function ask(request: ValidationRequest, pieces = new Map(), progress: (progress: Progress) => void = () => {}) {
	return validateCircuit(request, {
		encoders: new EncoderCache(1e9),
		signal: new AbortController().signal,
		progress,
		memory: { recall: async (key) => pieces.get(key), keep: async (key, piece) => void pieces.set(key, piece) },
	});
}

const scenarios: readonly (readonly [string, Scenario["dictionaries"]])[] = [
	["relu everywhere", all({})],
	["topk on layer norm", all({ kind: "topk", normalize: "layer_norm" })],
	[
		"every kind",
		all({}).map((one, i) => ({
			...one,
			kind: (["gated", "jumprelu", "topk", "standard", "batchtopk", "gated"] as const)[i] ?? "standard",
			normalize: (["none", "constant_norm_rescale", "none"] as const)[i % 3] ?? "none",
			...(i === 2 && { rescaleByDecoderNorm: true, spelling: "v6" as const }),
		})),
	],
	[
		"tokens, normalised streams, a head, neurons",
		[
			{ hook: "hook_embed" },
			{ hook: "blocks.0.ln1.hook_normalized", kind: "topk" },
			{ hook: "blocks.0.attn.hook_z", head: 1, folds: "value biases" },
			{ hook: "blocks.0.mlp.hook_post", normalize: "layer_norm" },
			{ hook: "blocks.1.ln2.hook_normalized", kind: "gated" },
			{ hook: "ln_final.hook_normalized" },
		],
	],
	[
		"what the MLP reads, norms of folded models",
		[
			{ hook: "blocks.0.ln1.hook_normalized", foldsNorm: true },
			{ hook: "blocks.0.hook_mlp_in", kind: "topk" },
			{ hook: "blocks.1.hook_mlp_in", centre: true },
			{ hook: "blocks.1.ln2.hook_normalized", foldsNorm: true, kind: "gated" },
			{ hook: "ln_final.hook_normalized", foldsNorm: true, normalize: "layer_norm" },
		],
	],
];

function all(options: Partial<Scenario["dictionaries"][number]>): Scenario["dictionaries"] {
	return [0, 1].flatMap((layer) =>
		["attn_out", "mlp_out", "resid_post"].map((site) => ({ hook: `blocks.${layer}.hook_${site}`, ...options })),
	);
}

const lossOf = (logits: Matrix, ids: readonly number[]) =>
	ids.slice(1).reduce((sum, target, t) => sum + logSum(rowOf(logits, t)) - at(logits, t, target), 0);
/** Of three sequences 95% of resamples reach each one drawn three times: what all do together may be zero where signs differ. */
const isClear = (full: readonly number[], empty: readonly number[]) =>
	new Set(full.map((loss, i) => Math.sign(loss - (empty[i] as number)))).size === 1;
const logSum = (row: Float64Array) => Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));

/** The model with every dictionary spliced in, one sequence at a time. */
function runSpliced(
	model: Parameters<typeof runGpt2>[0],
	dictionaries: readonly OracleDictionary[],
	ids: readonly number[],
	keep: (site: string, feature: number) => boolean,
	baseline: (site: string, t: number, feature: number) => number,
	errors: "keep" | "remove",
): number {
	const { logits } = runGpt2(model, ids, (site, x) => {
		const dictionary = dictionaries.find((one) => one.site === site);
		if (!dictionary) return undefined;
		const a = encode(dictionary, x).value;
		const changed = leaf(fill(a.rows, a.cols, (t, f) => (keep(site, f) ? at(a, t, f) : baseline(site, t, f))));
		const decoded = decode(dictionary, changed, x);
		return errors === "remove" ? decoded : add(decoded, subtract(x, decode(dictionary, leaf(a), x)));
	});
	return lossOf(logits.value, ids);
}

describe.each(scenarios)("validation equals float64: %s", (name, dictionaries) => {
	const { request: trace, oracle } = writeScenario(join(root, name.replace(/\W+/g, "-")), {
		seed: 70 + name.length,
		dictionaries,
	});
	const { model } = oracle;
	const sequences = documents.map((text) => tokenize(text).slice(0, 9));
	const encoded = sequences.map(
		(ids) =>
			new Map(
				oracle.dictionaries.map((dictionary) => [
					dictionary.site,
					encode(dictionary, runGpt2(model, ids).sites.get(dictionary.site)?.computed as Variable).value,
				]),
			),
	);
	/** The three features of each of four sites that are most active. */
	const pins = oracle.dictionaries.slice(1, 5).flatMap(({ site }) => {
		const total = (f: number) =>
			encoded.reduce((sum, sites) => {
				const a = sites.get(site) as Matrix;
				return sum + Array.from({ length: a.rows }, (_, t) => at(a, t, f)).reduce((x, y) => x + y, 0);
			}, 0);
		const order = Array.from({ length: 36 }, (_, f) => f).sort((a, b) => total(b) - total(a));
		return order.slice(0, 3).map((f) => `${site}.${f}`);
	});
	const request: ValidationRequest = {
		modelDir: trace.modelDir,
		dictionaryDirs: trace.dictionaryDirs,
		provider: "cpu",
		pins,
		corpus,
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
	const inCircuit = (site: string, f: number) => pins.includes(`${site}.${f}`);
	const predictions = sequences.reduce((sum, ids) => sum + ids.length - 1, 0);
	const positions = sequences.reduce((sum, ids) => sum + ids.length, 0);

	test("knock-out: losses, KL and changes of probability", async () => {
		const report = await ask(request);
		let [base, ablated, kl] = [0, 0, 0];
		const changes = new Map<number, number>();
		for (const ids of sequences) {
			const plain = runGpt2(model, ids).logits.value;
			const without = runGpt2(model, ids, (site, x) => {
				const dictionary = oracle.dictionaries.find((one) => one.site === site);
				if (!dictionary || !pins.some((pin) => pin.startsWith(`${site}.`))) return undefined;
				const a = encode(dictionary, x).value;
				const rest = fill(a.rows, a.cols, (t, f) => (inCircuit(site, f) ? 0 : at(a, t, f)));
				return add(x, subtract(decode(dictionary, leaf(rest), x), decode(dictionary, leaf(a), x)));
			}).logits.value;
			base += lossOf(plain, ids);
			ablated += lossOf(without, ids);
			for (let t = 0; t < ids.length; t++) {
				const [p, q] = [plain, without].map((m) => {
					const row = rowOf(m, t);
					const total = logSum(row);
					return row.map((value) => Math.exp(value - total));
				}) as [Float64Array, Float64Array];
				for (const [v, before] of p.entries()) {
					kl += before * Math.log(before / (q[v] as number));
					changes.set(v, (changes.get(v) ?? 0) + ((q[v] as number) - before) / positions);
				}
			}
		}
		expect(report.baseLoss).toBeCloseTo(base / predictions, 5);
		expect(report.ablatedLoss).toBeCloseTo(ablated / predictions, 5);
		expect(Math.abs(report.kl / (kl / positions) - 1)).toBeLessThan(1e-4);
		expect(report).toMatchObject({ sequences: 3, tokens: positions, predictions });
		expect(report.notes).toEqual(["1 document longer than a sequence was cut to its length."]);
		const sorted = [...changes.values()].sort((a, b) => b - a);
		for (const [i, { effect }] of report.increases.entries()) expect(effect).toBeCloseTo(sorted[i] ?? Number.NaN, 6);
		for (const [i, { effect }] of report.decreases.entries())
			expect(effect).toBeCloseTo(sorted.at(-1 - i) ?? Number.NaN, 6);
		expect(report.increases.length).toBe(3);
	});

	test.each([
		["zero", "keep"],
		["zero", "remove"],
		["mean", "keep"],
		["mean", "remove"],
		["resample", "keep"],
		["resample", "remove"],
	] as const)("faithfulness and completeness against %s, errors %s", async (baseline: Baseline, errors) => {
		const value = (i: number) => (site: string, t: number, f: number) => {
			if (baseline === "zero") return 0;
			if (baseline === "resample") {
				const other = encoded[(i + 1) % encoded.length]?.get(site) as Matrix;
				return at(other, t % other.rows, f);
			}
			let sum = 0;
			for (const sites of encoded) {
				const a = sites.get(site) as Matrix;
				for (let row = 0; row < a.rows; row++) sum += at(a, row, f);
			}
			return sum / positions;
		};
		const each = (keep: (site: string, f: number) => boolean) =>
			sequences.map((ids, i) => runSpliced(model, oracle.dictionaries, ids, keep, value(i), errors));
		const total = (keep: (site: string, f: number) => boolean) => each(keep).reduce((a, b) => a + b, 0) / predictions;
		const [empty, circuit, complement] = [
			total(() => false),
			total(inCircuit),
			total((site, f) => !inCircuit(site, f)),
		];
		const losses = sequences.map((ids) => lossOf(runGpt2(model, ids).logits.value, ids));
		const full = losses.reduce((a, b) => a + b, 0) / predictions;
		const report = await ask({ ...request, baseline, errors });
		expect(report.emptyLoss).toBeCloseTo(empty, 4);
		expect(report.circuitLoss).toBeCloseTo(circuit, 4);
		expect(report.complementLoss).toBeCloseTo(complement, 4);
		const near = (figure: ValidationReport["faithfulness"], expected: number) => {
			expect(Math.abs((figure?.value ?? Number.NaN) - expected)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)));
			expect(figure?.interval[0]).toBeLessThanOrEqual(figure?.value ?? Number.NaN);
			expect(figure?.interval[1]).toBeGreaterThanOrEqual(figure?.value ?? Number.NaN);
		};
		expect(report.effect?.value).toBeCloseTo(full - empty, 4);
		const clear = isClear(
			losses,
			each(() => false),
		);
		expect(effectMayBeZero(report)).toBe(!clear);
		expect(asTold(report).faithfulness).toEqual(clear ? report.faithfulness : null);
		expect(asTold(report).completeness).toEqual(clear ? report.completeness : null);
		near(report.faithfulness, (circuit - empty) / (full - empty));
		near(report.completeness, (complement - empty) / (full - empty));
	});

	test.each([
		["zero", "keep"],
		["mean", "remove"],
	] as const)("the circuit's own edges alone, against %s, errors %s", async (baseline, errors) => {
		const chosen = pins.flatMap((source, i) =>
			pins.flatMap((target, j) => ((7 * i + 3 * j) % 5 < 2 ? [[`${source}@1`, `${target}@2`] as const] : [])),
		);
		const intoLogits = pins.filter((_, i) => i % 2 === 0).map((source) => [source, "logit.5@8"] as const);
		const edges = [...chosen, ...intoLogits];
		const joined = (source: string, target: string) =>
			edges.some(
				([from, to]) =>
					from.split("@")[0] === source && (target === "logits" ? to.startsWith("logit") : to.split("@")[0] === target),
			);
		const means = (site: string, f: number) =>
			baseline === "zero"
				? 0
				: encoded.reduce((sum, sites) => {
						const a = sites.get(site) as Matrix;
						return sum + Array.from({ length: a.rows }, (_, t) => at(a, t, f)).reduce((x, y) => x + y, 0);
					}, 0) / positions;
		const loss = (ids: readonly number[]) =>
			lossOf(
				runWithEdges({
					...{ model, dictionaries: oracle.dictionaries, ids, pins, joined, errors },
					baseline: (site, _, f) => means(site, f),
				}),
				ids,
			);
		const report = await ask({ ...request, baseline, errors, edges });
		const expected = sequences.reduce((sum, ids) => sum + loss(ids), 0) / predictions;
		expect(report.edges?.loss).toBeCloseTo(expected, 4);
		if (report.faithfulness)
			expect(report.edges?.value).toBeCloseTo((expected - report.emptyLoss) / (report.baseLoss - report.emptyLoss), 2);
		else expect(report.edges).not.toHaveProperty("value");
		// Without errors nothing of the circuit passes the last dictionary, which holds none of its features.
		if (errors === "keep") expect(report.edges?.loss).not.toBeCloseTo(report.circuitLoss, 4);
		// With every edge there is, nothing is cut.
		const every = pins.flatMap((source) => [
			[source, "logit.1"] as const,
			...pins.map((target) => [source, target] as const),
		]);
		const whole = await ask({ ...request, baseline, errors, edges: every });
		expect(whole.edges?.cut).toBe(0);
		expect(whole.edges?.loss).toBeCloseTo(whole.circuitLoss, 4);
	});

	test.each(["zero", "resample"] as const)(
		"the same layer by layer where memory is short, against %s",
		async (baseline) => {
			const asked = { ...request, baseline, leaveOneOut: true, controls: 2 };
			const whole = await ask(asked);
			limitMemory(1);
			const parts = await ask(asked).finally(() => limitMemory(undefined));
			for (const key of ["emptyLoss", "circuitLoss", "complementLoss"] as const)
				expect(parts[key]).toBeCloseTo(whole[key], 5);
			expect(parts.effect?.value).toBeCloseTo(whole.effect?.value ?? Number.NaN, 5);
			for (const [i, { faithfulness }] of (whole.leaveOneOut ?? []).entries())
				expect(parts.leaveOneOut?.[i]?.faithfulness).toBeCloseTo(faithfulness, 3);
		},
	);

	test("leave-one-out, the curve and random circuits; what was measured is reused", async () => {
		const pieces = new Map();
		const asked = { ...request, leaveOneOut: true, curve: 4, controls: 2 };
		const seen: ValidationReport[] = [];
		const report = await ask(
			asked,
			pieces,
			({ report: sofar }) => void (sofar && seen.push(sofar as ValidationReport)),
		);
		const zero = () => 0;
		const total = (keep: (site: string, f: number) => boolean) =>
			sequences.reduce((sum, ids) => sum + runSpliced(model, oracle.dictionaries, ids, keep, zero, "keep"), 0);
		const empty = total(() => false);
		const full = sequences.reduce((sum, ids) => sum + lossOf(runGpt2(model, ids).logits.value, ids), 0);
		if (!report.faithfulness) {
			expect(name).toBe("every kind");
			for (const share of ["leaveOneOut", "controls"]) expect(report).not.toHaveProperty(share);
			expect(report.curve).toEqual([]);
			return;
		}
		expect(report.leaveOneOut).toHaveLength(pins.length);
		for (const { pin, faithfulness } of report.leaveOneOut ?? [])
			expect(faithfulness).toBeCloseTo(
				(total((site, f) => inCircuit(site, f) && `${site}.${f}` !== pin) - empty) / (full - empty),
				3,
			);
		const order = report.leaveOneOut?.map(({ pin }) => pin) ?? [];
		expect(report.curve?.map(({ size }) => size)).toEqual([3, 6, 9, 12]);
		for (const { size, value } of report.curve ?? [])
			expect(value).toBeCloseTo(
				(total((site, f) => order.slice(0, size).includes(`${site}.${f}`)) - empty) / (full - empty),
				3,
			);
		expect(report.curve?.at(-1)?.value).toBeCloseTo(report.faithfulness?.value ?? Number.NaN, 5);
		expect(report.controls).toHaveLength(2);
		expect(new Set(report.controls).size).toBe(2);
		expect(seen.length).toBeGreaterThan(4);
		expect(seen.some(({ faithfulness }) => faithfulness !== null)).toBe(true);
		const again = await ask(asked, pieces);
		expect(again.reused).toBe(6);
		expect({ ...again, seconds: 0, reused: 0 }).toEqual({ ...report, seconds: 0, reused: 0 });
	});
});

test("an empty corpus, one sequence to resample from, and pins that are not there are refused", async () => {
	const { request: trace } = writeScenario(join(root, "wrong"), { seed: 5, dictionaries: all({}) });
	const request: ValidationRequest = {
		modelDir: trace.modelDir,
		dictionaryDirs: trace.dictionaryDirs,
		provider: "cpu",
		pins: ["mlp_0.1"],
		corpus,
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
	const blank = join(root, "blank.txt");
	writeFileSync(blank, "\n\n \n");
	await expect(ask({ ...request, corpus: blank })).rejects.toThrow(/holds no text with anything to predict/);
	await expect(ask({ ...request, sequences: 1, baseline: "resample" })).rejects.toThrow(/only one/);
	await expect(ask({ ...request, pins: ["mlp_0.99"] })).rejects.toThrow(/mlp_0\.99 does not exist/);
	await expect(ask({ ...request, pins: [] })).rejects.toThrow(/nothing to validate/);
});
