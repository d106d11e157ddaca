import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "#shared/errors";
import { withoutPosition } from "#shared/node-id";
import { rankEdges } from "#shared/rank-edges";
import { type TraceRequest, tracedBy } from "#shared/trace-request";
import { type Baseline, baselines, type PromptSource, tracedPrompts, type ValidationRequest } from "#shared/validation";
import type { App } from "../app/app.ts";
import { reference } from "../app/locations.ts";
import { runValidation } from "../app/validation-job.ts";
import { readPromptFile } from "../model/prompt-file.ts";
import { templateHelp } from "../model/prompt-templates.ts";
import { readConventions } from "./convention-options.ts";
import { columnOption, configOption, fillIn, findCorpus, loadSeedConfig, pinOption } from "./method-options.ts";
import {
	buildModelRequest,
	jsonOption,
	layersOption,
	type ModelOptions,
	modelOptions,
	openApp,
	parseCount,
	parseSeed,
} from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { buildValidationJson, describeValidation } from "./print-validation.ts";
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface ValidateOptions extends ModelOptions {
	readonly config?: string;
	readonly pin?: readonly string[];
	readonly circuit?: string;
	readonly edges?: true;
	readonly prompts?: string;
	readonly metric?: string;
	readonly corpus?: string;
	readonly column?: string;
	readonly baseline?: Baseline;
	readonly errors: "keep" | "remove";
	readonly sequences: number;
	readonly maxLength: number;
	readonly tokens: number;
	readonly leaveOneOut?: true;
	readonly curve: number;
	readonly controls: number;
	readonly edgeCurve?: true;
	readonly subsets?: number;
	readonly seed: number;
	readonly forecast?: true;
	readonly json?: true;
}

export function defineValidateCommand(command: Command): void {
	command
		.addOption(pinOption())
		.option("--circuit <name>", "the pinned features of a stored circuit, or all of its features where none is pinned")
		.option(
			"--prompts <file>",
			`similar prompts, in place of those that --circuit was traced on: ${templateHelp}; JSONL and CSV with prompts, pairs and answers as feature-circuits, EAP-IG and MIB have them`,
		)
		.option(
			"--metric <name>",
			"measured at the end of each prompt that brings no answers of its own (default: the trace's)",
		)
		.option(
			"--corpus <file>",
			"over a text instead, by its loss: text, JSONL, Parquet or Arrow (default without a traced circuit: the bundled sample, with the bundled model)",
		)
		.addOption(columnOption())
		.addOption(
			new Option(
				"--baseline <name>",
				"what takes the place of what is left out: zero, its mean over all texts, what it is in the next text (resample) or in the prompt's own pair (patch) (default: patch where every prompt has a pair, else zero)",
			).choices(baselines),
		)
		.addOption(new Option("--errors <what>", "what the dictionaries miss").choices(["keep", "remove"]).default("keep"))
		.option("--sequences <n>", "documents or prompts at most, from the first on", parseCount, 100)
		.option("--max-length <n>", "tokens of each; longer ones are cut", parseCount, 64)
		.option("--tokens <n>", "tokens listed that gain, and that lose", parseCount, 10)
		.option(
			"--leave-one-out",
			"the circuit's faithfulness without each of its features, and what each is worth: how far it falls",
		)
		.option("--curve <n>", "so many points of faithfulness over circuit size; 0 for none", parseAmount, 0)
		.option("--controls <n>", "so many circuits of random features beside it; 0 for none", parseAmount, 0)
		.option("--edges", "also with only the edges that --circuit has between its features, all others cut")
		.option(
			"--edge-curve",
			"faithfulness with the strongest 0.1% to 100% of --circuit's edges alone, and the areas under it (CPR) and between it and 1 (CMD), as the MIB benchmark has them",
		)
		.option(
			"--subsets <n>",
			"leave out so many random subsets of what is outside the circuit, in place of all of it, and search for the worst; 0 only searches",
			parseAmount,
		)
		.option("--seed <n>", "of random circuits, subsets and intervals", parseSeed, 0);
	modelOptions(command)
		.addOption(layersOption())
		.addOption(configOption())
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runValidate);
}

const parseAmount = (text: string) => (text.trim() === "0" ? 0 : parseCount(text));

