import { type Command, InvalidArgumentError } from "commander";
import { AppError } from "#shared/errors";
import { type CollectOutcome, runCollection } from "../app/collect-job.ts";
import { reference } from "../app/locations.ts";
import { columnOption, configOption, fillIn, findCorpus, loadSeedConfig } from "./method-options.ts";
import {
	buildModelRequest,
	jsonOption,
	layersOption,
	type ModelOptions,
	modelOptions,
	openApp,
	parseCount,
} from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface CollectOptions extends ModelOptions {
	readonly config?: string;
	readonly corpus?: string;
	readonly column?: string;
	readonly maxLength: number;
	readonly tokens?: number;
	readonly contexts: number;
	readonly view: number;
	readonly forecast?: true;
	readonly json?: true;
}

export function defineCollectCommand(command: Command): void {
	command
		.option("--corpus <file>", "text, JSONL, Parquet or Arrow, or a folder of such (default: the bundled sample)")
		.addOption(columnOption())
		.option("--max-length <n>", "tokens of a sequence; longer documents are parted", parseCount, 128)
		.option("--tokens <n>", "stop before more tokens than these", parseCount)
		.option("--contexts <n>", "contexts kept of each feature", parseCount, 6)
		.option("--view <n>", "tokens to either side of the strongest", parseView, 5);
	modelOptions(command)
		.addOption(layersOption())
		.addOption(configOption())
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runCollect);
}

function parseView(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !Number.isInteger(number) || number < 0)
		throw new InvalidArgumentError("A whole number of at least 0 is needed");
	return number;
}

async function runCollect(given: CollectOptions, command: Command): Promise<void> {
	const config = loadSeedConfig(given.config);
	const options = fillIn(command, given, {
		layers: config.layers,
		model: config.model,
		corpus: config.dataset !== undefined && given.corpus === undefined ? findCorpus(config.dataset) : undefined,
		contexts: config.contexts,
		view: config.view,
		maxLength: config.validationLength,
	});
	const model = buildModelRequest(options);
	const { corpus, column, maxLength, tokens, contexts, view } = options;
	if (corpus === undefined && model.modelDir !== reference.model)
		throw new AppError("usage", "A model of your own needs a text to read. Name a file with --corpus.");
	const choice = {
		...model,
		corpus: corpus ?? reference.sample,
		...(column !== undefined && { column }),
		maxLength,
		...(tokens !== undefined && { maxTokens: tokens }),
	};
	const app = openApp(options);
	const bar = createProgressBar();
	try {
		if (options.forecast) return await printForecast(app, { kind: "collect", request: choice }, options.json);
		const outcome = await withInterrupt((signal) =>
			runCollection(app, choice, { contexts, view, signal, progress: bar.show }),
		).finally(bar.clear);
		for (const note of outcome.notes) warn(note);
		if (options.json) printJson(buildCollectJson(outcome));
		else printResult(describeCollection(outcome, app.store.path));
	} finally {
		app.dispose();
	}
}

function buildCollectJson(outcome: CollectOutcome): object {
	return {
		sequences: outcome.sequences,
		tokens: outcome.tokens,
		activations: outcome.activations,
		active_features: outcome.active,
		resumed_sequences: outcome.resumed,
		tokens_per_second: outcome.tokensPerSecond,
		seconds: outcome.seconds,
		notes: outcome.notes,
	};
}

function describeCollection(outcome: CollectOutcome, databasePath: string): string {
	const { sequences, tokens, activations, resumed, tokensPerSecond, seconds, active } = outcome;
	return [
		`${tokens} tokens in ${sequences} sequences, ${activations} activations stored in ${databasePath}`,
		...(resumed > 0 ? [`${resumed} sequences were there from an earlier run`] : []),
		...Object.entries(active).map(([site, count]) => `  ${site.padEnd(10)} ${count} features were active`),
		`${seconds.toFixed(1)} s${tokensPerSecond > 0 ? `, ${Math.round(tokensPerSecond)} tokens/s while gathering` : ""}`,
	].join("\n");
}
