import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { texts } from "#shared/catalogue-rows";
import { AppError } from "#shared/errors";
import { describeUnknownKeys, readSeedConfig, type SeedConfig } from "#shared/seed-config";
import { errorChoice } from "#shared/trace-request";
import { describeMissing } from "../app/missing-files.ts";
import { cacheRepo } from "../hub/cache-repo.ts";
import { readHubCache } from "../hub/hub-settings.ts";
import { describeNotes, readDocuments, startNotes } from "../model/corpus.ts";
import { collect, parseCount, parseSeed, parseShare, parseSignedNumber } from "./options.ts";
import { warn } from "./terminal.ts";

/** What the ablation method takes beside a prompt. */
export interface AblationOptions {
	readonly pin?: readonly string[];
	readonly thinning?: number;
	readonly thresholdExp?: number;
	readonly allPositions?: true;
	readonly logitTokens: number;
	readonly seed: number;
	readonly corpus?: string;
	readonly column?: string;
	readonly sequences?: number;
	readonly maxLength?: number;
}

export const pinOption = () =>
	new Option("--pin <id>", "feature, such as resid_3.331; may be repeated").argParser(collect);
export const columnOption = () =>
	new Option("--column <name>", "field or column of JSONL, Parquet and Arrow that holds the text (default: text)");

export const errorsOption = () =>
	new Option(
		"--errors <which>",
		"chosen: as features are, and the rest of a site as one node; sources: nothing leads into them; pooled: one node a site; all: each",
	)
		.choices(errorChoice.options)
		.default("chosen");

export function ablationOptions(command: Command): Command {
	return command
		.addOption(pinOption())
		.option("--thinning <p>", "ablate only this share of the first layer's active features", parseShare)
		.option("--threshold-exp <e>", "drop effects up to 2^e (default: keep all that are not zero)", parseSignedNumber)
		.option("--all-positions", "effects at every position, not at the last alone")
		.option("--logit-tokens <n>", "tokens at either end of each feature's logit effects; 0 for none", parseTokens, 10)
		.option("--seed <n>", "of the draw that --thinning makes", parseSeed, 0)
		.option("--corpus <file>", "prompts from a text, JSONL, Parquet or Arrow file; effects are averaged")
		.addOption(columnOption())
		.option("--sequences <n>", "documents of the corpus (default: 10)", parseCount)
		.option(
			"--max-length <n>",
			"tokens of each; longer ones are cut (default: as many as the model reads)",
			parseCount,
		);
}

function parseTokens(text: string): number {
	return text.trim() === "0" ? 0 : parseCount(text);
}

/** The first documents of a corpus; what was amiss in it is said. */
export async function readPrompts(path: string, count: number, column: string | undefined): Promise<readonly string[]> {
	const notes = startNotes();
	const texts: string[] = [];
	for await (const text of readDocuments(path, notes, column)) {
		texts.push(text);
		if (texts.length === count) break;
	}
	for (const note of describeNotes(notes, "cut")) warn(note);
	if (texts.length === 0)
		throw new AppError("bad-file", `The corpus ${path} holds no text. Give documents to read.`, { path });
	return texts;
}

export const configOption = () =>
	new Option("--config <file>", "settings from the seed's central_config.yaml; options given here win");

/** The seed's settings, and a warning about those that are not used. */
export function loadSeedConfig(path: string | undefined): SeedConfig {
	if (path === undefined) return { unknown: [] };
	let yaml: string;
	try {
		yaml = readFileSync(path, "utf8");
	} catch {
		throw new AppError("not-found", `The configuration ${path} cannot be read. Give the seed's central_config.yaml.`, {
			path,
		});
	}
	const config = readSeedConfig(yaml);
	const warning = describeUnknownKeys(config);
	if (warning !== undefined) warn(`${path}: ${warning}`);
	return config;
}

/** What was given on the command line, else what the configuration says, else the default. */
export function fillIn<T extends object>(command: Command, options: T, config: Partial<Record<keyof T, unknown>>): T {
	const filled = { ...options } as Record<string, unknown>;
	for (const [name, value] of Object.entries(config)) {
		const source = command.getOptionValueSource(name);
		if (value !== undefined && (source === undefined || source === "default")) filled[name] = value;
	}
	return filled as T;
}

/**
 * A corpus from the seed's `DATASET`: a path, or the name of a data set in the standard Hugging Face cache.
 * Throws `not-found`.
 */
export function findCorpus(name: string): string {
	if (existsSync(name)) return name;
	const hub = readHubCache();
	const { snapshots } = cacheRepo(hub, texts.find((text) => text.name === name)?.repo ?? name, "datasets");
	const files = existsSync(snapshots)
		? readdirSync(snapshots, { recursive: true, encoding: "utf8" }).filter((file) => /\.(parquet|jsonl)$/.test(file))
		: [];
	const first = files.sort()[0];
	if (first !== undefined) return join(snapshots, first);
	const text = texts.find((one) => one.name === name || one.repo === name);
	if (text) throw describeMissing(text.title, [], { models: [], sets: [], texts: [text.name] });
	throw new AppError(
		"not-found",
		`${name} is neither a file nor a data set in the Hugging Face cache (${hub}). Download it, or give a file with --corpus.`,
		{ name },
	);
}
