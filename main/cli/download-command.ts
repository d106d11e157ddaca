import { join } from "node:path";
import { type Command, Option } from "commander";
import { findPublished } from "#shared/catalogue";
import { chooseModel, chooseSets, findText, refuseForeignSets, requestSets } from "#shared/catalogue-choice";
import type { DownloadForecast, DownloadRequest } from "#shared/download";
import { AppError } from "#shared/errors";
import { siteName } from "#shared/site";
import { type CatalogueForecast, forecastFromCatalogue } from "../app/catalogue-forecast.ts";
import { fetchRequest } from "../app/fetch-request.ts";
import { checkSpace } from "../hub/disk-space.ts";
import { readHubSettings } from "../hub/hub-settings.ts";
import { type DownloadPlan, forecastDownload } from "../hub/plan-download.ts";
import { repoPage } from "../hub/repo-listing.ts";
import { collect, jsonOption, layersOption } from "./options.ts";
import { size } from "./size.ts";
import { createProgressBar, describeFetched, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface DownloadOptions {
	readonly saes?: readonly string[];
	readonly layers?: string;
	readonly texts?: readonly string[];
	readonly dryRun?: true;
	readonly json?: true;
}

export function defineDownloadCommand(command: Command): void {
	command
		.argument("[model]", "a model of scd catalogue, or a repository of the hub as organisation/name")
		.addOption(
			new Option(
				"--saes <name>",
				"a release of scd catalogue, or RELEASE/PATH for one dictionary of it; may be repeated",
			).argParser(collect),
		)
		.addOption(layersOption())
		.addOption(
			new Option(
				"--texts <name>",
				"a sample text of scd catalogue, over which features are shown; may be repeated",
			).argParser(collect),
		)
		.option("--dry-run", "say what would be fetched, and fetch nothing")
		.addOption(jsonOption())
		.addHelpText(
			"after",
			"\nFiles come into the Hugging Face cache, which Python shares. HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT, HTTPS_PROXY\nand HF_HUB_OFFLINE are respected. Cut off, the same command goes on where it was.",
		)
		.action(run);
}

async function run(model: string | undefined, options: DownloadOptions): Promise<void> {
	const request = readRequest(model, options);
	const settings = readHubSettings();
	const bar = createProgressBar();
	await withInterrupt(async (signal) => {
		const began = performance.now();
		let found: { readonly plan: DownloadPlan; readonly before: DownloadForecast } | undefined;
		try {
			await fetchRequest(settings, request, signal, {
				planned(plan) {
					const before = forecastDownload(plan);
					found = { plan, before };
					if (options.dryRun) checkSpace(settings.cache, before.bytes - before.presentBytes);
					return !options.dryRun;
				},
				progress: (progress) => bar.show(describeFetched(progress)),
				waiting: (step) => bar.show({ step, done: 0, total: 1 }),
			});
			bar.clear();
			if (found && options.dryRun) tellPlan(found.plan, found.before, options.json);
			else if (found) tellResult(found.plan, found.before, (performance.now() - began) / 1000, options.json);
		} catch (error) {
			if (signal.aborted)
				throw new AppError("cancelled", "Stopped. What was fetched is kept; the same command goes on from there.");
			const forecast = options.dryRun && isNetwork(error) ? forecastFromCatalogue(request, settings.cache) : undefined;
			if (!forecast) throw error;
			warn(`This is a forecast of the catalogue, for the hub was not asked: ${(error as AppError).message}`);
			tellForecast(forecast, options.json);
		} finally {
			bar.clear();
		}
	});
}

/** Throws `usage`, `not-found` with the nearest names, or `mismatch`. */
function readRequest(model: string | undefined, { saes = [], layers, texts = [] }: DownloadOptions): DownloadRequest {
	if (model === undefined && saes.length === 0 && texts.length === 0)
		throw new AppError(
			"usage",
			"There is nothing to fetch. Name a model, as gpt2, dictionaries with --saes, or a text with --texts.",
		);
	if (layers !== undefined && saes.length === 0)
		throw new AppError("usage", "Layers are of dictionaries. Name a release with --saes.");
	const sets = saes.flatMap((name) => chooseSets(name, layers));
	if (model !== undefined) refuseForeignSets(chooseModel(model), sets);
	return {
		models: model === undefined ? [] : [chooseModel(model)],
		sets: requestSets(sets),
		...(texts.length > 0 && { texts: texts.map((name) => findText(name).name) }),
	};
}

const isNetwork = (error: unknown) => error instanceof AppError && error.code === "network";

function tellForecast({ parts, cache, freeBytes }: CatalogueForecast, json: true | undefined): void {
	const bytes = parts.reduce((sum, one) => sum + one.bytes, 0);
	if (json) printJson({ cache, bytes, free_bytes: freeBytes, dry_run: true, forecast: true, parts });
	else
		printResult(
			[
				...parts.map((one) => `${size(one.bytes).padStart(8)}  ${one.name}${one.present ? "  (here)" : ""}`),
				`About ${size(bytes)}, of which ${size(parts.reduce((sum, one) => sum + (one.present ? one.bytes : 0), 0))} are here; the cache is ${cache}${freeBytes === null ? "" : `, where ${size(freeBytes)} are free`}.`,
			].join("\n"),
		);
}

/** Where a dictionary's weights are shown, since their paths may count layers otherwise. */
function describeSite(repo: string, path: string): string {
	const row = /\.(safetensors|pt)$/.test(path)
		? (findPublished(repo, path) ?? findPublished(repo, path.replace(/\/[^/]*$/, "")))
		: undefined;
	if (!row) return "";
	const { site, hook, neuronpedia } = row.dictionary;
	const counted = hook.startsWith(`blocks.${site.layer}.`);
	return `  (${siteName(site)}${counted ? "" : ` = ${hook}, on Neuronpedia ${neuronpedia}`})`;
}

function tellPlan(plan: DownloadPlan, forecast: DownloadForecast, json: true | undefined): void {
	const { bytes, presentBytes, freeBytes, cache } = forecast;
	if (json) printJson({ ...buildJson(plan, forecast), dry_run: true });
	else
		printResult(
			[
				...plan.parts.flatMap(({ repo, files }) =>
					files.map(
						(one) =>
							`${size(one.bytes).padStart(8)}  ${repoPage(repo)}/${one.path}${describeSite(repo.repo, one.path)}`,
					),
				),
				`${size(bytes)} in ${forecast.files} files; ${size(presentBytes)} are here, ${size(bytes - presentBytes)} would be fetched into ${cache}${freeBytes === null ? "" : `, where ${size(freeBytes)} are free`}.`,
			].join("\n"),
		);
}

function tellResult(plan: DownloadPlan, before: DownloadForecast, seconds: number, json: true | undefined): void {
	const fetched = before.bytes - before.presentBytes;
	if (json) printJson({ ...buildJson(plan, before), fetched_bytes: fetched, seconds });
	else
		printResult(
			fetched === 0
				? `Everything is here already: ${size(before.bytes)} in ${before.files} files in ${before.cache}.`
				: `Fetched ${size(fetched)}${before.presentBytes > 0 ? ` (${size(before.presentBytes)} were here)` : ""} in ${seconds.toFixed(1)} s into ${before.cache}.`,
		);
}

function buildJson(
	{ parts }: DownloadPlan,
	{ files, bytes, presentBytes, freeBytes, cache }: DownloadForecast,
): object {
	return {
		cache,
		files,
		bytes,
		present_bytes: presentBytes,
		free_bytes: freeBytes,
		repositories: parts.map(({ repo, revision, files: wanted }) => ({
			repo: repoPage(repo),
			revision,
			snapshot: join(repo.snapshots, revision),
			files: wanted.map(({ path, bytes: length, etag }) => ({ path, bytes: length, etag })),
		})),
	};
}
