import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { chooseSets, isReleaseName } from "#shared/catalogue-choice";
import type { Conventions } from "#shared/conventions";
import { type ProviderChoice, providerChoice } from "#shared/trace-request";
import { App } from "../app/app.ts";
import { findModelAndDictionaries, reference } from "../app/locations.ts";
import { loadGpt2Config } from "../model/gpt2-config.ts";
import { selectFolders } from "../sae/discovery.ts";
import { conventionOptions, readConventions } from "./convention-options.ts";
import { refuseWithoutDictionaries } from "./needed-dictionaries.ts";
import { reportSkipped, warn } from "./terminal.ts";

/** Values of options, read and checked. What is wrong is said in one line, with exit code 2. */
export function parseCount(text: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("A whole number of at least 1 is needed");
	return number;
}

/** Nodes of a site; a model has no site with more, and what is asked for beyond that is a slip. */
export function parseNodes(text: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1 || number > 1_000_000)
		throw new InvalidArgumentError("A whole number from 1 to 1,000,000 is needed");
	return number;
}

export function parsePort(text: string): number {
	const number = Number(text);
	if (!Number.isInteger(number) || number < 1 || number > 65535)
		throw new InvalidArgumentError("A port between 1 and 65535 is needed");
	return number;
}

export function parseNumber(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !Number.isFinite(number) || number < 0)
		throw new InvalidArgumentError("A number of at least 0 is needed");
	return number;
}

export function parseShare(text: string): number {
	const number = Number(text);
	if (!(number > 0 && number <= 1)) throw new InvalidArgumentError("A share above 0 and up to 1 is needed");
	return number;
}

/** `4GB`, `512MB`, `2GiB`. Without a unit it could be bytes as well as gigabytes, and is refused. */
export function parseBytes(text: string): number {
	const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b?|b)$/i.exec(text.trim()) ?? [];
	if (number === undefined || unit === undefined)
		throw new InvalidArgumentError("A size with its unit is needed, such as 4GB or 512MB");
	const base = /i/i.test(unit) ? 1024 : 1000;
	const power = "kmgt".indexOf(unit[0]?.toLowerCase() ?? "") + 1;
	return Math.round(Number(number) * base ** power);
}

export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

export const databaseOption = () =>
	new Option("--db <file>", "database that keeps everything (default: in the platform's data folder)");
export const memoryOption = () =>
	new Option(
		"--memory-limit <size>",
		"what all processes together may take, e.g. 4GB; with less it is slower, never wrong",
	).argParser(parseBytes);
export const jsonOption = () => new Option("--json", "print one JSON object and nothing else");
export const modelOption = () =>
	new Option(
		"--model <dir|name>",
		"model: a folder, or a name of scd catalogue such as gpt2 (default: the bundled model)",
	);
export const dictionariesOption = () =>
	new Option(
		"--saes <dir|name>",
		"dictionaries: a folder of one or of many, or a release of scd catalogue such as res-jb; may be repeated (default: the bundled ones)",
	).argParser(collect);

/** What every command that runs a model takes. */
export interface ModelOptions extends Conventions {
	readonly model?: string;
	readonly saes?: readonly string[];
	readonly layers?: string;
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	readonly db?: string;
	readonly memoryLimit?: number;
}

/** The app with what a command says of it. Whoever opens it disposes of it. */
export function openApp({
	db,
	memoryLimit,
}: {
	readonly db?: string | undefined;
	readonly memoryLimit?: number | undefined;
}): App {
	const app = new App(db);
	app.engine.limitMemory(memoryLimit);
	return app;
}

export function modelOptions(command: Command): Command {
	return conventionOptions(command)
		.addOption(modelOption())
		.addOption(dictionariesOption())
		.addOption(
			new Option("--bos <on|off>", "<|endoftext|> before the text (default: as the dictionaries were trained)").choices(
				["on", "off"],
			),
		)
		.addOption(new Option("--provider <name>", "where to compute").choices(providerChoice.options).default("auto"))
		.addOption(databaseOption())
		.addOption(memoryOption());
}

export const layersOption = () => new Option("--layers <A:B>", "layers shown, as a Python slice (B excluded)");

/** The part of a request that says which model. Whole paths: results are looked at from other folders. */
export function buildModelRequest({ model, saes, layers, bos, provider, ...conventions }: ModelOptions) {
	refuseWithoutDictionaries(model, saes);
	return {
		...findModelAndDictionaries(model ?? modelOfSets(saes), saes ?? [reference.dictionaries], { layers }),
		...(layers !== undefined && { layers }),
		...(bos && { bos }),
		...readConventions(conventions),
		provider,
	};
}

/** The same where only some features are asked for: of a release, what is here will do. */
export function buildFeatureRequest({ bos, provider, ...options }: ModelOptions) {
	return {
		...findFeatureModel(options),
		...(bos && { bos }),
		...readConventions(options),
		provider,
	};
}

/** Model and dictionaries of a command that need not have all of a release, those of some layers where these are named. */
export function findFeatureModel({ model, saes, layers }: Pick<ModelOptions, "model" | "saes" | "layers">) {
	refuseWithoutDictionaries(model, saes);
	const { modelDir, dictionaryDirs } = findModelAndDictionaries(
		model ?? modelOfSets(saes),
		saes ?? [reference.dictionaries],
		{ layers, partly: warn },
	);
	return {
		modelDir,
		dictionaryDirs: layers === undefined ? dictionaryDirs : narrowTo(layers, modelDir, dictionaryDirs),
	};
}

/** One folder for each dictionary in these layers. */
function narrowTo(layers: string, modelDir: string, dirs: readonly string[]): readonly string[] {
	const { folders, skipped } = selectFolders(dirs, layers, loadGpt2Config(modelDir).layers);
	reportSkipped(skipped);
	return folders;
}

/** Published dictionaries say which model they are of. */
function modelOfSets(saes: readonly string[] = []): string | undefined {
	for (const name of saes) if (!existsSync(name) && isReleaseName(name)) return chooseSets(name)[0]?.release.model;
	return undefined;
}

export function parseSignedNumber(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !Number.isFinite(number)) throw new InvalidArgumentError("A number is needed");
	return number;
}

export function parseSeed(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !Number.isInteger(number)) throw new InvalidArgumentError("A whole number is needed");
	return number;
}
