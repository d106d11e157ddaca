import { existsSync } from "node:fs";
import { parseCachePath } from "#shared/cache-path";
import { type CatalogueModel, findModelRow, shortName } from "#shared/catalogue";
import { bundles, releases } from "#shared/catalogue-rows";
import { AppError } from "#shared/errors";
import { findModel } from "../app/locations.ts";
import { readHubCache } from "../hub/hub-settings.ts";
import { findDictionariesOnDisk } from "../hub/on-disk.ts";

/** Throws `not-found` for a model that is none, and `usage` for one without dictionaries, with those that are published. */
export function refuseWithoutDictionaries(model: string | undefined, saes: readonly string[] | undefined): void {
	if (model === undefined || model === "reference" || saes !== undefined) return;
	const row =
		(existsSync(model) ? undefined : findModelRow(model)) ?? findModelRow(parseCachePath(findModel(model))?.repo ?? "");
	throw new AppError(
		"usage",
		row ? describePublished(row) : "A model of your own needs dictionaries. Name their folder with --saes.",
	);
}

function describePublished({ name, title }: CatalogueModel): string {
	const mine = releases.filter((release) => release.model === name);
	if (mine.length === 0)
		return `${title} needs dictionaries, and the catalogue knows none for it. Name a folder of yours with --saes.`;
	const here = mine.filter((release) =>
		findDictionariesOnDisk(readHubCache(), release, release.dictionaries).some(({ path }) => path !== undefined),
	);
	const usual = bundles.findLast((bundle) => mine.some((release) => bundle.releases.includes(release.name)));
	const example = usual?.name ?? (mine[0] && shortName(mine[0]));
	return here.length > 0
		? `${title} needs dictionaries. On this machine are ${here.map(shortName).join(", ")}: name them with --saes (scd catalogue --model ${name} lists what else there is).`
		: `${title} needs dictionaries. Fetch some, as with scd download ${name} --saes ${example} --layers 9:11, and name them as --saes ${example} --layers 9:11 (scd catalogue --model ${name} lists what there is).`;
}
