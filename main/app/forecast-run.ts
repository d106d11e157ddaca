import { freemem } from "node:os";
import type { RunForecast } from "#shared/contract/results";
import { siteName } from "#shared/site";
import type { ProviderChoice } from "#shared/trace-request";
import { addWork, timesWork } from "../circuits/forecast/demand.ts";
import { type Forecastable, foresee, predictSeconds, secondsOf } from "../circuits/forecast/forecast.ts";
import { checkMemoryFloor, expectBytes } from "../circuits/forecast/memory-floor.ts";
import type { App } from "./app.ts";

export type { Forecastable };

/** Tokens that each feature raises and lowers are worked out for all features of a collection up to so many operations. */
export const mostLogitOperations = 4e12;

/**
 * What a run will take on this machine. Throws what opening its files throws, and `out-of-memory` where the limit cannot
 * be kept: the same messages that the run itself would give.
 */
export async function forecastRun({ engine, speed }: App, { kind, request }: Forecastable): Promise<RunForecast> {
	const outlook = await foresee(kind, request as never);
	const { sizes, demand } = outlook;
	const { limitBytes, othersBytes } = engine;
	if (limitBytes !== undefined) checkMemoryFloor(outlook, limitBytes, othersBytes);
	const machine = speed.speedOf((request as { readonly provider: ProviderChoice }).provider);
	return {
		tokens: sizes.tokens.reduce((sum, count) => sum + count, 0) * Math.max(1, sizes.sequences),
		sites: sizes.dictionaries.map(({ site }) => siteName(site)),
		layers: sizes.model.layers,
		bytes: expectBytes(demand.memory, othersBytes, limitBytes),
		seconds:
			predictSeconds(outlook, machine) + (kind === "collect" ? secondsOf(describeFeatures(outlook.sizes), machine) : 0),
		freeBytes: freemem(),
		skipped: sizes.skipped,
	};
}

/** What a collection does once everything is gathered: logits of every feature, where these are not too many, and contexts. */
function describeFeatures({ model, dictionaries }: Awaited<ReturnType<typeof foresee>>["sizes"]) {
	const features = dictionaries.reduce((sum, { dSae }) => sum + dSae, 0);
	const products = 2 * model.vocabularySize * model.width * features;
	return addWork(
		timesWork(features, { entries: 2000 }),
		products <= mostLogitOperations ? { products, entries: 2 * features * model.vocabularySize } : {},
	);
}
