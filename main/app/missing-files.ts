import type { CatalogueDictionary } from "#shared/catalogue";
import { downloadCommand } from "#shared/catalogue-choice";
import type { DownloadRequest } from "#shared/download";
import { AppError } from "#shared/errors";
import { compareSites, siteName } from "#shared/site";

/** Dictionaries that were asked for by a release's name. */
export interface FoundSites {
	readonly name: string;
	readonly layers?: string;
	readonly lacking: readonly CatalogueDictionary[];
	readonly there: readonly CatalogueDictionary[];
}

/**
 * The refusal for something published that is not here, or not whole: with the command that fetches it, and in `data`
 * with the request, so that a page can offer a button.
 */
export function describeMissing(
	title: string,
	cutOff: readonly string[],
	download: DownloadRequest,
	found?: FoundSites,
): AppError {
	const command = found ? fetchCommand(found) : downloadCommand(download);
	const inPart = found !== undefined && found.there.length > 0;
	const lacking = found?.lacking.length ?? 1;
	const what =
		cutOff.length > 0
			? `${title} is not whole on this machine: ${list(cutOff)} ${cutOff.length > 1 ? "are" : "is"} missing or cut off.`
			: inPart
				? `Of ${title}, ${listSites(found.lacking)} ${lacking > 1 ? "are" : "is"} not on this machine.`
				: `${title} is not on this machine.`;
	const them = inPart && cutOff.length === 0 && lacking > 1 ? "them" : "it";
	const here = inPart && found.layers === undefined ? sliceThere(found) : undefined;
	const instead = here === undefined ? "" : ` Or use the layers that are here: --layers ${here}.`;
	return new AppError(
		"not-found",
		`${what} Fetch ${them} with: ${command} (in the app: Library, Catalogue).${instead}`,
		{ title, command, download, ...(cutOff.length > 0 && { missing: cutOff }) },
	);
}

/** Where some of a release will do: what is used of it, and how to get the others. */
export function describePart(found: FoundSites): string {
	const { name, lacking, there } = found;
	return `Of ${name}, what is on this machine is used: ${listSites(there)}. ${lacking.length > 1 ? `${lacking.length} others are` : "One other is"} not here; fetch ${lacking.length > 1 ? "them" : "it"} with: ${fetchCommand(found)}.`;
}

function fetchCommand({ name, layers, lacking }: FoundSites): string {
	const numbers = lacking.map(({ site }) => site.layer);
	const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
	const slice = layers ?? (least > 0 ? `${least}:${most + 1}` : undefined);
	return `scd download --saes ${name}${slice === undefined ? "" : ` --layers ${slice}`}`;
}

/** The longest run of layers, as shown, of which everything is here. */
function sliceThere({ lacking, there }: FoundSites): string | undefined {
	const gaps = new Set(lacking.map(({ site }) => site.layer));
	const whole = [...new Set(there.map(({ site }) => site.layer))].filter((layer) => !gaps.has(layer));
	let best: { begin: number; end: number } | undefined;
	let run: { begin: number; end: number } | undefined;
	for (const layer of whole.sort((a, b) => a - b)) {
		run = run?.end === layer ? { begin: run.begin, end: layer + 1 } : { begin: layer, end: layer + 1 };
		if (!best || run.end - run.begin > best.end - best.begin) best = run;
	}
	return best && `${best.begin < 0 ? "" : best.begin}:${best.end}`;
}

const listSites = (dictionaries: readonly CatalogueDictionary[]) =>
	list(
		dictionaries
			.map(({ site }) => site)
			.toSorted(compareSites)
			.map(siteName),
	);

/** Looks for several things; where more than one is missing, one refusal names all of them and one command fetches them. */
export function lookForAll<T>(looks: readonly (() => T)[]): readonly T[] {
	const refusals: AppError[] = [];
	const found = looks.flatMap((look) => {
		try {
			return [look()];
		} catch (error) {
			if (!(error instanceof AppError) || error.data["download"] === undefined) throw error;
			refusals.push(error);
			return [];
		}
	});
	const [first] = refusals;
	if (!first) return found;
	if (refusals.length === 1) throw first;
	const titles = refusals.map(({ data }) => String(data["title"]));
	const downloads = refusals.map(({ data }) => data["download"] as DownloadRequest);
	const command = joinCommands(refusals.map(({ data }) => String(data["command"])));
	throw new AppError(
		"not-found",
		`${titles.slice(0, -1).join(", ")} and ${titles.at(-1)} are not on this machine. Fetch them with: ${command} (in the app: Library, Catalogue).`,
		{
			title: titles.join(", "),
			command,
			download: {
				models: downloads.flatMap(({ models }) => models),
				sets: downloads.flatMap(({ sets }) => sets),
			} satisfies DownloadRequest,
		},
	);
}

/** One command where all of them are of the same layers, else one behind the other. */
function joinCommands(commands: readonly string[]): string {
	const parts = commands.map((command) => /^scd download (.*?)( --layers \S+)?$/.exec(command));
	const sets = parts.filter((part) => part?.[1]?.startsWith("--saes"));
	const layers = new Set(sets.map((part) => part?.[2] ?? ""));
	if (layers.size > 1) return commands.join(" && ");
	return `scd download ${parts.map((part) => part?.[1] ?? "").join(" ")}${[...layers][0] ?? ""}`;
}

const list = (names: readonly string[]) =>
	names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
