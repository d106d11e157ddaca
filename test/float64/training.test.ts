import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ClusterRequest } from "#shared/cluster";
import type { TrainingPoint, TrainingRequest } from "#shared/training";
import { compareDictionaries } from "../../main/circuits/dictionary-quality.ts";
import { handlers } from "../../main/engine/engine-handlers.ts";
import { differentiate } from "../../main/onnx/differentiate.ts";
import { floats, runOnce } from "../../main/onnx/session.ts";
import { input, scalar } from "../../main/onnx/sources.ts";
import type { Value } from "../../main/onnx/value.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { buildSparseTraining } from "../../main/sae/training-graph.ts";
import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { runGpt2 } from "./gpt2.ts";
import { tokenize, writeRandomModel } from "./random-model.ts";
import { normalMatrix, seedRandom } from "./random-numbers.ts";
import { writeScenario } from "./scenario.ts";
import { at, fill, leaf, type Matrix, rowOf, type Variable } from "./tape.ts";

const root = mkdtempSync(join(tmpdir(), "scd-training-"));
afterAll(() => rmSync(root, { recursive: true }));

describe.each([
	["standard", 0.3],
	["topk", 0],
] as const)("the training loss of a %s dictionary", (kind, l1) => {
	const [rows, width, features, k] = [7, 6, 10, 3];
	const random = seedRandom(5);
	const shapes = {
		W_enc: [width, features],
		b_enc: [1, features],
		W_dec: [features, width],
		b_dec: [1, width],
	} as const;
	const parameters = new Map(
		Object.entries(shapes).map(([name, [r, c]]) => [name, normalMatrix(random, r, c, 0.7)] as const),
	);
	const x = normalMatrix(random, rows, width, 1);
	const dead = Float32Array.from({ length: features }, (_, f) => (f % 3 === 0 ? 1 : 0));

	/** By the equations, one number at a time. */
	function lossOf(values: ReadonlyMap<string, Matrix>): number {
		const [wEnc, bEnc, wDec, bDec] = ["W_enc", "b_enc", "W_dec", "b_dec"].map((name) => values.get(name)) as Matrix[];
		let [square, penalty, missed, total] = [0, 0, 0, 0];
		for (let t = 0; t < rows; t++) {
			const pre = Array.from({ length: features }, (_, f) => {
				let sum = at(bEnc as Matrix, 0, f);
				for (let i = 0; i < width; i++) sum += (at(x, t, i) - at(bDec as Matrix, 0, i)) * at(wEnc as Matrix, i, f);
				return sum;
			});
			const largest = (candidates: readonly number[], count: number) =>
				new Set(candidates.toSorted((a, b) => (pre[b] as number) - (pre[a] as number)).slice(0, count));
			const all = pre.map((_, f) => f);
			const kept = kind === "topk" ? largest(all, k) : new Set(all);
			const a = pre.map((value, f) => (kept.has(f) ? Math.max(0, value) : 0));
			const woken = largest(
				all.filter((f) => dead[f] === 1),
				Math.max(1, Math.round(width / 2)),
			);
			penalty += a.reduce((sum, value) => sum + value, 0);
			for (let i = 0; i < width; i++) {
				const decoded = a.reduce((sum, value, f) => sum + value * at(wDec as Matrix, f, i), at(bDec as Matrix, 0, i));
				const error = at(x, t, i) - decoded;
				square += error * error;
				const explained = pre.reduce(
					(sum, value, f) => sum + (woken.has(f) ? Math.max(0, value) * at(wDec as Matrix, f, i) : 0),
					0,
				);
				// The error is a target here and not something to be changed.
				missed += (errorAt(t, i) - explained) ** 2;
				total += errorAt(t, i) ** 2;
			}
		}
		const main = square / (rows * width);
		return kind === "standard" ? main + (l1 * penalty) / rows / width : main + missed / total / 32;
	}
	let errors: number[] = [];
	const errorAt = (t: number, i: number) => errors[t * width + i] as number;

	test("and its gradient equal float64 and finite differences", async () => {
		const value = (name: string) => {
			const [r, c] = shapes[name as keyof typeof shapes];
			return input(name, r === 1 ? [c] : [r, c]);
		};
		const inputs = Object.keys(shapes).map(value) as [Value, Value, Value, Value];
		const [encoder, encoderBias, decoder, decoderBias] = inputs;
		const graph = buildSparseTraining(
			input("x", ["B", width]),
			{ encoder, encoderBias, decoder, decoderBias },
			{ kind, k, l1, dead: input("dead", [features]) },
		);
		const gradients = differentiate([{ value: graph.loss, cotangent: scalar(1) }], inputs);
		const outputs: Record<string, Value> = { loss: graph.loss, missed: graph.metrics["missed"] as Value };
		for (const [i, name] of Object.keys(shapes).entries()) outputs[`g:${name}`] = gradients[i] as Value;
		const results = await runOnce(outputs, {
			x: { data: Float32Array.from(x.data), dims: [rows, width] },
			dead: { data: dead, dims: [features] },
			...Object.fromEntries(
				[...parameters].map(([name, m]) => [
					name,
					{ data: Float32Array.from(m.data), dims: m.rows === 1 ? [m.cols] : [m.rows, m.cols] },
				]),
			),
		});
		errors = listErrors();
		expect(floats(results, "loss")[0]).toBeCloseTo(lossOf(parameters), 5);
		expect(floats(results, "missed")[0]).toBeCloseTo(
			errors.reduce((sum, error) => sum + error * error, 0),
			3,
		);
		for (const [name, m] of parameters)
			for (let i = 0; i < m.data.length; i += 3) {
				const moved = (by: number) => {
					const data = Float64Array.from(m.data);
					data[i] = (data[i] as number) + by;
					return lossOf(new Map(parameters).set(name, { ...m, data }));
				};
				const slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
				expect(floats(results, `g:${name}`)[i], `${name}[${i}]`).toBeCloseTo(slope, 4);
			}
	});

	function listErrors(): number[] {
		const dictionary = {
			site: "mlp_0",
			kind,
			k,
			wEnc: parameters.get("W_enc"),
			bEnc: parameters.get("b_enc"),
			wDec: parameters.get("W_dec"),
			bDec: parameters.get("b_dec"),
			normalize: "none",
			applyDecoderBiasToInput: true,
			centre: false,
			rescaleByDecoderNorm: false,
		} as OracleDictionary;
		const decoded = decode(dictionary, encode(dictionary, leaf(x)), leaf(x)).value;
		return Array.from(x.data, (number, i) => number - (decoded.data[i] as number));
	}
});

