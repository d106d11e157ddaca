import type { Command } from "commander";
import { AppError } from "#shared/errors";
import type { LabelImportSummary } from "#shared/labels";
import { parseFeatureId } from "#shared/node-id";
import { type PublishedSummary, sourceId } from "#shared/published";
import { App } from "../app/app.ts";
import { listCircuitFeatures, queryOfCircuit } from "../app/circuit-query.ts";
import { fetchLabels, type WantedLabels } from "../app/label-fetch.ts";
import { importLabels } from "../app/label-import.ts";
import { runLabelFetch } from "../app/label-job.ts";
import { lookUpPublished } from "../app/label-lookup.ts";
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
		if (circuit !== undefined) await runFetch(app, { circuit }, options);
		else if (features !== undefined) await runFetch(app, { sources: chooseSources(model, options.saes) }, options);
		else if (from !== undefined) await runImport(app, chooseSources(model, options.saes), from, options);
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

async function runFetch(
	app: App,
	from: { readonly circuit: string } | { readonly sources: readonly SourceAtSite[] },
	options: LabelsOptions,
): Promise<void> {
	const bar = createProgressBar();
	const { refresh = false } = options;
	const ids = options.features?.split(",").map((id) => id.trim());
	const summary = await withInterrupt((signal) => {
		const context = { signal, progress: bar.show };
		if ("circuit" in from)
			return runLabelFetch(app, { circuit: from.circuit, ...(ids && { features: ids }), refresh }, context);
		const wanted = (ids ?? []).map((id) => findSource(from.sources, id));
		return fetchLabels(app.store, wanted, { neuronpedia: app.neuronpedia.client, refresh, ...context });
	}).finally(bar.clear);
	for (const note of summary.notes) warn(note);
	const labels =
		"circuit" in from ? listLabelsOfCircuit(app, from.circuit) : listLabelsOf(app, from.sources, ids ?? []);
	if (options.json) printJson({ ...summary, labels });
	else {
		printResult(
			`${summary.asked} ${summary.asked === 1 ? "feature" : "features"} asked for, of ${summary.found} something is published; ${summary.known} had been asked for before`,
		);
		for (const { id, text } of labels) printResult(`  ${id.padEnd(16)} ${text}`);
	}
}

/** The source at a feature's site, where it is one alone. */
function findSource(sources: readonly SourceAtSite[], id: string): WantedLabels {
	const { site, feature } = parseFeatureId(id);
	const here = sources.filter((one) => one.site === site);
	const [only] = here;
	if (only && here.length === 1) return { source: only.source, features: [feature] };
	throw new AppError(
		only ? "mismatch" : "not-found",
		only
			? `${here.length} published dictionaries sit at ${site}: ${here.map(({ source }) => sourceId(source)).join(", ")}. Name one release with --saes.`
			: `No published dictionary sits at ${site}. There are some at ${[...new Set(sources.map((one) => one.site))].join(", ")}.`,
		{ site },
	);
}

interface ListedLabel {
	readonly id: string;
	readonly text: string;
	readonly source: string;
}

function listLabelsOfCircuit(app: App, circuit: string): readonly ListedLabel[] {
	const query = queryOfCircuit(app, circuit, listCircuitFeatures(app, circuit));
	return [...(query ? lookUpPublished(app, query) : [])].map(([id, { text, source }]) => ({ id, text, source }));
}

function listLabelsOf(app: App, sources: readonly SourceAtSite[], ids: readonly string[]): readonly ListedLabel[] {
	return ids.flatMap((id) => {
		const { source, features } = findSource(sources, id);
		return [...app.store.published.labels(source, features).values()].map(({ text }) => ({
			id,
			text,
			source: sourceId(source),
		}));
	});
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
