import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Conventions } from "#shared/conventions";
import { AppError } from "#shared/errors";
import { type ProviderChoice, providerChoice } from "#shared/trace-request";
import { type DictionaryQuality, type TrainingPoint, type TrainingRequest, trainedKinds } from "#shared/training";
import { startNodeEngine } from "../app/cuda-folder.ts";
import { engineFile, findModel, reference } from "../app/locations.ts";
import { runTraining } from "../app/training-job.ts";
import { EngineSupervisor } from "../engine/engine-supervisor.ts";
import { listDictionaryFolders } from "../sae/discovery.ts";
import { conventionOptions, readConventions } from "./convention-options.ts";
import { columnOption } from "./method-options.ts";
import {
	collect,
	databaseOption,
	findFeatureModel,
	jsonOption,
	layersOption,
	memoryOption,
	modelOption,
	openApp,
	parseCount,
	parseNumber,
	parseSeed,
} from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface TrainOptions {
	readonly model?: string;
	readonly site: string;
	readonly corpus?: string;
	readonly column?: string;
	readonly bos: "on" | "off";
	readonly maxLength: number;
	readonly kind: TrainingRequest["kind"];
	readonly features: number;
	readonly k: number;
	readonly l1: number;
	readonly rate: number;
	readonly steps: number;
	readonly batch: number;
	readonly seed: number;
	readonly output: string;
	readonly provider: ProviderChoice;
	readonly db?: string;
	readonly memoryLimit?: number;
	readonly forecast?: true;
	readonly json?: true;
}

const providerOption = () =>
	new Option("--provider <name>", "where to compute").choices(providerChoice.options).default("auto");

export function defineTrainCommand(command: Command): void {
	command
		.addOption(modelOption())
		.requiredOption("--site <name>", "where the dictionary sits, as resid_2 or mlp_0")
		.requiredOption("-o, --output <folder>", "folder of the dictionary; one that was stopped there goes on")
		.option("--corpus <file>", "text, JSONL, Parquet or Arrow (default: the bundled sample)")
		.addOption(columnOption())
		.addOption(new Option("--kind <name>", "how features are chosen").choices(trainedKinds).default("topk"))
		.option("--features <n>", "how many", parseCount, 1024)
		.option("--k <n>", "active features at a position, of topk", parseCount, 32)
		.option("--l1 <x>", "weight of the penalty, of standard", parseNumber, 0.1)
		.option("--rate <x>", "learning rate", parseNumber, 1e-3)
		.option("--steps <n>", "of training", parseCount, 2000)
		.option("--batch <n>", "activations a step", parseCount, 2048)
		.option("--max-length <n>", "tokens of a sequence", parseCount, 128)
		.addOption(new Option("--bos <on|off>", "<|endoftext|> before each sequence").choices(["on", "off"]).default("on"))
		.option("--seed <n>", "of the first weights and of the mixing", parseSeed, 0)
		.addOption(providerOption())
		.addOption(databaseOption())
		.addOption(memoryOption())
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runTrain);
}

async function runTrain(options: TrainOptions): Promise<void> {
	const { model, corpus, column, db, memoryLimit, forecast, json, output, ...rest } = options;
	const modelDir = findModel(model);
	const request: TrainingRequest = {
		...rest,
		modelDir,
		corpus: resolve(textOf(corpus, modelDir)),
		...(column !== undefined && { column }),
		output: resolve(output),
	};
	const app = openApp({ db, memoryLimit });
	const bar = createProgressBar();
	try {
		if (forecast) return await printForecast(app, { kind: "train", request }, json);
		const result = await withInterrupt((signal) =>
			runTraining(app, request, {
				signal,
				progress: (progress) => bar.show({ ...progress, step: describePoint(progress.report as TrainingPoint) }),
			}),
		).finally(bar.clear);
		for (const note of result.notes) warn(note);
		const { quality, points, seconds, resumedAt } = result;
		if (json)
			printJson({
				output: result.output,
				steps: result.steps,
				resumed_at: resumedAt,
				points,
				quality: buildQualityJson(quality),
				seconds,
			});
		else
			printResult(
				[
					describeQualities([quality]),
					`${result.steps} steps${resumedAt > 0 ? `, the first ${resumedAt} of them earlier` : ""}, ${seconds.toFixed(1)} s; written to ${result.output}`,
				].join("\n"),
			);
	} finally {
		app.dispose();
	}
}

