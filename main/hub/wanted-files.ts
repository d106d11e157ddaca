import { type CatalogueDictionary, type CatalogueRelease, type CatalogueText, shortName } from "#shared/catalogue";
import { AppError } from "#shared/errors";
import { chooseFiles, chooseTextFile, dictionaryParts, modelParts, type PublishedPart } from "#shared/published-files";
import { fitsWindows } from "#shared/windows-name";
import type { RemoteFile, RepoListing } from "./repo-listing.ts";

/** Throws `unsupported` for a file that this system can give no such name. */
export function checkNames(repo: string, files: readonly RemoteFile[], platform = process.platform): void {
	const other = platform === "win32" && files.find(({ path }) => !fitsWindows(path));
	if (other)
		throw new AppError(
			"unsupported",
			`${repo} holds a file named ${other.path}, which Windows does not take as a name. Choose another set, or fetch it on Linux or macOS.`,
			{ repo, path: other.path },
		);
}

/** What a language model needs, each thing in one format only. Throws `bad-file` where something of it is not there. */
export function chooseModelFiles(listing: RepoListing): readonly RemoteFile[] {
	const { files, missing } = choose(listing, modelParts);
	if (missing.length === 0) return files;
	const { repo } = listing;
	throw new AppError(
		"bad-file",
		`${repo} holds no language model that can be used: it has no ${missing.join(" and no ")}. Choose another repository.`,
		{ repo, missing },
	);
}

/** What one dictionary of a release needs. Throws `not-found` where the repository no longer holds it. */
export function chooseDictionaryFiles(
	listing: RepoListing,
	release: Pick<CatalogueRelease, "format" | "name">,
	dictionary: Pick<CatalogueDictionary, "path">,
): readonly RemoteFile[] {
	const { files, missing } = choose(listing, dictionaryParts(release, dictionary));
	if (missing.length === 0) return files;
	const { repo } = listing;
	throw new AppError(
		"not-found",
		`${repo} no longer holds the dictionary ${dictionary.path} of ${shortName(release)}: its owner moved or removed it. Nothing of it was fetched.`,
		{ repo, path: dictionary.path, release: release.name, missing },
	);
}

/** The file of a text. Throws `not-found`. */
export function chooseTextFiles({ repo, files }: RepoListing, { path }: CatalogueText): readonly RemoteFile[] {
	const paths = files.map((file) => file.path);
	const chosen = chooseTextFile(path, paths);
	const file = files.find((one) => one.path === chosen);
	if (file) return [file];
	throw new AppError("not-found", `${repo} no longer holds a text in Parquet. Nothing was fetched.`, { repo, path });
}

function choose({ files }: RepoListing, parts: readonly PublishedPart[]) {
	const byPath = new Map(files.map((file) => [file.path, file]));
	const { files: paths, missing } = chooseFiles(parts, {
		has: (path) => byPath.has(path),
		pieces(index) {
			const [, stem, ending] = /^(.*)\.(\w+)\.index\.json$/.exec(index) ?? [];
			return [...byPath.keys()].filter((path) => path.startsWith(`${stem}-`) && path.endsWith(`.${ending}`));
		},
	});
	return { files: paths.flatMap((path) => byPath.get(path) ?? []), missing };
}
