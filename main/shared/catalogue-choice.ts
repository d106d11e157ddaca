import { parseCachePath } from "./cache-path.ts";
import {
	type CatalogueDictionary,
	type CatalogueRelease,
	type CatalogueText,
	findModelRow,
	findReleases,
	shortName,
} from "./catalogue.ts";
import { bundles, models, releases, texts } from "./catalogue-rows.ts";
import type { DownloadRequest } from "./download.ts";
import { AppError } from "./errors.ts";
import { parseLayerSlice } from "./layer-slice.ts";
import { nearestNames } from "./nearest-names.ts";
import { siteName } from "./site.ts";

/** Dictionaries of one release that were asked for by name. */
export interface ChosenSet {
	readonly release: CatalogueRelease;
	readonly dictionaries: readonly CatalogueDictionary[];
}

const releaseNames: readonly string[] = [
	...bundles.map(({ name }) => name),
	...releases.flatMap(({ name, aliases = [] }) => [...aliases, name]),
];
export const modelNames: readonly string[] = models.map(({ name }) => name);

/** Whether a text names something published, and not a folder. */
export function isReleaseName(name: string): boolean {
	return splitName(name) !== undefined;
}

/** A release with the path of one of its dictionaries, where the text goes on with one. */
function splitName(
	name: string,
): { readonly releases: readonly CatalogueRelease[]; readonly path?: string } | undefined {
	const whole = findReleases(name);
	if (whole.length > 0) return { releases: whole };
	const slash = name.indexOf("/");
	const found = slash < 0 ? [] : findReleases(name.slice(0, slash));
	return found.length > 0 ? { releases: found, path: name.slice(slash + 1) } : undefined;
}

/**
 * What a name means: a release, its alias, a bundle, or `RELEASE/PATH` of one dictionary; `layers` as shown, as a Python
 * slice. Throws `not-found` with the nearest names, `usage` or `mismatch`.
 */
export function chooseSets(name: string, layers?: string): readonly ChosenSet[] {
	const found = splitName(name);
	if (!found) {
		const near = nearestNames(name.replace(/\/.*/, ""), releaseNames);
		throw new AppError(
			"not-found",
			`There is no release "${name}"${near.length > 0 ? `; ${near.join(", ")} ${near.length > 1 ? "are" : "is"} nearest` : ""}. scd catalogue lists all of them.`,
			{ name, nearest: near },
		);
	}
	const { path } = found;
	const having = found.releases.filter(({ dictionaries }) => dictionaries.some((one) => one.path === path));
	// Of a bundle, all that have a dictionary of that path are meant.
	const sets = (having.length > 0 ? having : found.releases).map((release) => chooseFrom(release, path, layers));
	const chosen = sets.filter(({ dictionaries }) => dictionaries.length > 0);
	if (chosen.length > 0) return chosen;
	const sites = found.releases.flatMap(({ dictionaries }) => dictionaries.map(({ site }) => siteName(site)));
	throw new AppError(
		"mismatch",
		`${name} has no dictionary in the layers ${layers}. It has them at ${[...new Set(sites)].join(", ")}.`,
		{ name, layers },
	);
}

function chooseFrom(release: CatalogueRelease, path: string | undefined, layers: string | undefined): ChosenSet {
	const { dictionaries } = release;
	const name = shortName(release);
	const depth = findModelRow(release.model)?.layers ?? 0;
	const { begin, end } = layers === undefined ? { begin: -1, end: depth } : parseLayerSlice(layers, depth);
	const inside = dictionaries.filter(({ site: { layer } }) => layer >= begin && layer < end);
	if (path === undefined) return { release, dictionaries: inside };
	const one = dictionaries.find((dictionary) => dictionary.path === path);
	if (one) return { release, dictionaries: inside.filter((dictionary) => dictionary === one) };
	const paths = dictionaries.map((dictionary) => dictionary.path);
	const near = nearestNames(path, paths);
	throw new AppError(
		"not-found",
		`${name} has no dictionary "${path}". ${near.length > 0 ? "Nearest are" : "It has"} ${(near.length > 0 ? near : paths.slice(0, 3)).join(", ")}.`,
		{ name, path, nearest: near },
	);
}

