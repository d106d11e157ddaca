import { findModelRow } from "#shared/catalogue";
import type { Download } from "#shared/contract/catalogue";

/** Something published, as the catalogue names it. */
export type Wanted =
	| { readonly model: string }
	| { readonly text: string }
	| { readonly release: string; readonly path: string };

/** The download that is to bring it and has not ended; what it lacks is no fault then. */
export function findFetching(downloads: readonly Download[], wanted: Wanted): Download | undefined {
	return downloads.findLast(({ state, request: { models, sets, texts = [] } }) => {
		if (state === "done") return false;
		if ("model" in wanted) return models.some((name) => (findModelRow(name)?.name ?? name) === wanted.model);
		if ("text" in wanted) return texts.includes(wanted.text);
		return sets.some(({ release, paths }) => release === wanted.release && (paths?.includes(wanted.path) ?? true));
	});
}

/** How such a download stands, in a word. */
export const fetchingWords = {
	running: "being fetched",
	paused: "paused, see above",
	failed: "did not come, see above",
	done: "here",
} as const satisfies Record<Download["state"], string>;
