import { type Command, InvalidArgumentError, Option } from "commander";
import { emptyDocument } from "#shared/document";
import { AppError } from "#shared/errors";
import { listFeatureRefs } from "#shared/node-id";
import type { SeedConfig } from "#shared/seed-config";
import type { ErrorChoice, NodeChoice, TraceRequest } from "#shared/trace-request";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import type { Forecastable } from "../app/forecast-run.ts";
import { lookUpLabels } from "../app/label-lookup.ts";
import { runTraceJob } from "../app/trace-job.ts";
import { buildTraceJson } from "../export/circuit-json.ts";
import { loadGpt2Config } from "../model/gpt2-config.ts";
import {
	type AblationOptions,
	ablationOptions,
	configOption,
	errorsOption,
	fillIn,
	findCorpus,
	loadSeedConfig,
	pinOption,
	readPrompts,
} from "./method-options.ts";
import {
	buildModelRequest,
	collect,
	jsonOption,
	layersOption,
	type ModelOptions,
	modelOptions,
	openApp,
	parseCount,
	parseNodes,
	parseNumber,
	parseShare,
} from "./options.ts";
import { type DrawingOptions, drawingOptions } from "./picture-options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { checkOutputs, formatOf, isPicture, readTokenTexts, saveCircuit } from "./save-circuit.ts";
import { savePicture } from "./save-picture.ts";
import { createProgressBar, printJson, printResult, reportSkipped, warn, withInterrupt } from "./terminal.ts";
import { describeTrace, listStrongestFeatures } from "./trace-summary.ts";

interface TraceOptions extends DrawingOptions, ModelOptions, AblationOptions {
	readonly method: Method;
	readonly config?: string;
	readonly prompt?: string;
	readonly patchPrompt?: string;
	readonly metric: string;
	readonly downNodes: number;
	readonly upNodes: number;
	readonly threshold?: number;
	readonly share?: number;
	readonly percentile?: number | true;
	readonly errors: ErrorChoice;
	readonly integratedGradients?: number | true;
	readonly lastPositionOnly?: true;
	readonly allNodes?: true;
	readonly keepUnconnected?: true;
	readonly upstreamOf?: string;
	readonly downstreamOf?: string;
	readonly memoryLimit?: number;
	readonly circuit?: string;
	readonly output?: readonly string[];
	readonly forecast?: true;
	readonly json?: true;
}

/** A consensus is asked for by a command of its own, which takes many prompts. */
const methods = ["gradient", "ablation", "jacobian"] as const;
type Method = (typeof methods)[number];

const quiet = { progress: () => {} };
const defaultSteps = 10;
const defaultPrompts = 10;

export function defineTraceCommand(command: Command): void {
	command
		.addOption(new Option("--method <name>", "how to trace").choices(methods).default("gradient"))
		.option("--prompt <text>", "text to trace; with cross_entropy its last token is the target")
		.option("--patch-prompt <text>", "prompt of the same length that supplies the baseline activations")
		.option(
			"--metric <name>",
			"cross_entropy, logit(X), logprob(X) or logit_difference(X,Y); X a token's text or number",
			"cross_entropy",
		)
		.option("--down-nodes <n>", "features of each site to explain, by |attribution|", parseNodes, 10)
		.option("--up-nodes <n>", "features kept behind each of them and site, by |edge|", parseNodes, 10)
		.addOption(
			new Option(
				"--threshold <x>",
				"explain features whose |attribution| is above x, instead of --down-nodes",
			).argParser(parseNumber),
		)
		.addOption(
			new Option("--share <p>", "explain the fewest features that hold this share of a site's |attribution|")
				.argParser(parseShare)
				.conflicts("threshold"),
		)
		.addOption(
			new Option(
				"--percentile [p]",
				"explain features whose activation is above this percentile of a collected corpus (99.99)",
			)
				.argParser(parsePercentile)
				.conflicts(["threshold", "share"]),
		)
		.addOption(errorsOption())
		.option("--integrated-gradients [n]", `mean gradient along n steps to the baseline (${defaultSteps})`, parseCount)
		.option("--last-position-only", "nodes at the last position only")
		.option("--all-nodes", "list every active feature and error with its attribution")
		.option("--keep-unconnected", "keep nodes that are on no path from a token to a logit")
		.option("--upstream-of <id>", "trace only what leads into this node, e.g. mlp_3.17@5")
		.addOption(new Option("--downstream-of <id>", "trace only what this node leads to").conflicts("upstreamOf"));
	resultOptions(ablationOptions(command)).action(runTrace);
}

