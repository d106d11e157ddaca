import { type Command, Option } from "commander";
import { shortName } from "#shared/catalogue";
import { chooseModel } from "#shared/catalogue-choice";
import type {
	Catalogue,
	CatalogueDictionaryRow,
	CatalogueModelRow,
	CatalogueSetRow,
	CatalogueTextRow,
} from "#shared/contract/catalogue";
import { describeReleaseRule } from "#shared/conventions";
import { listLayers } from "#shared/layer-names";
import { describeCatalogue } from "../app/catalogue.ts";
import { jsonOption } from "./options.ts";
import { printJson, printResult } from "./terminal.ts";

export function defineCatalogueCommand(command: Command): void {
	command
		.addOption(new Option("--model <name>", "only this model and its dictionaries"))
		.addOption(jsonOption())
		.action(runCatalogue);
}

function runCatalogue({ model, json }: { model?: string; json?: true }): void {
	const catalogue = describeCatalogue(model === undefined ? undefined : chooseModel(model));
	if (json) printJson(buildJson(catalogue));
	else printResult(describe(catalogue));
}

function describe({ models, sets, bundles, texts, cache }: Catalogue): string {
	const counted = sets.flatMap((set) => describeCounting(set) ?? []);
	const nameOf = (release: string) => shortName(sets.find(({ name }) => name === release) ?? { name: release });
	return [
		...table([["model", "layers", "width", "size", "licence", "here", "source"], ...models.map(describeModel)]),
		...(sets.length === 0
			? ["", "No dictionaries for it are published that this catalogue knows."]
			: [
					"",
					...table([
						["dictionaries", "site", "layers", "features", "kind", "size", "licence", "here", "rule", "source"],
						...sets.map(describeSet),
					]),
				]),
		...(counted.length === 0
			? []
			: [
					"",
					"Layers are as shown: the stream after layer 9 is resid_9, whoever calls it the one before layer 10. emb is what enters",
					"layer 0, and --layers :1 takes it in with layer 0.",
					...counted.map((line) => `  ${line}`),
				]),
		...(bundles.length === 0 ? [] : [""]),
		...bundles.map(({ name, title, releases }) => `${name}: ${title} (${releases.map(nameOf).join(", ")})`),
		"",
		...table([["text", "title", "size", "licence", "here", "source"], ...texts.map(describeText)]),
		"",
		`The cache is ${cache}. Fetch with scd download, as: scd download ${models[0]?.name ?? "gpt2"}${sets[0] ? ` --saes ${shortName(sets[0])} --layers 6:8` : ""}`,
	].join("\n");
}

/** `resid_9` of a release whose hooks are counted otherwise; undefined where they are counted alike. */
function describeCounting(set: CatalogueSetRow): string | undefined {
	const shifted = set.dictionaries.filter(({ layer, hook }) => !hook.startsWith(`blocks.${layer}.`));
	const one = shifted[Math.floor(shifted.length / 2)];
	if (!one) return undefined;
	return `${shortName(set)}: ${one.site} is ${one.hook}${one.neuronpedia === null ? "" : `, on Neuronpedia ${one.neuronpedia}`}`;
}

function describeModel({ name, layers, width, bytes, licence, path, missing, repo }: CatalogueModelRow): string[] {
	const here = path !== null ? "yes" : missing.length > 0 ? "in part" : "no";
	return [name, String(layers), String(width), size(bytes), licence, here, repo];
}

function describeText({ name, title, bytes, licence, path, repo }: CatalogueTextRow): string[] {
	return [name, title, size(bytes), licence, path === null ? "no" : "yes", `datasets/${repo}`];
}

function describeSet(set: CatalogueSetRow): string[] {
	const { dictionaries, kind, k, licence, repo, rule, refusal } = set;
	const bytes = dictionaries.reduce((sum, one) => sum + one.bytes, 0);
	const kinds = [...new Set(dictionaries.map(({ site }) => site.replace(/_.*/, "")))];
	const features = [...new Set(dictionaries.map((one) => one.features))];
	return [
		shortName(set),
		kinds.join(", "),
		listLayers(dictionaries.map(({ layer }) => layer)),
		features.length > 1 ? `${Math.min(...features)}–${Math.max(...features)}` : String(features[0]),
		kind === "topk" ? `topk ${k}` : "relu",
		size(bytes),
		licence ?? "not stated",
		refusal ?? hereOf(dictionaries),
		describeReleaseRule(rule).join(", "),
		repo,
	];
}

function hereOf(dictionaries: readonly CatalogueDictionaryRow[]): string {
	const here = dictionaries.filter(({ folder }) => folder !== null);
	if (here.length === 0) return dictionaries.some(({ missing }) => missing.length > 0) ? "in part" : "no";
	return here.length === dictionaries.length
		? "all"
		: `${here.length} of ${dictionaries.length} (${listLayers(here.map(({ layer }) => layer))})`;
}

function size(bytes: number): string {
	return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
	const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
	return rows.map((row) =>
		row
			.map((cell, i) => cell.padEnd(widths[i] ?? 0))
			.join("  ")
			.trimEnd(),
	);
}

function buildJson({ cache, freeBytes, models, sets, bundles, texts }: Catalogue): object {
	return {
		cache,
		free_bytes: freeBytes,
		models: models.map(({ name, title, repo, layers, width, parameters, bytes, licence, path, missing }) => ({
			...{ name, title, source: repo, layers, width, parameters, bytes, licence },
			...{ present: path !== null, path, missing },
		})),
		releases: sets.map(
			({ name, aliases, title, model, repo, format, kind, k, licence, paper, refusal, rule, dictionaries }) => ({
				...{ name, aliases, title, model, source: repo, format, kind, k, licence, paper, refusal },
				rule_known: true,
				rule: { centred: rule.centred, bos: rule.bos, value_biases: rule.valueBiases },
				layers: [...new Set(dictionaries.map(({ layer }) => layer))],
				bytes: dictionaries.reduce((sum, one) => sum + one.bytes, 0),
				present: dictionaries.filter(({ folder }) => folder !== null).length,
				dictionaries: dictionaries.map(
					({ path, site, layer, hook, neuronpedia, features, bytes, folder, missing }) => ({
						...{ path, site, layer, hook, neuronpedia, features, bytes },
						...{ present: folder !== null, folder, missing },
					}),
				),
			}),
		),
		bundles: bundles.map(({ name, title, releases }) => ({ name, title, releases })),
		texts: texts.map(({ name, title, repo, revision, bytes, licence, path }) => ({
			...{ name, title, source: repo, revision, bytes, licence, present: path !== null, path },
		})),
	};
}