function describePoint(point: TrainingPoint | undefined): string {
	if (!point) return "Training";
	const { loss, l0, explained, dead } = point;
	return `loss ${loss.toFixed(4)}  L0 ${l0.toFixed(1)}  explained ${explained.toFixed(3)}  dead ${(100 * dead).toFixed(0)}%`;
}

function textOf(corpus: string | undefined, modelDir: string): string {
	if (corpus === undefined && modelDir !== reference.model)
		throw new AppError("usage", "A model of your own needs a text to read. Name a file with --corpus.");
	return corpus ?? reference.sample;
}

interface CompareOptions extends Conventions {
	readonly model?: string;
	readonly saes: readonly string[];
	readonly layers?: string;
	readonly corpus?: string;
	readonly column?: string;
	readonly bos?: "on" | "off";
	readonly sequences: number;
	readonly maxLength: number;
	readonly provider: ProviderChoice;
	readonly json?: true;
}

/** Dictionaries side by side on the same text. */
export function defineCompareCommand(command: Command): void {
	conventionOptions(command)
		.addOption(modelOption())
		.addOption(
			new Option(
				"--saes <dir|name>",
				"a dictionary's folder, a folder of such, or a release of scd catalogue; may be repeated",
			)
				.argParser(collect)
				.makeOptionMandatory(),
		)
		.addOption(layersOption())
		.option("--corpus <file>", "text, JSONL, Parquet or Arrow (default: the bundled sample)")
		.addOption(columnOption())
		.addOption(new Option("--bos <on|off>", "<|endoftext|> before each sequence").choices(["on", "off"]))
		.option("--sequences <n>", "documents read", parseCount, 32)
		.option("--max-length <n>", "tokens of each; longer ones are cut", parseCount, 128)
		.addOption(providerOption())
		.addOption(jsonOption())
		.action(runCompare);
}

async function runCompare(options: CompareOptions): Promise<void> {
	const { corpus, column, bos, sequences, maxLength, provider, json } = options;
	const found = findFeatureModel(options);
	const { modelDir } = found;
	const dictionaryDirs = found.dictionaryDirs.flatMap(listDictionaryFolders);
	const request = {
		modelDir,
		dictionaryDirs,
		...(bos && { bos }),
		...readConventions(options),
		corpus: resolve(textOf(corpus, modelDir)),
		...(column !== undefined && { column }),
		sequences,
		maxLength,
		provider,
	};
	const engine = new EngineSupervisor(() => startNodeEngine(engineFile));
	const bar = createProgressBar();
	try {
		const { qualities, notes } = await withInterrupt((signal) =>
			engine.call("compareDictionaries", request, { signal, progress: bar.show }),
		).finally(bar.clear);
		for (const note of notes) warn(note);
		if (json) printJson({ dictionaries: qualities.map(buildQualityJson) });
		else printResult(describeQualities(qualities));
	} finally {
		engine.dispose();
	}
}

function buildQualityJson(quality: DictionaryQuality): object {
	return {
		name: quality.name,
		path: quality.dir,
		site: quality.site,
		kind: quality.kind,
		features: quality.features,
		l0: quality.l0,
		explained_variance: quality.explained,
		dead: quality.dead,
		loss: quality.loss,
		spliced_loss: quality.splicedLoss,
		zero_loss: quality.zeroLoss,
		recovered: quality.recovered,
		tokens: quality.tokens,
	};
}

function describeQualities(qualities: readonly DictionaryQuality[]): string {
	return [
		"site       kind      features     L0  explained   dead  recovered  name",
		...qualities.map(({ site, kind, features, l0, explained, dead, recovered, name }) =>
			[
				site.padEnd(10),
				kind.padEnd(9),
				String(features).padStart(8),
				l0.toFixed(1).padStart(6),
				explained.toFixed(3).padStart(10),
				`${(100 * dead).toFixed(1)}%`.padStart(6),
				`${(100 * recovered).toFixed(1)}%`.padStart(10),
				` ${name}`,
			].join(" "),
		),
	].join("\n");
}
