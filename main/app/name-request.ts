import { findModelRow } from "#shared/catalogue";
import { findText } from "#shared/catalogue-choice";
import { bundles, releases } from "#shared/catalogue-rows";
import type { DownloadRequest, SetRequest } from "#shared/download";
import { AppError } from "#shared/errors";
import { nameLayers } from "#shared/layer-names";

/** A download as people would name it. Throws `not-found` for what nobody publishes, `usage` for nothing. */
export function nameRequest({ models, sets, texts = [] }: DownloadRequest): string {
	const named = sets.map((set) => ({ ...set, layers: describeLayers(set), title: findRelease(set).title }));
	const whole = bundles.find(
		({ releases: members }) =>
			members.length === named.length &&
			named.every(({ release, layers }) => members.includes(release) && layers === named[0]?.layers),
	);
	const parts = [
		...models.map((name) => findModelRow(name)?.title ?? name),
		...(whole ? [`${whole.title}${named[0]?.layers}`] : named.map(({ title, layers }) => `${title}${layers}`)),
		...texts.map((name) => findText(name).title),
	];
	if (parts.length > 0) return parts.join(" · ");
	throw new AppError("usage", "There is nothing to fetch. Choose a model, dictionaries or a text.", {});
}

function findRelease({ release: name, paths }: SetRequest) {
	const release = releases.find((one) => one.name === name);
	if (!release) throw new AppError("not-found", `There is no release "${name}". The catalogue lists all.`, { name });
	const unknown = paths?.find((path) => !release.dictionaries.some((one) => one.path === path));
	if (unknown === undefined) return release;
	throw new AppError("not-found", `${release.title} has no dictionary ${unknown}.`, { name, path: unknown });
}

function describeLayers(set: SetRequest): string {
	if (!set.paths) return "";
	const chosen = findRelease(set).dictionaries.filter(({ path }) => set.paths?.includes(path));
	return `, ${nameLayers(chosen.map(({ site }) => site.layer))}`;
}