const corpus = join(root, "corpus.txt");
writeFileSync(
	corpus,
	Array.from({ length: 200 }, (_, i) => "abcdefghij".slice(i % 7) + "jihgfedcba".slice(i % 4)).join("\n\n"),
);

function call<T>(
	run: (context: Parameters<typeof handlers.train>[1]) => Promise<T>,
	stopAt = Number.POSITIVE_INFINITY,
) {
	const controller = new AbortController();
	const points: TrainingPoint[] = [];
	const done = run({
		signal: controller.signal,
		memory: { recall: async () => undefined, keep: async () => {} },
		progress({ report }) {
			if (!report) return;
			points.push(report as TrainingPoint);
			if ((report as TrainingPoint).step >= stopAt) controller.abort();
		},
	});
	return { done, points };
}

test("training learns, stops and goes on, and writes what every other part reads", async () => {
	writeRandomModel(join(root, "model"), { seed: 3, layers: 2, heads: 2, width: 16 });
	const request: TrainingRequest = {
		modelDir: join(root, "model"),
		site: "mlp_1",
		corpus,
		bos: "on",
		maxLength: 16,
		kind: "topk",
		features: 48,
		k: 4,
		l1: 0,
		rate: 3e-3,
		steps: 300,
		batch: 64,
		seed: 1,
		output: join(root, "trained"),
		provider: "cpu",
	};
	const stopped = call((context) => handlers.train(request, context), 100);
	await expect(stopped.done).rejects.toMatchObject({ code: "cancelled" });
	// What was stopped can be used.
	expect(loadDictionary(request.output)).toMatchObject({ siteName: "mlp_1", dIn: 16, dSae: 48 });
	const gone = call((context) => handlers.train(request, context));
	const result = await gone.done;
	expect(result.resumedAt).toBeGreaterThanOrEqual(100);
	expect(gone.points[0]?.step).toBeGreaterThan(100);
	expect(result.points.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => 10 * (i + 1)));
	const [first, last] = [result.points[0], result.points.at(-1)] as [TrainingPoint, TrainingPoint];
	expect(last.loss).toBeLessThan(0.6 * first.loss);
	expect(last.explained).toBeGreaterThan(first.explained + 0.2);
	expect(last.l0).toBeLessThanOrEqual(4);
	const config = JSON.parse(readFileSync(join(request.output, "cfg.json"), "utf8")) as object;
	expect(config).toMatchObject({ architecture: "topk", hook_name: "blocks.1.hook_mlp_out", prepend_bos: true });
	// The dictionary explains raw activations as well as the scaled ones that it learnt from.
	expect(result.quality.explained).toBeCloseTo(last.explained, 1);
	expect(result.quality.l0).toBeLessThanOrEqual(4);
	await expect(call((context) => handlers.train({ ...request, rate: 1e-3 }, context)).done).rejects.toThrow(
		/holds a dictionary already/,
	);
	const sparse = await call((context) =>
		handlers.train({ ...request, kind: "standard", l1: 0.5, output: join(root, "sparse") }, context),
	).done;
	const dense = await call((context) =>
		handlers.train({ ...request, kind: "standard", l1: 0.01, output: join(root, "dense") }, context),
	).done;
	expect(sparse.quality.l0).toBeLessThan(0.7 * dense.quality.l0);
	const decoder = loadDictionary(join(root, "sparse")).decoder.tensor;
	expect(decoder.shape).toEqual([48, 16]);
});

