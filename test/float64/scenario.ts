import { join } from "node:path";
import type { Conventions } from "#shared/conventions";
import type { ErrorChoice, GradientRequest, NodeChoice } from "#shared/trace-request";
import { gradientRequest } from "../requests.ts";
import type { OracleDictionary } from "./dictionary.ts";
import { type OracleModel, runGpt2 } from "./gpt2.ts";
import type { OracleRequest } from "./gradient-circuit.ts";
import { type OracleMetric, runTokens } from "./metric.ts";
import { type RandomDictionaryOptions, siteOf, writeRandomDictionary } from "./random-dictionary.ts";
import { endOfText, type RandomModelOptions, tokenize, writeRandomModel } from "./random-model.ts";
import { at, fill, type Matrix, rowOf } from "./tape.ts";

/** A random model with dictionaries and what is to be traced on it; what is not said has a default. */
export interface Scenario {
	readonly seed: number;
	readonly model?: Partial<RandomModelOptions>;
	/** One per dictionary. */
	readonly dictionaries: readonly (Partial<RandomDictionaryOptions> & {
		readonly hook: string;
		/** Heads were seen without their value biases, or without what the layer norm's bias adds to them either. */
		readonly folds?: "value biases" | "value biases and norm";
	})[];
	readonly conventions?: Conventions;
	/** ASCII. */
	readonly prompt?: string;
	readonly patchPrompt?: string;
	readonly metric?: OracleMetric;
	readonly choice?: NodeChoice;
	readonly upNodes?: number;
	readonly lastPositionOnly?: boolean;
	readonly errors?: ErrorChoice;
	readonly integratedGradients?: number;
	readonly allNodes?: boolean;
	readonly keepUnconnected?: boolean;
	readonly layers?: string;
}

/** Writes the scenario into the folder; asks the same of the program and of the oracle. */
export function writeScenario(folder: string, scenario: Scenario): { request: GradientRequest; oracle: OracleRequest } {
	const { seed, prompt = "abcfed", metric = { name: "cross_entropy" }, choice = { by: "count", count: 5 } } = scenario;
	const { upNodes = 6, lastPositionOnly = false, allNodes = false, keepUnconnected = false } = scenario;
	const bos = scenario.dictionaries.some((dictionary) => dictionary.bos);
	const read = (text: string) => [...(bos ? [endOfText] : []), ...tokenize(text)];
	const width = scenario.model?.width ?? 12;
	const model = writeRandomModel(join(folder, "model"), { seed, layers: 2, heads: 2, width, ...scenario.model });
	const run = runGpt2(model, runTokens(metric, read(prompt)));
	const dictionaries: OracleDictionary[] = [];
	const dictionaryDirs: string[] = [];
	scenario.dictionaries.forEach((options, i) => {
		const dir = join(folder, `dictionary-${i}`);
		const layers = scenario.model?.layers ?? 2;
		const arriving = run.sites.get(siteOf({ layers, ...options }))?.computed.value;
		const values = arriving?.data ?? new Float64Array();
		const { folds, ...given } = options;
		const full = {
			...{ seed: 100 * seed + i, width: arriving?.cols ?? width, layers, features: 36 },
			...given,
			...(folds && { offset: sumValueBiases(model, options, folds), foldsNorm: folds !== "value biases" }),
		};
		// Of a scale that fits what comes in at the site.
		const inputScale = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
		dictionaries.push(writeRandomDictionary(dir, { ...full, inputScale }));
		dictionaryDirs.push(dir);
	});
	const { errors } = scenario;
	const shared = {
		...{ choice, upNodes, lastPositionOnly, allNodes, keepUnconnected },
		...(errors === undefined ? {} : { errors }),
	};
	const steps = scenario.integratedGradients;
	const patch = scenario.patchPrompt;
	return {
		request: gradientRequest({
			modelDir: join(folder, "model"),
			dictionaryDirs,
			...(scenario.conventions && { conventions: scenario.conventions }),
			prompt,
			metric: metricText(metric),
			...shared,
			...(patch === undefined ? {} : { patchPrompt: patch }),
			...(steps === undefined ? {} : { integratedGradients: steps }),
			...(scenario.layers === undefined ? {} : { layers: scenario.layers }),
		}),
		oracle: {
			model,
			dictionaries: dictionaries.filter(({ site }) => isShown(site, scenario.layers)),
			tokens: read(prompt),
			metric,
			...shared,
			...(patch === undefined ? {} : { patchTokens: read(patch) }),
			...(steps === undefined ? {} : { integratedGradients: steps }),
		},
	};
}

/** `b_V`, or `b_V + β·W_V`: what reaches every position's `z`, since attention weights sum to 1. */
function sumValueBiases(
	{ tensors }: OracleModel,
	{ hook, head }: { hook: string; head?: number },
	folds: string,
): Matrix {
	const block = `h.${/\d+/.exec(hook)?.[0]}`;
	const read = (name: string) => tensors.get(`${block}.${name}`) as Matrix;
	const [weights, biases, beta] = [read("attn.c_attn.weight"), read("attn.c_attn.bias"), read("ln_1.bias")];
	const width = weights.rows;
	const size = head === undefined ? width : width / 2;
	return fill(1, size, (_, i) => {
		const column = 2 * width + (head ?? 0) * size + i;
		const fromNorm = rowOf(beta, 0).reduce((sum, value, row) => sum + value * at(weights, row, column), 0);
		return at(biases, 0, column) + (folds === "value biases" ? 0 : fromNorm);
	});
}

function metricText(metric: OracleMetric): string {
	if (metric.name === "cross_entropy") return metric.name;
	return `${metric.name}(${metric.token}${metric.name === "logit_difference" ? `,${metric.against}` : ""})`;
}

/** Whether the site's layer lies in `A:B`. */
function isShown(site: string, layers: string | undefined): boolean {
	if (layers === undefined) return true;
	const [from, to] = layers.split(":").map(Number) as [number, number];
	const layer = Number.parseInt(site.split("_")[1] ?? "", 10);
	return layer >= from && layer < to;
}
