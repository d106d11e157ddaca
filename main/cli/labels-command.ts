import type { Command } from "commander";
import { AppError } from "#shared/errors";
import type { LabelImportSummary } from "#shared/labels";
import { type PublishedSummary, sourceId } from "#shared/published";
import { App } from "../app/app.ts";
import { importLabels } from "../app/label-import.ts";
import { chooseSources, type SourceAtSite } from "../app/label-sources.ts";
import { collect, databaseOption, jsonOption } from "./options.ts";
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface LabelsOptions {
	readonly saes?: readonly string[];
	readonly from?: readonly string[];
	readonly circuit?: string;
	readonly features?: string;
	readonly refresh?: true;
	readonly db?: string;
	readonly json?: true;
}

const help = `
Neuronpedia's exports lie at https://neuronpedia-datasets.s3.us-east-1.amazonaws.com/index.html?prefix=v1/
A key for its API, where one is needed, is read from NEURONPEDIA_API_KEY.`;

export function defineLabelsCommand(command: Command): void {
	command
		.argument("[model]", "as scd catalogue names it", "gpt2")
		.option("--saes <name>", "a release such as oai-v5-128k, or a folder of dictionaries; may be repeated", collect)
		.option("--from <path>", "import Neuronpedia's export files: a file or a folder; may be repeated", collect)
		.option("--circuit <name>", "ask Neuronpedia for the features of a stored circuit")
		.option("--features <ids>", "ask Neuronpedia for these, e.g. resid_6.17,mlp_3.5")
		.option("--refresh", "ask again for what was asked before")
		.addOption(databaseOption())
		.addOption(jsonOption())
		.addHelpText("after", help)
		.action(runLabels);
}

async function runLabels(model: string, options: LabelsOptions): Promise<void> {
	const { from, circuit, features } = options;
	if (from !== undefined && (circuit !== undefined || features !== undefined))
		throw new AppError("usage", "Either import with --from, or ask with --circuit or --features.");
	const app = new App(options.db);
	try {
		if (from !== undefined) await runImport(app, chooseSources(model, options.saes), from, options);
		else listKnown(app, chooseSources(model, options.saes), options);
	} finally {
		app.dispose();
	}
}

async function runImport(
	app: App,
	sources: readonly SourceAtSite[],
	paths: readonly string[],
	options: LabelsOptions,
): Promise<void> {
	const bar = createProgressBar();
	const summary = await withInterrupt((signal) =>
		importLabels(app.store, paths, {
			sources: new Set(sources.map(({ source }) => sourceId(source))),
			signal,
			progress: bar.show,
		}),
	).finally(bar.clear);
	for (const note of summary.notes) warn(note);
	if (options.json) printJson(summary);
	else printResult(describeImport(summary));
}

function describeImport({ files, known, labels, facts, sources, seconds }: LabelImportSummary): string {
	const number = (value: number) => value.toLocaleString("en");
	return [
		`${number(labels)} new labels and facts of ${number(facts)} more features, from ${number(files)} files in ${seconds.toFixed(1)} s`,
		...(known > 0 ? [`${number(known)} of the files had been read before`] : []),
		...(sources.length > 0 ? [`  ${sources.join(", ")}`] : []),
	].join("\n");
}

function listKnown(app: App, sources: readonly SourceAtSite[], options: LabelsOptions): void {
	const wanted = new Set(sources.map(({ source }) => sourceId(source)));
	const known = app.store.published.list().filter(({ source }) => wanted.has(source));
	if (options.json) printJson({ sources: known.map(buildSummaryJson), published: [...wanted] });
	else if (known.length === 0)
		printResult(
			`Nothing is stored yet of ${wanted.size} published ${wanted.size === 1 ? "source" : "sources"}. Import Neuronpedia's export files with --from FOLDER, or ask for a circuit's features with --circuit NAME.`,
		);
	else for (const one of known) printResult(describeSummary(one));
}

const buildSummaryJson = ({ source, labels, facts, asked, at }: PublishedSummary) => ({
	source,
	labels,
	facts,
	asked,
	at: new Date(at).toISOString(),
});

function describeSummary({ source, labels, facts, asked, at }: PublishedSummary): string {
	const number = (value: number) => value.toLocaleString("en").padStart(9);
	return `${source.padEnd(34)} ${number(labels)} labels ${number(facts)} with facts ${number(asked)} asked for  ${new Date(at).toISOString().slice(0, 10)}`;
}
