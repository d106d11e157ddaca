import { AppError } from "#shared/errors";
import type { LabelFetchRequest, LabelFetchSummary, LabelImportRequest, LabelImportSummary } from "#shared/labels";
import { parseFeatureId } from "#shared/node-id";
import { sourceId } from "#shared/published";
import type { Progress } from "#shared/trace";
import type { App } from "./app.ts";
import { listCircuitFeatures, queryOfCircuit } from "./circuit-query.ts";
import { fetchLabels } from "./label-fetch.ts";
import { importLabels } from "./label-import.ts";
import { findSources } from "./label-lookup.ts";
import { explainFolders, listPublishedSources, sourcesOfFolder } from "./label-sources.ts";

interface LabelJobOptions {
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/** Asks Neuronpedia for a circuit's features, or some of them. Throws `not-found` where none of its dictionaries is there. */
export async function runLabelFetch(
	app: App,
	{ circuit, features, refresh }: LabelFetchRequest,
	options: LabelJobOptions,
): Promise<LabelFetchSummary> {
	const wanted = features ? features.map(parseFeatureId) : listCircuitFeatures(app, circuit);
	const query = queryOfCircuit(app, circuit, wanted);
	if (!query)
		throw new AppError("not-found", `"${circuit}" has no finished run to say of which dictionaries its features are.`, {
			circuit,
		});
	const bySite = Map.groupBy(wanted, ({ site }) => site);
	const sources = findSources(app, query, bySite.keys());
	if (sources.size === 0)
		throw new AppError(
			"not-found",
			`None of the dictionaries of "${circuit}" is on Neuronpedia. ${explainFolders(query.dictionaryDirs)}`,
			{ circuit },
		);
	return await fetchLabels(
		app.store,
		[...sources].map(([site, source]) => ({
			source,
			features: bySite.get(site)?.map(({ feature }) => feature) ?? [],
		})),
		{ neuronpedia: app.neuronpedia.client, refresh, ...options },
	);
}

/** Imports packs of every source of the catalogue and of the folders that are named. */
export async function runLabelImport(
	app: App,
	{ paths, dictionaryDirs }: LabelImportRequest,
	options: LabelJobOptions,
): Promise<LabelImportSummary> {
	const own = dictionaryDirs.flatMap((dir) => {
		try {
			return sourcesOfFolder(dir);
		} catch {
			// A folder that cannot be read has no labels to be found.
			return [];
		}
	});
	const sources = new Set([...listPublishedSources(), ...own].map(({ source }) => sourceId(source)));
	return await importLabels(app.store, paths, { sources, ...options });
}
