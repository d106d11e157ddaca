import type { CatalogueDictionary, CatalogueRelease } from "#shared/catalogue";
import { downloadCommand } from "#shared/catalogue-choice";
import type { DownloadRequest } from "#shared/download";
import { AppError } from "#shared/errors";
import { siteName } from "#shared/site";

/** Of dictionaries that were asked for by a release's name. */
interface MissingSites {
	readonly name: string;
	readonly layers?: string;
	readonly sites: readonly {
		readonly release: CatalogueRelease;
		readonly dictionaries: readonly CatalogueDictionary[];
	}[];
	/** How many of them are there. */
	readonly present: number;
}

/**
 * The refusal for something published that is not here, or not whole: with the command that fetches it, and in `data`
 * with the request, so that a page can offer a button.
 */
export function describeMissing(
	title: string,
	cutOff: readonly string[],
	download: DownloadRequest,
	missing?: MissingSites,
): AppError {
	const command = missing ? `scd download --saes ${missing.name}${layersOf(missing)}` : downloadCommand(download);
	const sites = missing?.sites.flatMap(({ dictionaries }) => dictionaries.map(({ site }) => siteName(site))) ?? [];
	const what =
		cutOff.length > 0
			? `${title} is not whole on this machine: ${list(cutOff)} ${cutOff.length > 1 ? "are" : "is"} missing or cut off.`
			: missing && missing.present > 0
				? `Of ${title}, ${list(sites)} ${sites.length > 1 ? "are" : "is"} not on this machine.`
				: `${title} is not on this machine.`;
	const instead =
		missing && missing.present > 0 && missing.layers === undefined
			? " Or name the layers that are here with --layers."
			: "";
	return new AppError("not-found", `${what} Fetch it with: ${command} (in the app: Library, Catalogue).${instead}`, {
		title,
		command,
		download,
		...(cutOff.length > 0 && { missing: cutOff }),
	});
}

function layersOf({ layers, sites }: MissingSites): string {
	if (layers !== undefined) return ` --layers ${layers}`;
	const numbers = sites.flatMap(({ dictionaries }) => dictionaries.map(({ site }) => site.layer));
	const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
	return least > 0 ? ` --layers ${least}:${most + 1}` : "";
}

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
