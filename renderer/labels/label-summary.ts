import type { LabelFetchSummary } from "#shared/labels";
import { count } from "../ui/amounts.ts";

/** What came of asking Neuronpedia, in a sentence or two. */
export function describeFetch({ asked, found, known, notes }: LabelFetchSummary): string {
	const before = `${count(known, "feature")} had been asked for before`;
	if (asked === 0 && notes.length === 0) return `Nothing new to ask for: ${before}.`;
	const published =
		found === 0
			? "nothing is published of any"
			: asked === 1
				? "something is published of it"
				: `something is published of ${found.toLocaleString("en")}`;
	return [`${count(asked, "feature")} asked for, ${published}${known > 0 ? `; ${before}` : ""}.`, ...notes].join(" ");
}
