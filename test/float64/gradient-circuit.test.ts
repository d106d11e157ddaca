import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { decode, encode, type OracleDictionary } from "./dictionary.ts";
import { type OracleRun, runGpt2 } from "./gpt2.ts";
import { traceOracle } from "./gradient-circuit.ts";
import { measure, numberOf, runTokens } from "./metric.ts";
import { type Scenario, writeScenario } from "./scenario.ts";
import { attributeSites, type OracleInputs } from "./site-activity.ts";
import { add, at, dot, fill, leaf, type Matrix, matrix, rowOf, subtract } from "./tape.ts";

const kinds: readonly OracleDictionary["kind"][] = ["standard", "topk", "jumprelu", "gated", "batchtopk"];
const hooks = [
	"0.hook_resid_pre",
	"0.attn.hook_z",
	"0.hook_attn_out",
	"0.hook_mlp_out",
	"1.hook_resid_mid",
	"1.hook_resid_post",
];

const scenarios: Record<string, Scenario> = {
	"one kind and normalisation at each kind of site": {
		seed: 5,
		prompt: "abcd",
		dictionaries: hooks.map((hook, i) => ({
			hook: `blocks.${hook}`,
			kind: kinds[i % 5] as OracleDictionary["kind"],
			normalize: (["layer_norm", "constant_norm_rescale", "none"] as const)[i % 3] as "none",
			centre: i === 0,
			features: 24,
		})),
	},
	"resid alone, a difference of logits": {
		seed: 6,
		prompt: "abcd",
		metric: { name: "logit_difference", token: 100, against: 101 },
		dictionaries: [
			{ hook: "blocks.0.hook_resid_post", kind: "topk", normalize: "layer_norm", features: 24 },
			{ hook: "blocks.1.hook_resid_post", finetuned: true, features: 24 },
		],
	},
	"attn, mlp and resid, a log probability": {
		seed: 7,
		prompt: "abcd",
		metric: { name: "logprob", token: 98 },
		dictionaries: ["0.hook_attn_out", "0.hook_mlp_out", "0.hook_resid_post", "1.hook_attn_out", "1.hook_mlp_out"].map(
			(hook) => ({ hook: `blocks.${hook}`, features: 24 }),
		),
	},
};

/** Small enough for the curvature, large enough for the rounding. */
const step = 1e-5;