/** The naive ablation circuit under its own name. */
export function defineAblateCommand(command: Command): void {
	command
		.option("--prompt <text>", "text to run")
		.option("--up-nodes <n>", "sources of each feature that the stored circuit keeps, by |effect|", parseNodes, 10);
	resultOptions(ablationOptions(command)).action((options: TraceOptions, self: Command) =>
		runTrace({ ...noGradients, ...options, method: "ablation" }, self),
	);
}

/** The Jacobian circuit under its own name. */
export function defineJacobianCommand(command: Command): void {
	command
		.option("--prompt <text>", "text to run")
		.addOption(pinOption())
		.option("--last-position-only", "features at the last position only")
		.option("--up-nodes <n>", "sources of each feature that the stored circuit keeps, by |effect|", parseNodes, 10);
	resultOptions(command).action((options: TraceOptions, self: Command) =>
		runTrace({ ...noGradients, ...options, method: "jacobian" }, self),
	);
}

/** Values of the gradient method's own options where a command has none of them. */
const noGradients = { metric: "cross_entropy", downNodes: 10, errors: "chosen" as const, logitTokens: 0, seed: 0 };

function resultOptions(command: Command): Command {
	modelOptions(command)
		.addOption(layersOption())
		.addOption(configOption())
		.option("--circuit <name>", "stored circuit to extend (default: a new one named after the prompt)", checkText)
		.option(
			"-o, --output <file>",
			"write the circuit as .svg, .pdf, .png, .webp, .dot or .json; may be repeated",
			collect,
		)
		.addOption(forecastOption())
		.addOption(jsonOption());
	return drawingOptions(command);
}

function checkText(text: string): string {
	if (text === "") throw new InvalidArgumentError("It is empty");
	return text;
}

async function runTrace(given: TraceOptions, command: Command): Promise<void> {
	const config = loadSeedConfig(given.config);
	const options = fillIn(command, given, translateConfig(config, given.method));
	checkOutputs(options.output);
	const request = buildRequest(options, await listPrompts(options));
	const app = openApp(options);
	const bar = createProgressBar();
	try {
		if (options.forecast)
			return await printForecast(app, { kind: request.method, request } as Forecastable, options.json);
		const outcome = await withInterrupt((signal) =>
			runTraceJob(app, request, {
				signal,
				progress: bar.show,
				...(options.circuit !== undefined && { circuit: options.circuit }),
			}),
		).finally(bar.clear);
		const { result } = outcome;
		reportSkipped(result.skipped);
		if (result.skipped.length > 0) warn(`used ${result.dictionaries.map(({ site }) => site).join(", ")}`);
		for (const note of result.notes ?? []) warn(note);
		const { output = [] } = options;
		const strongest = options.json ? [] : listStrongestFeatures(result);
		const model = {
			modelDir: request.modelDir,
			dictionaryDirs: request.dictionaryDirs,
			conventions: request.conventions,
			dictionaries: new Map(result.dictionaries.map((dictionary) => [dictionary.site, dictionary])),
		};
		const labels = lookUpLabels(app, { ...model, features: listFeatureRefs(result.nodes.map(({ id }) => id)) });
		const described = {
			circuit: result,
			labels,
			facts: await lookUpFeatures(app, {
				...model,
				features: listFeatureRefs(
					(output.some((path) => formatOf(path) === "dot") ? result.nodes : strongest).map(({ id }) => id),
				),
			}),
			tokenText: readTokenTexts(request.modelDir),
			modelName: result.model.name,
			metricName: result.metric.name,
			metric: result.metric.value,
			tokens: result.prompt.tokens,
		};
		const found = { ...emptyDocument, nodes: result.nodes, edges: result.edges };
		for (const path of output) {
			const format = formatOf(path);
			if (isPicture(format)) await savePicture(app, outcome.circuit, path, format, options, quiet, found);
			else saveCircuit(path, described, () => buildTraceJson(result, request, labels));
		}
		if (options.json) printJson(buildTraceJson(result, request, labels));
		else printResult(describeTrace(outcome, request, strongest, described.facts, app.store.path, output));
	} finally {
		app.dispose();
	}
}

