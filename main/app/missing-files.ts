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

const list = (names: readonly string[]) =>
	names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