describe.each(Object.entries(scenarios))("the float64 circuit: %s", (_, scenario) => {
	test("attributions are what a slightly larger activation does to the metric, all else recomputed", () => {
		const { oracle } = write(scenario);
		for (const { dictionary, x, error, activations, featureGradients } of attributeSites(oracle).activities) {
			const metricAt = (position: number, feature: number, by: number) => {
				const moved = fill(activations.rows, activations.cols, (t, f) =>
					t === position && f === feature ? at(activations, t, f) + by : at(activations, t, f),
				);
				const value = add(decode(dictionary, leaf(moved), leaf(x)), leaf(error));
				return metricOf(oracle, runWith(oracle, new Map([[dictionary.site, value.value]])));
			};
			const pairs: [number, number][] = [];
			for (let t = 0; t < x.rows; t++)
				for (let f = 0; f < activations.cols; f += 3)
					if (at(activations, t, f) > 0)
						pairs.push([at(featureGradients, t, f), (metricAt(t, f, step) - metricAt(t, f, -step)) / (2 * step)]);
			expectClose(pairs);
		}
	});

	test("attributions, errors and what no feature explains add up to g · x", () => {
		const { oracle } = write(scenario);
		for (const site of attributeSites(oracle).activities) {
			const { dictionary, x, gradient } = site;
			const nothing = decode(dictionary, leaf(matrix(x.rows, site.activations.cols)), leaf(x)).value;
			for (let t = 0; t < x.rows; t++) {
				const g = rowOf(gradient, t);
				const features = rowOf(site.attributions, t).reduce((sum, value) => sum + value, 0);
				const parts = features + dot(g, rowOf(nothing, t)) + (site.errorAttributions[t] as number);
				expect(parts).toBeCloseTo(dot(g, rowOf(x, t)), 10);
			}
		}
	});

	test("edges are what a slight ablation does to the target alone, other dictionaries' sites held", () => {
		const { oracle } = write({ ...scenario, upNodes: 4, choice: { by: "count", count: 3 }, keepUnconnected: true });
		const { activities, logitGradients } = attributeSites(oracle);
		const clean = new Map(activities.map(({ dictionary, x }) => [dictionary.site, x]));
		const sites = new Map(activities.map((activity) => [activity.dictionary.site, activity]));
		const embeddings = oracle.model.tensors.get("wte.weight") as Matrix;
		const embedding = runWith(oracle, new Map()).sites.get("embed_-1")?.computed.value as Matrix;

		/** The held model with a share of one node taken away. */
		const ablate = (source: string, share: number): OracleRun => {
			const [name, position] = source.split("@") as [string, string];
			const t = Number(position);
			const move = (m: Matrix, by: Float64Array) =>
				fill(m.rows, m.cols, (r, c) => (r === t ? at(m, r, c) - share * (by[c] as number) : at(m, r, c)));
			const values = new Map(clean);
			if (name.startsWith("token.")) {
				const moved = move(embedding, rowOf(embeddings, Number(name.slice(6))));
				return runWith(oracle, values, moved);
			}
			const site = name.replace("_error", "").replace(/\..*/, "");
			const activity = sites.get(site);
			if (!activity) throw new Error(`No site ${site}.`);
			const by = name.includes("error")
				? rowOf(activity.error, t)
				: activity.contribution(t, Number(name.split(".")[1]));
			values.set(site, move(activity.x, by));
			return runWith(oracle, values);
		};
		/** The scalar that the target stands for. */
		const read = (run: OracleRun, target: string): number => {
			const [name, position] = target.split("@") as [string, string];
			const t = Number(position);
			if (name.startsWith("logit.")) {
				const token = Number(name.slice(6));
				return (logitGradients[token] as number) * at(run.logits.value, t, token);
			}
			const site = name.replace("_error", "").replace(/\..*/, "");
			const activity = sites.get(site);
			const x = run.sites.get(site)?.computed;
			if (!activity || !x) throw new Error(`No site ${site}.`);
			const encoded = encode(activity.dictionary, x);
			if (name.includes("error"))
				return dot(rowOf(activity.gradient, t), rowOf(subtract(x, decode(activity.dictionary, encoded, x)).value, t));
			const feature = Number(name.split(".")[1]);
			return at(activity.featureGradients, t, feature) * at(encoded.value, t, feature);
		};
		const { edges } = traceOracle(oracle);
		expect(edges.length).toBeGreaterThan(20);
		const runs = new Map<string, [OracleRun, OracleRun]>();
		const pairs = edges.map(({ source, target, weight }): [number, number] => {
			const [more, less] = runs.get(source) ?? [ablate(source, step), ablate(source, -step)];
			runs.set(source, [more, less]);
			return [weight, (read(more, target) - read(less, target)) / (2 * step)];
		});
		expectClose(pairs);
	});
});

test("with many steps, integrated gradients add up to what removing all features of a site does", () => {
	const { oracle } = write({
		...(scenarios["attn, mlp and resid, a log probability"] as Scenario),
		integratedGradients: 400,
	});
	for (const { dictionary, x, error, attributions } of attributeSites(oracle).activities) {
		const removed = add(decode(dictionary, leaf(matrix(x.rows, attributions.cols)), leaf(x)), leaf(error)).value;
		const effect =
			metricOf(oracle, runWith(oracle, new Map())) -
			metricOf(oracle, runWith(oracle, new Map([[dictionary.site, removed]])));
		expect(attributions.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(effect, 2);
	}
});

function write(scenario: Scenario) {
	const folder = mkdtempSync(join(tmpdir(), "float64-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return writeScenario(folder, scenario);
}

/** The model with values put in; moved tokens are put in before the dictionary that may sit there reads them. */
function runWith(inputs: OracleInputs, values: ReadonlyMap<string, Matrix>, embedding?: Matrix): OracleRun {
	const run = runGpt2(inputs.model, runTokens(inputs.metric, inputs.tokens), (site) => {
		const value = values.get(site) ?? (site === "embed_-1" ? embedding : undefined);
		return value && leaf(value);
	});
	if (!embedding) return run;
	return { ...run, sites: new Map(run.sites).set("embed_-1", { computed: leaf(embedding), used: leaf(embedding) }) };
}

function metricOf(inputs: OracleInputs, run: OracleRun): number {
	return numberOf(measure(inputs.metric, inputs.tokens, run.logits));
}

function expectClose(pairs: readonly (readonly [number, number])[]): void {
	const largest = Math.max(...pairs.map(([actual]) => Math.abs(actual)));
	expect(pairs.length).toBeGreaterThan(0);
	expect(Math.max(...pairs.map(([actual, expected]) => Math.abs(actual - expected))) / largest).toBeLessThan(1e-6);
}
