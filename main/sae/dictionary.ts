import { basename, resolve } from "node:path";
import { AppError } from "#shared/errors";
import { type Site, type SiteName, siteName } from "#shared/site";
import { hashFiles, hashText } from "../model/content-hash.ts";
import type { Gpt2Config } from "../model/gpt2-config.ts";
import { checkFinite } from "../model/non-finite.ts";
import { measureSite } from "../model/site-width.ts";
import type { DictionaryConfig } from "./dictionary-config.ts";
import type { DictionaryVectors } from "./formats/dictionary-format.ts";
import { type DictionaryPlace, locateDictionary } from "./formats/locate.ts";
import type { StoredMatrix } from "./stored-matrix.ts";

/** A sparse autoencoder on disk. Its two matrices stay in the file; vectors of `dSae` numbers are read. */
export interface Dictionary extends DictionaryVectors {
	/** The folder, or the file where several lie in one folder. */
	readonly dir: string;
	readonly name: string;
	readonly hash: string;
	readonly config: DictionaryConfig;
	readonly site: Site;
	readonly siteName: SiteName;
	readonly dIn: number;
	readonly dSae: number;
	/** `W_enc [dIn, dSae]` and `W_dec [dSae, dIn]`. */
	readonly encoder: StoredMatrix;
	readonly decoder: StoredMatrix;
}

/** Opens a dictionary of any format. Throws `not-found`, `bad-file`, `mismatch` or `unsupported`. */
export function loadDictionary(dir: string): Dictionary {
	return loadPlace(locateDictionary(resolve(dir)));
}

/** The same where it is known what lies there. */
export function loadPlace({ path, format }: DictionaryPlace): Dictionary {
	const { files, placedByPath, readVectors, config, ...opened } = format.open(path);
	return {
		dir: path,
		name: basename(path),
		hash: placedByPath ? hashText(`${hashFiles(files)} at ${config.hookName}`) : hashFiles(files),
		...opened,
		config,
		site: config.site,
		siteName: siteName(config.site),
		...readVectors(),
	};
}

/** Throws `mismatch` where a dictionary cannot sit in a model of that shape. */
export function checkDictionaryFits(
	dictionary: Dictionary,
	model: { readonly name: string; readonly config: Gpt2Config },
): void {
	const { dir, dIn, config } = dictionary;
	const { layers, heads } = model.config;
	const width = measureSite(dictionary.site, model.config);
	if (dictionary.site.layer >= layers)
		throw new AppError(
			"mismatch",
			`${dir} belongs at ${config.hookName}, and ${model.name} has layers 0 to ${layers - 1}. Choose dictionaries of this model.`,
			{ path: dir },
		);
	const { head } = dictionary.site;
	if (head !== undefined && head >= heads)
		throw new AppError(
			"mismatch",
			`${dir} reads head ${head}, and ${model.name} has heads 0 to ${heads - 1}. Choose dictionaries of this model.`,
			{ path: dir, head, heads },
		);
	if (dIn !== width)
		throw new AppError(
			"mismatch",
			`${dir} reads vectors of ${dIn} numbers, and ${model.name} has ${width} at ${config.hookName}. Choose dictionaries of this model.`,
			{ path: dir, dIn, width },
		);
}

/** Why a dictionary computes what is no number: names the weights, if they are to blame. */
export function describeNotFinite({ dir, encoder, decoder }: Dictionary): AppError {
	try {
		checkFinite([encoder.tensor, decoder.tensor]);
	} catch (error) {
		if (error instanceof AppError) return error;
		throw error;
	}
	return new AppError(
		"bad-file",
		`The dictionary in ${dir} computes values that are not finite numbers although its weights are. Check that it belongs to this model.`,
		{ path: dir },
	);
}
