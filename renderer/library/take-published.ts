import { useCatalogue } from "../document/catalogue-store.ts";
import { useSession } from "../document/session-store.ts";
import { changeForm, chooseModel } from "../document/trace-form.ts";
import { showToast } from "../ui/toast-store.ts";
import type { CatalogueItem } from "./catalogue-items.ts";

/** Takes dictionaries that are on this computer into the trace panel, and their model where it is here. */
export function takeItem(item: CatalogueItem): void {
	const releases = new Set(item.options.flatMap(({ parts }) => parts.map(({ release }) => release)));
	const title = chooseSets(item.model, releases);
	showToast({
		severity: title === undefined ? "warning" : "info",
		message:
			title === undefined
				? "The dictionaries are chosen; their model is not on this computer yet. Download it above."
				: `The next trace is on ${title} with ${item.title}.`,
	});
}

/** The model's title; undefined where it is not here. */
export function chooseSets(model: string, releases: ReadonlySet<string>): string | undefined {
	const row = useCatalogue.getState().catalogue?.models.find(({ name }) => name === model);
	if (row?.path) chooseModel(row.path);
	const found = (useSession.getState().library ?? [])
		.flatMap(({ sets }) => sets)
		.filter(({ release }) => release !== undefined && releases.has(release));
	const sites = new Set<string>();
	// Of several at one place of the model, the first.
	const dirs = found.flatMap(({ dir, dictionaries }) => {
		if (dictionaries.some(({ site }) => sites.has(site))) return [];
		for (const { site } of dictionaries) sites.add(site);
		return [dir];
	});
	changeForm({ setDirs: dirs, layers: null });
	return row?.path ? row.title : undefined;
}
