import { existsSync } from "node:fs";
import { forecastDictionaryBytes } from "#shared/catalogue";
import { bundles, models, releases, texts } from "#shared/catalogue-rows";
import type { Catalogue, CatalogueModelRow, CatalogueSetRow } from "#shared/contract/catalogue";
import { siteName } from "#shared/site";
import { fitsWindows } from "#shared/windows-name";
import { freeBytes } from "../hub/disk-space.ts";
import { readHubCache } from "../hub/hub-settings.ts";
import { findDictionariesOnDisk, findModelOnDisk, findTextOnDisk } from "../hub/on-disk.ts";

/** What can be fetched by name, and what of it is on this machine. */
export function describeCatalogue(modelName?: string, platform = process.platform): Catalogue {
	const cache = readHubCache();
	const wanted = models.filter(({ name }) => modelName === undefined || name === modelName);
	return {
		cache,
		cacheExists: existsSync(cache),
		freeBytes: freeBytes(cache) ?? null,
		models: wanted.map((model): CatalogueModelRow => {
			const { path, missing, begun } = findModelOnDisk(cache, model.repo);
			return { ...model, path: path ?? null, missing: begun ? missing : [] };
		}),
		sets: releases
			.filter(({ model }) => wanted.some(({ name }) => name === model))
			.map((release): CatalogueSetRow => {
				const width = models.find(({ name }) => name === release.model)?.width ?? 0;
				const { rule, dictionaries, aliases = [], licence, paper, k, ...rest } = release;
				return {
					...rest,
					aliases,
					licence: licence ?? null,
					paper: paper ?? null,
					k: k ?? null,
					refusal:
						platform === "win32" && dictionaries.some(({ path }) => !fitsWindows(path))
							? "Windows does not take its files' names"
							: null,
					rule: { centred: rule.centred, bos: rule.bos, valueBiases: rule.valueBiases ?? null },
					dictionaries: findDictionariesOnDisk(cache, release, dictionaries).map(({ one, path, missing, begun }) => ({
						path: one.path,
						hook: one.hook,
						neuronpedia: one.neuronpedia ?? null,
						site: siteName(one.site),
						layer: one.site.layer,
						features: one.features,
						bytes: forecastDictionaryBytes(one, width),
						folder: path ?? null,
						missing: begun ? missing : [],
					})),
				};
			}),
		bundles: bundles.filter((bundle) =>
			releases.some(({ name, model }) => bundle.releases.includes(name) && wanted.some((row) => row.name === model)),
		),
		texts: texts.map((text) => ({ ...text, path: findTextOnDisk(cache, text) ?? null })),
	};
}