async function runValidate(given: ValidateOptions, command: Command): Promise<void> {
	const config = loadSeedConfig(given.config);
	const options = fillIn(command, given, {
		layers: config.layers,
		model: config.model,
		pin: config.validationPins,
		corpus: config.dataset !== undefined && given.corpus === undefined ? findCorpus(config.dataset) : undefined,
		sequences: config.validationSequences,
		maxLength: config.validationLength,
		seed: config.seed,
	});
	const app = openApp(options);
	const bar = createProgressBar();
	try {
		const request = await buildRequest(app, options);
		if (options.forecast) return await printForecast(app, { kind: "validate", request }, options.json);
		const report = await withInterrupt((signal) =>
			runValidation(app, request, { signal, progress: bar.show, circuit: options.circuit ?? null }),
		).finally(bar.clear);
		for (const note of report.notes) warn(note);
		if (options.json) printJson(buildValidationJson(report));
		else printResult(describeValidation(request, report));
	} finally {
		app.dispose();
	}
}

/** Of a stored circuit, model and dictionaries are those of its last run unless others are named. */
async function buildRequest({ store }: App, options: ValidateOptions): Promise<ValidationRequest> {
	const { circuit, column, errors, sequences, maxLength, tokens, curve, controls, seed } = options;
	const document = circuit === undefined ? undefined : store.circuits.load(circuit);
	// Another program's graph names no model that is here.
	const traced = circuit === undefined ? undefined : tracedBy(store.circuits.lastRun(circuit)?.request);
	const model =
		traced && options.model === undefined && options.saes === undefined
			? {
					...buildModelRequest({ ...options, model: traced.modelDir, saes: traced.dictionaryDirs }),
					...(options.bos === undefined && traced.bos && { bos: traced.bos }),
					...(traced.conventions && {
						conventions: { ...traced.conventions, ...readConventions(options).conventions },
					}),
				}
			: buildModelRequest(options);
	const texts = chooseTexts(options, traced, model.modelDir === reference.model);
	const pinned = document?.pins.map(({ id }) => id) ?? [];
	const features = document?.nodes.filter(({ kind }) => kind === "feature").map(({ id }) => withoutPosition(id)) ?? [];
	if ((options.edges || options.edgeCurve) && !document)
		throw new AppError("usage", "Edges come from a stored circuit. Name one with --circuit.");
	return {
		...model,
		pins: [...new Set(options.pin ?? (pinned.length > 0 ? pinned : features))],
		...texts,
		...(column !== undefined && { column }),
		baseline: options.baseline ?? (await usualBaseline(texts.prompts)),
		errors,
		sequences,
		maxLength,
		tokens,
		leaveOneOut: options.leaveOneOut ?? false,
		curve,
		controls,
		seed,
		...(options.subsets !== undefined && { subsets: options.subsets }),
		...(options.edgeCurve && { edgeCurve: rankEdges(document?.edges ?? []) }),
		...(options.edges && { edges: document?.edges.map(({ source, target }) => [source, target] as const) ?? [] }),
	};
}

/** What it runs on: what is named, else what the circuit was traced on, else the bundled sample. */
function chooseTexts(
	{ corpus, prompts, metric }: ValidateOptions,
	traced: TraceRequest | undefined,
	isBundled: boolean,
): Pick<ValidationRequest, "corpus" | "prompts"> {
	if (corpus !== undefined && prompts !== undefined)
		throw new AppError("usage", "A validation runs on --prompts or over a --corpus. Give one of them.");
	if (corpus !== undefined) return { corpus: resolve(corpus) };
	const asTraced = traced && tracedPrompts(traced);
	if (prompts !== undefined)
		return { prompts: { metric: metric ?? asTraced?.metric ?? "cross_entropy", file: resolve(prompts) } };
	if (asTraced) return { prompts: { ...asTraced, ...(metric !== undefined && { metric }) } };
	if (!isBundled)
		throw new AppError(
			"usage",
			"A model of your own needs something to be checked on. Name a traced circuit with --circuit, prompts with --prompts or a text with --corpus.",
		);
	return { corpus: reference.sample };
}

/** Pairs are compared with one another. */
async function usualBaseline(prompts: PromptSource | undefined): Promise<Baseline> {
	const rows = prompts?.cases ?? (prompts?.file === undefined ? [] : await readPromptFile(prompts.file));
	return rows.length > 0 && rows.every(({ patch }) => patch !== undefined) ? "patch" : "zero";
}
