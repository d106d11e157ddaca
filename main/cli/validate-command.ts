import { type Command, Option } from "commander";
import { type Baseline, baselines } from "#shared/validation";
import { runValidation } from "../app/validation-job.ts";
import { columnHelp } from "../model/prompt-row.ts";
import { templateHelp } from "../model/prompt-templates.ts";
import { columnOption, configOption, fillIn, findCorpus, loadSeedConfig, pinOption } from "./method-options.ts";
import {
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
import { buildValidationRequest } from "./validate-request.ts";

export interface ValidateOptions extends ModelOptions {
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
	readonly patching?: number;
	readonly stability?: true;
	readonly known?: string;
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
			`similar prompts, in place of those that --circuit was traced on: ${templateHelp}; ${columnHelp}`,
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
			"faithfulness with the strongest 0.1% to 100% of --circuit's edges alone, and the areas under it (CPR) and between it and 1 (CMD), as the MIB benchmark has them; at 100% it may differ from --edges, for features from which no kept edge leads on to a logit are left out, even where they reach it through errors",
		)
		.option(
			"--subsets <n>",
			"leave out so many random subsets of what is outside the circuit, in place of all of it, and search for the worst; 0 only searches",
			parseAmount,
		)
		.option(
			"--patching <n>",
			"patch the n strongest nodes of --circuit one at a time, and say how well their attributions rank with that",
			parseCount,
		)
		.option(
			"--stability",
			"trace each of the prompts anew as --circuit was: how much of it comes back (overlap of features and edges, rank correlation of what both have), on similar prompts and when prompts are drawn again",
		)
		.option(
			"--known <file|circuit>",
			"a circuit that is known, stored or as lines (mlp_3.17, or mlp_3.17 -> mlp_4.2): how well strengths find it among all features of the dictionaries, and all pairs of them that a direct path joins (AUROC, average precision; what was not traced has no strength); of the bundled model written by hand it is known without",
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
		corpus:
			config.dataset !== undefined && given.corpus === undefined && given.prompts === undefined
				? findCorpus(config.dataset)
				: undefined,
		sequences: config.validationSequences,
		maxLength: config.validationLength,
		seed: config.seed,
	});
	const app = openApp(options);
	const bar = createProgressBar();
	try {
		const request = await buildValidationRequest(app, options);
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
