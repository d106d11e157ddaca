import { useState } from "react";
import type { FeatureQuery } from "#shared/contract/results";
import type { Conventions } from "#shared/conventions";
import { tracedBy } from "#shared/trace-request";
import { useDocument } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { useTraceForm } from "../document/trace-form.ts";
import { useAnswer } from "../document/use-call.ts";
import { currentModel } from "../tasks/tasks.ts";

export const pageSize = 50;
const searchMs = 180;

/** What is looked for, and in which order it is listed. */
export type FeatureSearch = Omit<FeatureQuery, "dictionary" | "offset" | "limit">;

/** Dictionaries of the open circuit or of the trace panel. */
export function useDictionaries() {
	const library = useSession((state) => state.library);
	const form = useTraceForm((state) => state.setDirs);
	const run = useDocument((state) => state.run);
	const wanted = tracedBy(run?.request)?.dictionaryDirs ?? form;
	const sets = (library ?? []).flatMap((folder) => folder.sets);
	const mine = sets.filter(
		({ dir, dictionaries }) => wanted.includes(dir) || dictionaries.some((one) => wanted.includes(one.dir)),
	);
	const dictionaries = (mine.length > 0 ? mine : sets).flatMap((set) => set.dictionaries);
	const [chosen, choose] = useState<string>();
	const dictionary =
		chosen ?? dictionaries.find(({ site }) => site.startsWith("resid"))?.dir ?? dictionaries[0]?.dir ?? "";
	return { dictionaries, dictionary, choose };
}

/** How the open circuit, or the trace panel, reads dictionaries. */
function readingOf(): { readonly conventions?: Conventions } {
	const { conventions } = currentModel();
	return conventions ? { conventions } : {};
}

/** A page of what is found. `gathered` is whatever changes when more is known. */
export function useFeaturePage(dictionary: string, search: FeatureSearch, offset: number, gathered: string | null) {
	const asked = { dictionary, ...readingOf(), ...search, offset, limit: pageSize };
	return useAnswer("features.browse", dictionary === "" ? undefined : asked, {
		refresh: gathered,
		delayMs: search.search === "" ? 0 : searchMs,
		keep: true,
	});
}

/** All that is known of one feature. */
export function useFeature(dictionary: string, feature: number, gathered: string | null) {
	const asked = { dictionary, ...readingOf(), feature, percentile: 99.99 };
	return useAnswer("features.inspect", asked, { refresh: gathered });
}
