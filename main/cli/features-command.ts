import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import { parseNodeId } from "#shared/node-id";
import { siteName } from "#shared/site";
import { App } from "../app/app.ts";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import { findModel, reference } from "../app/locations.ts";
import { discoverDictionaries } from "../sae/discovery.ts";
import { databaseOption, dictionariesOption, jsonOption, modelOption } from "./options.ts";
import { createProgressBar, printJson, printResult, reportSkipped, withInterrupt } from "./terminal.ts";

interface FeaturesOptions {
	readonly model?: string;
	readonly saes?: readonly string[];
	readonly corpus?: string;
	readonly db?: string;
	readonly json?: true;
}

export function defineFeaturesCommand(command: Command): void {
	command
		.argument("<id...>", "features, e.g. mlp_3.17")
		.addOption(modelOption())
		.addOption(dictionariesOption())
		.option(
			"--corpus <file>",
			"first gather contexts of every feature from a text (blank lines part documents), and store them",
		)
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action(runFeatures);
}

async function runFeatures(ids: readonly string[], options: FeaturesOptions): Promise<void> {
	const features = ids.map((id) => {
		const ref = parseNodeId(id);
		if (ref.kind !== "feature") throw new AppError("usage", `"${id}" is no feature. Write one as mlp_3.17.`, { id });
		return { site: siteName(ref.site), feature: ref.feature };
	});
	const modelDir = findModel(options.model);
	const dictionaryDirs = options.saes ?? [reference.dictionaries];
	const { dictionaries, skipped } = discoverDictionaries(dictionaryDirs);
	reportSkipped(skipped);
	for (const { site, feature } of features) {
		const dictionary = dictionaries.find((one) => one.siteName === site);
		if (!dictionary)
			throw new AppError(
				"not-found",
				`No dictionary sits at ${site}. There are ${dictionaries.map((one) => one.siteName).join(", ")}.`,
				{ site },
			);
		if (feature >= dictionary.dSae)
			throw new AppError(
				"not-found",
				`${site}.${feature} does not exist: the dictionary at ${site} has the features 0 to ${dictionary.dSae - 1}.`,
				{ site, feature },
			);
	}
	const app = new App(options.db);
	try {
		if (options.corpus !== undefined) await storeCorpusFacts(app, options.corpus, modelDir, dictionaryDirs);
		const facts = await lookUpFeatures(app, {
			modelDir,
			dictionaryDirs,
			dictionaries: new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary])),
			features,
		});
		const found = features.flatMap(({ site, feature }) => {
			const known = facts.get(`${site}.${feature}`);
			return known ? [{ id: `${site}.${feature}`, ...known }] : [];
		});
		if (options.json) printJson({ features: found.map(buildFeatureJson) });
		else printResult(found.map(describeFeature).join("\n\n"));
	} finally {
		app.dispose();
	}
}

async function storeCorpusFacts(
	app: App,
	path: string,
	modelDir: string,
	dictionaryDirs: readonly string[],
): Promise<void> {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch {
		throw new AppError("not-found", `The corpus ${path} cannot be read. Give a text file.`, { path });
	}
	const documents = text.split(/\n\s*\n/).filter((document) => document.trim() !== "");
	if (documents.length === 0) throw new AppError("bad-file", `The corpus ${path} holds no text.`, { path });
	const bar = createProgressBar();
	const found = await withInterrupt((signal) =>
		app.engine.call("corpusFacts", { modelDir, dictionaryDirs, documents }, { signal, progress: bar.show }),
	).finally(bar.clear);
	for (const { dictionary, facts } of found) app.store.saveFacts(dictionary, facts);
}

function buildFeatureJson({ id, ...facts }: FeatureFacts & { id: string }): object {
	return {
		id,
		frequency: facts.frequency,
		max_activation: facts.maxActivation,
		contexts: facts.contexts,
		raises: facts.raises.map(({ token, effect }) => [token, effect]),
		lowers: facts.lowers.map(({ token, effect }) => [token, effect]),
	};
}

function describeFeature({ id, ...facts }: FeatureFacts & { id: string }): string {
	const list = (effects: FeatureFacts["raises"]) =>
		effects.map(({ token, effect }) => `${showToken(token)} ${formatNumber(effect)}`).join("   ");
	const seen = facts.contexts.length > 0;
	return [
		seen
			? `${id}: active on ${(100 * facts.frequency).toPrecision(3)}% of tokens, at most ${formatNumber(facts.maxActivation)}`
			: `${id}: not seen active in any stored corpus (gather contexts with --corpus FILE)`,
		...facts.contexts.map(({ tokens, peak, activations }) => {
			const words = tokens
				.map((token, i) => (i === peak ? `»${token}«` : token))
				.join("")
				.replace(/\n/g, "↵");
			return `  ${formatNumber(activations[peak] ?? 0).padStart(7)}  ${words}`;
		}),
		`  raises  ${list(facts.raises)}`,
		`  lowers  ${list(facts.lowers)}`,
	].join("\n");
}
