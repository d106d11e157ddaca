import type { CatalogueDictionary, CatalogueRelease } from "#shared/catalogue";
import { AppError } from "#shared/errors";
import type { RemoteFile, RepoListing } from "./repo-listing.ts";

const small = ["config.json", "tokenizer_config.json", "tokenizer.json"];
/** Of older repositories, which have no `tokenizer.json`. */
const oldTokenizer = ["vocab.json", "merges.txt"];

/** What a language model needs, each thing in one format only. Throws `bad-file` where weights or configuration are not there. */
export function chooseModelFiles({ repo, files }: RepoListing): readonly RemoteFile[] {
	const top = new Map(files.filter(({ path }) => !path.includes("/")).map((file) => [file.path, file]));
	const take = (names: readonly string[]) => names.flatMap((name) => top.get(name) ?? []);
	const weights = chooseWeights([...top.values()], "model", "pytorch_model");
	if (weights.length === 0 || !top.has("config.json"))
		throw new AppError(
			"bad-file",
			`${repo} holds no language model: ${top.has("config.json") ? "weights in safetensors or pytorch_model.bin are" : "config.json is"} missing. Choose another repository.`,
			{ repo },
		);
	return [...take(small), ...(top.has("tokenizer.json") ? [] : take(oldTokenizer)), ...weights];
}

/** One file, or the pieces of one with their index; PyTorch's own format only where nothing better is there. */
function chooseWeights(files: readonly RemoteFile[], safe: string, torch: string): readonly RemoteFile[] {
	for (const [stem, ending] of [
		[safe, "safetensors"],
		[torch, "bin"],
	] as const) {
		const whole = files.find(({ path }) => path === `${stem}.${ending}`);
		if (whole) return [whole];
		const index = files.find(({ path }) => path === `${stem}.${ending}.index.json`);
		const pieces = files.filter(({ path }) => path.startsWith(`${stem}-`) && path.endsWith(`.${ending}`));
		if (index && pieces.length > 0) return [index, ...pieces];
	}
	return [];
}

/** What one dictionary of a release needs. Throws `not-found` where the repository no longer holds it. */
export function chooseDictionaryFiles(
	{ repo, files }: RepoListing,
	{ format, name }: Pick<CatalogueRelease, "format" | "name">,
	{ path }: Pick<CatalogueDictionary, "path">,
): readonly RemoteFile[] {
	const chosen = format === "early-hook-z" ? chooseEarly(files, path) : chooseFolder(files, path);
	if (chosen) return chosen;
	throw new AppError(
		"not-found",
		`${repo} no longer holds the dictionary ${path} of ${name}: its owner moved or removed it. Nothing of it was fetched.`,
		{ repo, path, release: name },
	);
}

function chooseFolder(files: readonly RemoteFile[], folder: string): readonly RemoteFile[] | undefined {
	const inside = files.filter(
		({ path }) => path.startsWith(`${folder}/`) && !path.slice(folder.length + 1).includes("/"),
	);
	const named = (name: string) => inside.filter(({ path }) => path === `${folder}/${name}`);
	const ending = (end: string) =>
		inside.filter(({ path }) => path.endsWith(end) && !path.endsWith("sparsity.safetensors"));
	const safe = named("sae_weights.safetensors");
	const weights = [safe, ending(".safetensors"), ending(".pt"), ending(".bin")].find(({ length }) => length > 0);
	const configuration = named("cfg.json");
	if (!weights || configuration.length === 0) return undefined;
	return [...configuration, ...named("sparsity.safetensors"), ...weights];
}

function chooseEarly(files: readonly RemoteFile[], path: string): readonly RemoteFile[] | undefined {
	const weights = files.find((file) => file.path === path);
	const configuration = files.find((file) => file.path === path.replace(/\.pt$/, "_cfg.json"));
	return weights && configuration && [configuration, weights];
}