test("wrong sites, sizes and corpora are refused", async () => {
	const request: TrainingRequest = {
		modelDir: join(root, "model"),
		site: "mlp_9",
		corpus,
		bos: "off",
		maxLength: 16,
		kind: "topk",
		features: 8,
		k: 9,
		l1: 0,
		rate: 1e-3,
		steps: 10,
		batch: 8,
		seed: 1,
		output: join(root, "wrong"),
		provider: "cpu",
	};
	const ask = (asked: Partial<TrainingRequest>) =>
		call((context) => handlers.train({ ...request, ...asked }, context)).done;
	await expect(ask({})).rejects.toThrow(/"mlp_9" is no site of this model/);
	await expect(ask({ site: "mlp_0" })).rejects.toThrow(/k is 9 and the dictionary has 8 features/);
	await expect(ask({ site: "mlp_0", k: 2, corpus: join(root, "none.txt") })).rejects.toThrow(/does not exist/);
	const blank = join(root, "blank.txt");
	writeFileSync(blank, "\n\n");
	await expect(ask({ site: "mlp_0", k: 2, corpus: blank })).rejects.toThrow(/holds no text/);
	await expect(ask({ site: "mlp_0", k: 2, rate: 1e30, steps: 60, output: join(root, "away") })).rejects.toThrow(
		/ran away/,
	);
});

