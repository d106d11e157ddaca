import type { Command } from "commander";
import type { CoFiring, CollectionChoice } from "#shared/collection";
import type { Conventions } from "#shared/conventions";
import { describeLargest } from "#shared/describe-largest";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import { parseFeatureId } from "#shared/node-id";
import type { ShownLabel } from "#shared/published";
import type { App } from "../app/app.ts";
import { runCollection } from "../app/collect-job.ts";
import { measureThreshold, readCoFiring, usualContexts } from "../app/collected-features.ts";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import { lookUpLabels } from "../app/label-lookup.ts";
import { buildLabelJson } from "../export/circuit-json.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { discoverDictionaries } from "../sae/discovery.ts";
import { refuseIdleConventions } from "../sae/idle-conventions.ts";
import { conventionOptions, readConventions } from "./convention-options.ts";
import {
	databaseOption,
	dictionariesOption,
	findFeatureModel,
	jsonOption,
	layersOption,
	memoryOption,
	modelOption,
	openApp,
} from "./options.ts";
import { createProgressBar, printJson, printResult, reportSkipped, warn, withInterrupt } from "./terminal.ts";

interface FeaturesOptions extends Conventions {
	readonly model?: string;
	readonly saes?: readonly string[];
	readonly layers?: string;
	readonly corpus?: string;
	readonly percentile: number;
	readonly db?: string;
	readonly memoryLimit?: number;
	readonly json?: true;
}

export function defineFeaturesCommand(command: Command): void {
	conventionOptions(command)
		.argument("<id...>", "features, e.g. mlp_3.17")
		.addOption(modelOption())
		.addOption(dictionariesOption())
		.addOption(layersOption())
		.option("--corpus <file>", "first gather contexts of every feature from a corpus, as scd collect does")
		.option("--percentile <p>", "of the activation threshold", Number, 99.99)
		.addOption(databaseOption())
		.addOption(memoryOption())
		.addOption(jsonOption())
		.action(runFeatures);
}

async function runFeatures(ids: readonly string[], options: FeaturesOptions): Promise<void> {
	const features = ids.map(parseFeatureId);
	const { modelDir, dictionaryDirs } = findFeatureModel(options);
	const read = readConventions(options);
	const { dictionaries, skipped } = discoverDictionaries(dictionaryDirs, read.conventions);
	reportSkipped(skipped);
	refuseIdleConventions(
		dictionaries.map(({ config }) => config),
		read.conventions,
	);
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
	const app = openApp(options);
	try {
		if (options.corpus !== undefined) await collectFirst(app, options.corpus, { modelDir, dictionaryDirs, ...read });
		const query = {
			modelDir,
			dictionaryDirs,
			...read,
			dictionaries: new Map(dictionaries.map((dictionary) => [dictionary.siteName, dictionary])),
			features,
		};
		const facts = await lookUpFeatures(app, query);
		const labels = lookUpLabels(app, query);
		const found = features.flatMap(({ site, feature }) => {
			const known = facts.get(`${site}.${feature}`);
			const { hash } = dictionaries.find((one) => one.siteName === site) as Dictionary;
			const threshold = measureThreshold(app.store, hash, feature, options.percentile);
			const coFiring = readCoFiring(app.store, hash, feature, 10);
			const label = labels.get(`${site}.${feature}`);
			return known ? [{ id: `${site}.${feature}`, ...known, label, threshold, coFiring }] : [];
		});
		if (options.json) printJson({ features: found.map((one) => buildFeatureJson(one, options.percentile)) });
		else printResult(found.map((one) => describeFeature(one, options.percentile)).join("\n\n"));
	} finally {
		app.dispose();
	}
}

/** Gathers what the corpus shows of all features, the ordinary way. */
async function collectFirst(
	app: App,
	corpus: string,
	model: Pick<CollectionChoice, "modelDir" | "dictionaryDirs" | "conventions">,
) {
	const bar = createProgressBar();
	const choice = { ...model, provider: "auto" as const, corpus, maxLength: 128 };
	const { notes } = await withInterrupt((signal) =>
		runCollection(app, choice, { ...usualContexts, signal, progress: bar.show }),
	).finally(bar.clear);
	for (const note of notes) warn(note);
}

type Found = FeatureFacts & {
	readonly id: string;
	readonly label: ShownLabel | undefined;
	readonly threshold: number | undefined;
	readonly coFiring: readonly CoFiring[];
};

function buildFeatureJson({ id, label, threshold, coFiring, ...facts }: Found, percentile: number): object {
	const site = id.slice(0, id.indexOf("."));
	return {
		id,
		...(label && buildLabelJson(label)),
		...(facts.origin && { origin: facts.origin }),
		// Of the weights alone nobody knows how often it is active.
		...(isMeasured(facts) && { frequency: facts.frequency, max_activation: facts.maxActivation }),
		contexts: facts.contexts,
		raises: facts.raises.map(({ token, effect }) => [token, effect]),
		lowers: facts.lowers.map(({ token, effect }) => [token, effect]),
		histogram: facts.histogram ?? null,
		percentile,
		threshold: threshold ?? null,
		co_firing: coFiring.map(({ feature, count, overlap }) => ({ id: `${site}.${feature}`, count, overlap })),
	};
}

/** Whether some text was read for it, be it that it was never active there. */
function isMeasured({ frequency, contexts, histogram, origin }: Omit<FeatureFacts, "feature">): boolean {
	return frequency > 0 || contexts.length > 0 || histogram !== undefined || origin !== undefined;
}

function describeFeature({ id, label, threshold, coFiring, ...facts }: Found, percentile: number): string {
	const list = (effects: FeatureFacts["raises"]) =>
		effects.map(({ token, effect }) => `${showToken(token)} ${formatNumber(effect)}`).join("   ");
	const seen = facts.contexts.length > 0;
	const site = id.slice(0, id.indexOf("."));
	return [
		seen
			? `${id}: active on ${(100 * facts.frequency).toPrecision(3)}% of tokens, ${describeLargest(facts.maxActivation)}${describeOrigin(facts.origin)}`
			: `${id}: not seen active in any stored corpus (gather contexts with scd collect)`,
		...(label ? [`  ${label.text}${label.by === "person" ? "" : ` (${label.source})`}`] : []),
		...facts.contexts.map(({ tokens, peak, activations }) => {
			const words = tokens
				.map((token, i) => (i === peak ? `»${token}«` : token))
				.join("")
				.replace(/\n/g, "↵");
			return `  ${formatNumber(activations[peak] ?? 0).padStart(7)}  ${words}`;
		}),
		`  raises  ${list(facts.raises)}`,
		`  lowers  ${list(facts.lowers)}`,
		...(threshold === undefined
			? []
			: [
					`  ${facts.maxActivation < 0 ? "in size above" : "above"} ${formatNumber(threshold)} on ${(100 - percentile).toPrecision(2)}% of tokens`,
				]),
		...(coFiring.length === 0
			? []
			: [
					`  with    ${coFiring
						.slice(0, 5)
						.map(({ feature, overlap }) => `${site}.${feature} ${(100 * overlap).toFixed(0)}%`)
						.join("   ")}`,
				]),
	].join("\n");
}

function describeOrigin(origin: FeatureFacts["origin"]): string {
	if (!origin) return "";
	return origin.kind === "neuronpedia" ? `, says ${origin.source}` : `, over a sample of ${origin.tokens} tokens`;
}
