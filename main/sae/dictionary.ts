import { basename, resolve } from "node:path";
import { parseCachePath } from "#shared/cache-path";
import { findModelRow, findPublished, shortName } from "#shared/catalogue";
import { models } from "#shared/catalogue-rows";
import type { Conventions, ReadingRule } from "#shared/conventions";
import { AppError } from "#shared/errors";
import { type Site, type SiteName, siteName } from "#shared/site";
import { hashFiles, hashText } from "../model/content-hash.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { checkFinite } from "../model/non-finite.ts";
import { measureSite } from "../model/site-width.ts";
import { findInCatalogue } from "./catalogue-match.ts";
import type { DictionaryConfig } from "./dictionary-config.ts";
import type { DictionaryVectors } from "./formats/dictionary-format.ts";
import { type DictionaryPlace, locateDictionary } from "./formats/locate.ts";
import { placeInLayers } from "./hook-site.ts";
import { decideRule, hashWithRule } from "./reading-rule.ts";
import type { StoredMatrix } from "./stored-matrix.ts";
import { sumValueBiases } from "./value-biases.ts";

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
	/** How it reads the model, and what decided that. */
	readonly rule: ReadingRule;
	/** `[dIn]`: what is taken off before and put back behind, of heads that were seen without their value biases. */
	readonly offset?: Float32Array;
	/** `W_enc [dIn, dSae]` and `W_dec [dSae, dIn]`. */
	readonly encoder: StoredMatrix;
	readonly decoder: StoredMatrix;
}

/**
 * Opens a dictionary of any format, without its model: what it reads there follows with `seatDictionary`. Throws
 * `not-found`, `bad-file`, `mismatch` or `unsupported`.
 */
export function loadDictionary(dir: string, conventions?: Conventions): Dictionary {
	return loadPlace(locateDictionary(resolve(dir)), conventions);
}

/** The same where it is known what lies there. */
export function loadPlace({ path, format }: DictionaryPlace, conventions?: Conventions): Dictionary {
	const { files, placedByPath, readVectors, config, ...opened } = format.open(path);
	const published = findInCatalogue(path, config, opened.dSae);
	const rule = decideRule({ config, published, conventions });
	const site = siteOf(config);
	const vectors = readVectors();
	const { decoderNorms } = vectors;
	const factor = rule.normFactor.value ?? 1;
	const hash = placedByPath ? hashText(`${hashFiles(files)} at ${config.hookName}`) : hashFiles(files);
	return {
		dir: path,
		name: basename(path),
		hash: hashWithRule(hash, rule, config),
		...opened,
		config,
		site,
		siteName: siteName(site),
		rule,
		...vectors,
		// What is folded into the decoder is folded into its norms, which activations are measured by.
		...(decoderNorms && factor !== 1 && { decoderNorms: () => decoderNorms().map((norm) => norm / factor) }),
	};
}

/** Where a dictionary sits, as far as its configuration knows its model. */
export function siteOf({ site, modelName }: DictionaryConfig): Site {
	const layers = models.find(({ name }) => name === modelName?.replace("gpt2-small", "gpt2"))?.layers;
	return layers === undefined ? site : placeInLayers(site, layers);
}

/** Puts a dictionary in its place in a model. Throws `mismatch` where it cannot sit there. */
export function seatDictionary(dictionary: Dictionary, model: LanguageModel): Dictionary {
	const site = placeInLayers(dictionary.site, model.config.layers);
	const biases = dictionary.rule.valueBiases.value;
	checkDictionaryFits(dictionary, model);
	return {
		...dictionary,
		site,
		siteName: siteName(site),
		...(biases !== "kept" && { offset: sumValueBiases(model, site, biases) }),
	};
}

function checkDictionaryFits(dictionary: Dictionary, model: LanguageModel): void {
	const { dir, dIn, config } = dictionary;
	const { layers, heads } = model.config;
	checkRelease(dir, model);
	const width = measureSite(dictionary.site, model.config);
	if (dictionary.site.kind !== "lnf" && dictionary.site.layer >= layers)
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

/** Models of one width take one another's dictionaries without a fault, and their features mean nothing there. */
function checkRelease(dir: string, model: LanguageModel): void {
	const [cached, here] = [parseCachePath(dir), parseCachePath(model.dir)];
	const release = cached && findPublished(cached.repo, cached.inside)?.release;
	const row = here && findModelRow(here.repo);
	if (!release || !row || release.model === row.name) return;
	throw new AppError(
		"mismatch",
		`${dir} is of ${shortName(release)}, dictionaries of ${findModelRow(release.model)?.title ?? release.model}, and the model is ${row.title}. Choose dictionaries of this model.`,
		{ path: dir, release: release.name, model: row.name },
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