test("a dictionary's quality equals float64", async () => {
	const { request, oracle } = writeScenario(join(root, "quality"), {
		seed: 6,
		dictionaries: [{ hook: "blocks.0.hook_resid_post", kind: "topk", normalize: "layer_norm" }],
	});
	const documents = ["abcdef", "hgfedcba", "ddee"];
	const text = join(root, "quality.txt");
	writeFileSync(text, documents.join("\n\n"));
	const { qualities, notes } = await compareDictionaries(
		{ ...request, corpus: text, sequences: 10, maxLength: 128, provider: "cpu" },
		{ progress() {}, pause: async () => {} },
	);
	const [quality] = qualities;
	expect(notes).toEqual([]);
	const [dictionary] = oracle.dictionaries as [OracleDictionary];
	let [active, missed, tokens, predictions] = [0, 0, 0, 0];
	const losses = [0, 0, 0];
	const xs: number[][] = [];
	for (const ids of documents.map(tokenize)) {
		const run = (replace: (x: Variable) => Variable) =>
			runGpt2(oracle.model, ids, (site, x) => (site === dictionary.site ? replace(x) : undefined)).logits.value;
		const loss = (logits: Matrix) =>
			ids.slice(1).reduce((sum, target, t) => {
				const row = rowOf(logits, t);
				return sum + Math.log(row.reduce((all, value) => all + Math.exp(value), 0)) - (row[target] as number);
			}, 0);
		const all = [
			run((x) => x),
			run((x) => decode(dictionary, encode(dictionary, x), x)),
			run((x) => leaf(fill(x.value.rows, x.value.cols, () => 0))),
		];
		for (const [i, logits] of all.entries()) losses[i] = (losses[i] as number) + loss(logits);
		const x = runGpt2(oracle.model, ids).sites.get(dictionary.site)?.computed as Variable;
		const a = encode(dictionary, x);
		const decoded = decode(dictionary, a, x).value;
		active += a.value.data.filter((value) => value > 0).length;
		for (let t = 0; t < ids.length; t++) xs.push([...rowOf(x.value, t)]);
		missed += x.value.data.reduce((sum, value, i) => sum + (value - (decoded.data[i] as number)) ** 2, 0);
		tokens += ids.length;
		predictions += ids.length - 1;
	}
	const mean = (i: number) => xs.reduce((sum, x) => sum + (x[i] as number), 0) / xs.length;
	const means = (xs[0] as number[]).map((_, i) => mean(i));
	const variance = xs.reduce((sum, x) => sum + x.reduce((all, v, i) => all + (v - (means[i] as number)) ** 2, 0), 0);
	expect(quality?.l0).toBeCloseTo(active / tokens, 6);
	expect(quality?.explained).toBeCloseTo(1 - missed / variance, 4);
	expect(quality?.loss).toBeCloseTo((losses[0] as number) / predictions, 5);
	expect(quality?.splicedLoss).toBeCloseTo((losses[1] as number) / predictions, 4);
	expect(quality?.zeroLoss).toBeCloseTo((losses[2] as number) / predictions, 4);
});

test("clusters group positions by their residuals and not by their sequence; the same seed gives the same", async () => {
	cpSync(join(root, "model"), join(root, "copy"), { recursive: true });
	const text = join(root, "letters.txt");
	writeFileSync(text, Array.from({ length: 30 }, (_, i) => "abcd".repeat(3).slice(i % 4)).join("\n\n"));
	const request: ClusterRequest = {
		modelDir: join(root, "copy"),
		site: "resid_-1",
		bos: "off",
		corpus: text,
		maxLength: 12,
		positions: 200,
		clusters: 4,
		seed: 2,
		provider: "cpu",
	};
	const run = (asked: Partial<ClusterRequest>) =>
		call((context) => handlers.cluster({ ...request, ...asked }, context)).done;
	const { clusters, positions } = await run({});
	expect(positions).toBe(200);
	expect(clusters.reduce((sum, { size }) => sum + size, 0)).toBe(200);
	// At the embedding a token's vector is its own, give or take its position.
	const purity = clusters.map(({ places }) => {
		const counts = Map.groupBy(places, ({ token }) => token);
		return Math.max(...[...counts.values()].map(({ length }) => length)) / places.length;
	});
	expect(Math.min(...purity)).toBeGreaterThan(0.5);
	for (const { places } of clusters)
		for (const { before, token, next } of places) {
			expect(before.endsWith(token)).toBe(true);
			expect("abcdabcd").toContain(token + next);
		}
	expect(await run({})).toEqual({ clusters, positions, notes: [] });
	await expect(run({ clusters: 1000 })).rejects.toThrow(/too few for 1000 clusters/);
	await expect(run({ site: "nothing" })).rejects.toThrow(/is no site/);
});
