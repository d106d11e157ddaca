import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { AppError } from "#shared/errors";
import type { NodeChoice, ProviderChoice, TraceRequest } from "#shared/trace";
import { App } from "../app/app.ts";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import { findModel, reference } from "../app/locations.ts";
import { runTraceJob } from "../app/trace-job.ts";
import { buildTraceJson } from "../export/circuit-json.ts";
import {
	collect,
	databaseOption,
	dictionariesOption,
	jsonOption,
	modelOption,
	parseBytes,
	parseCount,
	parseNumber,
	parseShare,
} from "./options.ts";
import {
	checkOutputs,
	type DrawingOptions,
	drawingOptions,
	formatOf,
	listFeatures,
	listShownNodes,
	readTokenTexts,
	saveCircuit,
} from "./save-circuit.ts";
import { createProgressBar, printJson, printResult, reportSkipped, withInterrupt } from "./terminal.ts";
import { describeTrace, listStrongestFeatures } from "./trace-summary.ts";

interface TraceOptions extends DrawingOptions {
	readonly method: string;
	readonly prompt: string;
	readonly patchPrompt?: string;
	readonly metric: string;
	readonly model?: string;
	readonly saes?: readonly string[];
	readonly layers?: string;
	readonly downNodes: number;
	readonly upNodes: number;
	readonly threshold?: number;
	readonly share?: number;
	readonly integratedGradients?: number | true;
	readonly lastPositionOnly?: true;
	readonly allNodes?: true;
	readonly keepUnconnected?: true;
	readonly upstreamOf?: string;
	readonly downstreamOf?: string;
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	readonly memoryLimit?: number;
	readonly db?: string;
	readonly circuit?: string;
	readonly output?: readonly string[];
	readonly json?: true;
}

const defaultSteps = 10;

export function defineTraceCommand(command: Command): void {
	command
		.addOption(new Option("--method <name>", "how to trace").choices(["gradient"]).default("gradient"))
		.requiredOption("--prompt <text>", "text to trace; with cross_entropy its last token is the target")
		.option("--patch-prompt <text>", "prompt of the same length that supplies the baseline activations")
		.option(
			"--metric <name>",
			"cross_entropy, logit(X), logprob(X) or logit_difference(X,Y); X a token's text or number",
			"cross_entropy",
		)
		.addOption(modelOption())
		.addOption(dictionariesOption())
		.option("--layers <A:B>", "layers shown, as a Python slice (B excluded)")
		.option("--down-nodes <n>", "features of each site to explain, by |attribution|", parseCount, 10)
		.option("--up-nodes <n>", "features kept behind each of them and site, by |edge|", parseCount, 10)
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
		.option("--integrated-gradients [n]", `mean gradient along n steps to the baseline (${defaultSteps})`, parseCount)
		.option("--last-position-only", "nodes at the last position only")
		.option("--all-nodes", "list every active feature and error with its attribution")
		.option("--keep-unconnected", "keep nodes that are on no path from a token to a logit")
		.option("--upstream-of <id>", "trace only what leads into this node, e.g. mlp_3.17@5")
		.addOption(new Option("--downstream-of <id>", "trace only what this node leads to").conflicts("upstreamOf"))
		.addOption(
			new Option(
				"--bos <on|off>",
				"<|endoftext|> before the prompt (default: as the dictionaries were trained)",
			).choices(["on", "off"]),
		)
		.addOption(
			new Option("--provider <name>", "where to compute").choices(["auto", "cpu", "webgpu", "cuda"]).default("auto"),
		)
		.option("--memory-limit <size>", "memory for encoders that stay loaded, e.g. 4GB", parseBytes)
		.addOption(databaseOption())
		.option("--circuit <name>", "stored circuit to extend (default: a new one named after the prompt)", checkText)
		.option("-o, --output <file>", "write the circuit as .svg, .dot or .json; may be repeated", collect)
		.addOption(jsonOption());
	drawingOptions(command).action(runTrace);
}

function checkText(text: string): string {
	if (text === "") throw new InvalidArgumentError("It is empty");
	return text;
}

async function runTrace(options: TraceOptions): Promise<void> {
	checkOutputs(options.output);
	const request = buildRequest(options);
	const app = new App(options.db);
	const bar = createProgressBar();
	try {
		const outcome = await withInterrupt((signal) =>
			runTraceJob(app, request, {
				signal,
				progress: bar.show,
				...(options.circuit !== undefined && { circuit: options.circuit }),
			}),
		).finally(bar.clear);
		const { result } = outcome;
		reportSkipped(result.skipped);
		const { output = [] } = options;
		const strongest = options.json ? [] : listStrongestFeatures(result);
		const described = {
			circuit: result,
			facts: await lookUpFeatures(app, {
				modelDir: request.modelDir,
				dictionaryDirs: request.dictionaryDirs,
				dictionaries: new Map(result.dictionaries.map((dictionary) => [dictionary.site, dictionary])),
				features: listFeatures([...listShownNodes(result, output.map(formatOf), options), ...strongest]),
			}),
			tokenText: readTokenTexts(request.modelDir),
			modelName: result.model.name,
			metricName: result.metric.name,
			metric: result.metric.value,
			explained: result.explained,
			tokens: result.prompt.tokens,
		};
		for (const path of output) saveCircuit(path, described, options, () => buildTraceJson(result));
		if (options.json) printJson(buildTraceJson(result));
		else printResult(describeTrace(outcome, strongest, described.facts, app.store.path, output));
	} finally {
		app.dispose();
	}
}

function buildRequest(options: TraceOptions): TraceRequest {
	const bundled = options.model === undefined || options.model === "reference";
	if (!bundled && options.saes === undefined)
		throw new AppError("usage", "A model of your own needs dictionaries. Name their folder with --saes.");
	const steps = options.integratedGradients === true ? defaultSteps : options.integratedGradients;
	return {
		modelDir: findModel(options.model),
		// Whole paths: the circuit is drawn again from other folders.
		dictionaryDirs: options.saes?.map((dir) => resolve(dir)) ?? [reference.dictionaries],
		prompt: options.prompt,
		...(options.patchPrompt !== undefined && { patchPrompt: options.patchPrompt }),
		metric: options.metric,
		...(options.layers !== undefined && { layers: options.layers }),
		...(options.bos && { bos: options.bos }),
		choice: chooseBy(options),
		upNodes: options.upNodes,
		lastPositionOnly: options.lastPositionOnly ?? false,
		...(steps !== undefined && { integratedGradients: steps }),
		allNodes: options.allNodes ?? false,
		keepUnconnected: options.keepUnconnected ?? false,
		provider: options.provider,
		...(options.memoryLimit !== undefined && { memoryLimitBytes: options.memoryLimit }),
		...(options.upstreamOf !== undefined && { from: { node: options.upstreamOf, direction: "upstream" as const } }),
		...(options.downstreamOf !== undefined && {
			from: { node: options.downstreamOf, direction: "downstream" as const },
		}),
	};
}

function chooseBy({ threshold, share, downNodes }: TraceOptions): NodeChoice {
	if (threshold !== undefined) return { by: "threshold", threshold };
	return share === undefined ? { by: "count", count: downNodes } : { by: "share", share };
}