/** The seed's settings as options. Its `DIMS_PINNED` belong to the naive method alone. */
function translateConfig(config: SeedConfig, method: Method): Partial<Record<keyof TraceOptions, unknown>> {
	return {
		layers: config.layers,
		model: config.model,
		prompt: config.prompt,
		upNodes: config.upNodes,
		downNodes: config.downNodes,
		output: config.output === undefined ? undefined : [config.output],
		...(method === "ablation" && {
			thinning: config.thinning,
			thresholdExp: config.thresholdExp,
			pin: config.pins,
			logitTokens: config.logitTokens,
			seed: config.seed,
			corpus: config.prompt === undefined && config.dataset !== undefined ? findCorpus(config.dataset) : undefined,
			sequences: config.sequences,
			maxLength: config.sequenceLength,
		}),
	};
}

type Prompts = readonly [string, ...string[]];

/** The prompt, or those of a corpus. */
async function listPrompts(options: TraceOptions): Promise<Prompts> {
	const { prompt, corpus, method, sequences = defaultPrompts, column } = options;
	if (corpus !== undefined && method !== "ablation")
		throw new AppError("usage", "Only the ablation method averages over a corpus. For gradients see scd consensus.");
	if (prompt !== undefined && corpus === undefined) return [prompt];
	if (corpus === undefined)
		throw new AppError("usage", "There is no text to trace. Give one with --prompt, or PROMPT in the configuration.");
	const texts = await readPrompts(corpus, sequences, column);
	return [...(prompt === undefined ? [] : [prompt]), ...texts] as unknown as Prompts;
}

function buildRequest(options: TraceOptions, prompts: Prompts): TraceRequest {
	const selection = {
		...buildModelRequest(options),
		prompt: prompts[0],
		upNodes: options.upNodes,
	};
	switch (options.method) {
		case "gradient":
			return { method: "gradient", ...selection, ...readGradientOptions(options) };
		case "ablation":
			return { method: "ablation", ...selection, ...readAblationOptions(options, prompts, selection.modelDir) };
		case "jacobian":
			return {
				method: "jacobian",
				...selection,
				pins: options.pin ?? [],
				lastPositionOnly: options.lastPositionOnly ?? false,
			};
	}
}

function readGradientOptions(options: TraceOptions) {
	const steps = options.integratedGradients === true ? defaultSteps : options.integratedGradients;
	const { upstreamOf, downstreamOf } = options;
	return {
		...(options.patchPrompt !== undefined && { patchPrompt: options.patchPrompt }),
		metric: options.metric,
		choice: chooseBy(options),
		errors: options.errors,
		lastPositionOnly: options.lastPositionOnly ?? false,
		...(steps !== undefined && { integratedGradients: steps }),
		allNodes: options.allNodes ?? false,
		keepUnconnected: options.keepUnconnected ?? false,
		...(upstreamOf !== undefined && { from: { node: upstreamOf, direction: "upstream" as const } }),
		...(downstreamOf !== undefined && { from: { node: downstreamOf, direction: "downstream" as const } }),
	};
}

function readAblationOptions(options: TraceOptions, [, ...morePrompts]: Prompts, modelDir: string) {
	const { thinning, thresholdExp, corpus } = options;
	const maxLength = options.maxLength ?? (corpus === undefined ? undefined : loadGpt2Config(modelDir).contextLength);
	return {
		pins: options.pin ?? [],
		...(thinning !== undefined && { thinning }),
		seed: options.seed,
		...(thresholdExp !== undefined && { thresholdExp }),
		allPositions: options.allPositions ?? false,
		logitTokens: options.logitTokens,
		morePrompts,
		...(maxLength !== undefined && { maxLength }),
	};
}

function parsePercentile(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !(number >= 0 && number <= 100))
		throw new InvalidArgumentError("A percentile from 0 to 100 is needed");
	return number;
}

function chooseBy({ threshold, share, percentile, downNodes }: TraceOptions): NodeChoice {
	if (percentile !== undefined) return { by: "percentile", percentile: percentile === true ? 99.99 : percentile };
	if (threshold !== undefined) return { by: "threshold", threshold };
	return share === undefined ? { by: "count", count: downNodes } : { by: "share", share };
}
