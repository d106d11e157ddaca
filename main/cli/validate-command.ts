import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import { withoutPosition } from "#shared/node-id";
import { tracedBy } from "#shared/trace-request";
import {
	type Baseline,
	baselines,
	type Figure,
	type ValidationReport,
	type ValidationRequest,
} from "#shared/validation";
import type { App } from "../app/app.ts";
import { reference } from "../app/locations.ts";
import { runValidation } from "../app/validation-job.ts";
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
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface ValidateOptions extends ModelOptions {
	readonly config?: string;
	readonly pin?: readonly string[];
	readonly circuit?: string;
	readonly edges?: true;
	readonly corpus?: string;
	readonly column?: string;
	readonly baseline: Baseline;
	readonly errors: "keep" | "remove";
	readonly sequences: number;
	readonly maxLength: number;
	readonly tokens: number;
	readonly leaveOneOut?: true;
	readonly curve: number;
	readonly controls: number;
	readonly seed: number;
	readonly forecast?: true;
	readonly json?: true;
}

export function defineValidateCommand(command: Command): void {
	command
		.addOption(pinOption())
		.option("--circuit <name>", "the pinned features of a stored circuit, or all of its features where none is pinned")
		.option("--corpus <file>", "text, JSONL, Parquet or Arrow (default: the bundled sample, with the bundled model)")
		.addOption(columnOption())
		.addOption(
			new Option("--baseline <name>", "what takes the place of what is left out").choices(baselines).default("zero"),
		)
		.addOption(new Option("--errors <what>", "what the dictionaries miss").choices(["keep", "remove"]).default("keep"))
		.option("--sequences <n>", "documents of the corpus", parseCount, 100)
		.option("--max-length <n>", "tokens of each; longer ones are cut", parseCount, 64)
		.option("--tokens <n>", "tokens listed that gain, and that lose", parseCount, 10)
		.option("--leave-one-out", "what each feature is worth to the circuit")
		.option("--curve <n>", "so many points of faithfulness over circuit size; 0 for none", parseAmount, 0)
		.option("--controls <n>", "so many circuits of random features beside it; 0 for none", parseAmount, 0)
		.option("--edges", "also with only the edges that --circuit has between its features, all others cut")
		.option("--seed <n>", "of random circuits and intervals", parseSeed, 0);
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
		const request = buildRequest(app, options);
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
function buildRequest({ store }: App, options: ValidateOptions): ValidationRequest {
	const { circuit, corpus, column, baseline, errors, sequences, maxLength, tokens, curve, controls, seed } = options;
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
	const isBundled = model.modelDir === reference.model;
	if (corpus === undefined && !isBundled)
		throw new AppError("usage", "A model of your own needs a text to be checked on. Name a file with --corpus.");
	const pinned = document?.pins.map(({ id }) => id) ?? [];
	const features = document?.nodes.filter(({ kind }) => kind === "feature").map(({ id }) => withoutPosition(id)) ?? [];
	if (options.edges && !document)
		throw new AppError("usage", "Edges come from a stored circuit. Name one with --circuit.");
	return {
		...model,
		pins: [...new Set(options.pin ?? (pinned.length > 0 ? pinned : features))],
		corpus: resolve(corpus ?? reference.sample),
		...(column !== undefined && { column }),
		baseline,
		errors,
		sequences,
		maxLength,
		tokens,
		leaveOneOut: options.leaveOneOut ?? false,
		curve,
		controls,
		seed,
		...(options.edges && { edges: document?.edges.map(({ source, target }) => [source, target] as const) ?? [] }),
	};
}

function buildValidationJson(report: ValidationReport): object {
	const list = (tokens: ValidationReport["increases"]) => tokens.map(({ token, effect }) => [token, effect]);
	const { leaveOneOut, curve, controls, edges } = report;
	return {
		base_loss: report.baseLoss,
		ablated_loss: report.ablatedLoss,
		kl: report.kl,
		increases: list(report.increases),
		decreases: list(report.decreases),
		faithfulness: report.faithfulness?.value ?? null,
		completeness: report.completeness?.value ?? null,
		interval: report.faithfulness?.interval ?? null,
		completeness_interval: report.completeness?.interval ?? null,
		empty_loss: report.emptyLoss,
		circuit_loss: report.circuitLoss,
		complement_loss: report.complementLoss,
		sequences: report.sequences,
		tokens: report.tokens,
		predictions: report.predictions,
		...(leaveOneOut && { leave_one_out: leaveOneOut.map(({ pin, faithfulness }) => [pin, faithfulness]) }),
		...(curve && { curve }),
		...(controls && { controls }),
		...(edges && {
			edges: {
				loss: edges.loss,
				faithfulness: edges.value,
				interval: edges.interval,
				kept: edges.kept,
				cut: edges.cut,
			},
		}),
		notes: report.notes,
		provider: report.provider,
		seconds: report.seconds,
	};
}

function describeValidation({ pins, baseline, errors }: ValidationRequest, report: ValidationReport): string {
	const share = (figure: Figure | null | undefined) =>
		figure
			? `${figure.value.toFixed(3)}  (95%: ${figure.interval.map((end) => end.toFixed(3)).join(" to ")})`
			: "not defined: nothing lies between the whole model and the empty circuit";
	const list = (tokens: ValidationReport["increases"]) =>
		tokens.map(({ token, effect }) => `${showToken(token)} ${formatNumber(effect)}`).join("   ");
	const { leaveOneOut, curve, controls, edges } = report;
	const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
	return [
		`${pins.length} features over ${report.sequences} sequences, ${report.tokens} tokens`,
		`loss          ${formatNumber(report.baseLoss)} → ${formatNumber(report.ablatedLoss)} nats with all of them ablated; KL ${formatNumber(report.kl)}`,
		`gain          ${list(report.increases)}`,
		`lose          ${list(report.decreases)}`,
		`faithfulness  ${share(report.faithfulness)}`,
		`completeness  ${share(report.completeness)}`,
		`              against ${baseline}, errors ${errors === "keep" ? "kept" : "removed"}; the empty circuit's loss is ${formatNumber(report.emptyLoss)}`,
		...(edges ? [`its edges     ${share(edges)}; ${edges.kept} kept, ${edges.cut} cut`] : []),
		...(controls
			? [`random        ${mean(controls).toFixed(3)} on average of ${controls.length} random circuits`]
			: []),
		...(curve?.map(({ size, value }) => `  ${String(size).padStart(5)} features  ${value.toFixed(3)}`) ?? []),
		...(leaveOneOut?.map(({ pin, faithfulness }) => `  without ${pin.padEnd(14)} ${faithfulness.toFixed(3)}`) ?? []),
		`${report.seconds.toFixed(1)} s on ${report.provider}`,
	].join("\n");
}