/** The model that a name means. Throws `not-found` with the nearest names. */
export function chooseModel(name: string): string {
	const row = findModelRow(name);
	if (row) return row.name;
	if (/^[\w.-]+\/[\w.-]+$/.test(name)) return name;
	const near = nearestNames(name, modelNames);
	throw new AppError(
		"not-found",
		`There is no model "${name}" in the catalogue${near.length > 0 ? `; ${near.join(", ")} ${near.length > 1 ? "are" : "is"} nearest` : ""}. Name one of ${modelNames.join(", ")}, or a repository of the hub as organisation/name.`,
		{ name, nearest: near },
	);
}

/** Throws `mismatch` where dictionaries are fetched beside another model of the catalogue than theirs: they would read it wrongly. */
export function refuseForeignSets(model: string, chosen: readonly ChosenSet[]): void {
	const row = findModelRow(model);
	const foreign = row && chosen.find(({ release }) => release.model !== row.name);
	if (!foreign) return;
	const { release } = foreign;
	const short = shortName(release);
	throw new AppError(
		"mismatch",
		`${short} holds dictionaries of ${findModelRow(release.model)?.title ?? release.model}, and ${row.title} is another model. Fetch them with their own: scd download ${release.model} --saes ${short}. scd catalogue --model ${row.name} lists those of ${row.title}.`,
		{ model: row.name, release: release.name },
	);
}

/** The text that a name means. Throws `not-found`. */
export function findText(name: string): CatalogueText {
	const found = texts.find((one) => one.name === name);
	if (found) return found;
	throw new AppError(
		"not-found",
		`There is no text "${name}" in the catalogue. Name one of ${texts.map((one) => one.name).join(", ")}.`,
		{ name },
	);
}

/** The request for sets, each dictionary once. */
export function requestSets(chosen: readonly ChosenSet[]): DownloadRequest["sets"] {
	const byRelease = Map.groupBy(chosen, ({ release }) => release);
	return [...byRelease].map(([release, sets]) => {
		const wanted = new Set(sets.flatMap(({ dictionaries }) => dictionaries.map(({ path }) => path)));
		const paths = release.dictionaries.map(({ path }) => path).filter((path) => wanted.has(path));
		return { release: release.name, ...(paths.length < release.dictionaries.length && { paths }) };
	});
}

/**
 * Where dictionaries of one choice sit at the same place of the model, only one of them can be used. Throws `mismatch`
 * that says how to choose.
 */
export function refuseRivals({ release, dictionaries }: ChosenSet): void {
	for (const [i, one] of dictionaries.entries()) {
		const rivals = dictionaries.slice(i + 1).filter(({ site }) => siteName(site) === siteName(one.site));
		if (rivals.length === 0) continue;
		const short = shortName(release);
		throw new AppError(
			"mismatch",
			`${short} has ${rivals.length + 1} dictionaries at ${siteName(one.site)}: ${[one, ...rivals].map(({ path }) => path).join(", ")}. Choose one, as --saes ${short}/${one.path}.`,
			{ name: release.name, paths: [one, ...rivals].map(({ path }) => path) },
		);
	}
}

/** The command line that fetches something, to be shown. */
export function downloadCommand({ models: wanted, sets, texts: named = [] }: DownloadRequest): string {
	const quote = (word: string) => (/^[\w./:=@-]+$/.test(word) ? word : `"${word}"`);
	const names = sets.flatMap(({ release, paths }) => {
		const row = releases.find(({ name }) => name === release);
		const short = row ? shortName(row) : release;
		return paths ? paths.map((path) => `${short}/${path}`) : [short];
	});
	return [
		...["scd download", ...wanted.map(quote)],
		...names.map((name) => `--saes ${quote(name)}`),
		...named.map((name) => `--texts ${quote(name)}`),
	].join(" ");
}

/** What would fetch a file of the hub's cache anew; undefined where it is of nothing in the catalogue. */
export function requestForPath(path: string): DownloadRequest | undefined {
	const cached = parseCachePath(path);
	if (cached?.kind !== "models") return undefined;
	const { repo: wanted, inside } = cached;
	const model = models.find(({ repo }) => repo === wanted);
	if (model) return { models: [model.name], sets: [] };
	for (const { repo, name: release, dictionaries } of releases) {
		if (repo !== wanted) continue;
		const one = dictionaries.find(
			(dictionary) => inside === dictionary.path || inside.startsWith(`${dictionary.path}/`),
		);
		if (one) return { models: [], sets: [{ release, paths: [one.path] }] };
	}
	return undefined;
}
