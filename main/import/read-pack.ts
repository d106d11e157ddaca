import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "#shared/errors";
import type { FeatureContext } from "#shared/feature-facts";
import {
	joinContexts,
	type RowAddress,
	readAddress,
	readContext,
	readExplanation,
	readFigures,
} from "#shared/neuronpedia-format";
import { type PublishedFeature, type PublishedSource, sourceId } from "#shared/published";
import type { PackFile } from "./pack-lines.ts";

const deepest = 6;
/** Features that are gathered before they are handed on. */
const featuresAtOnce = 4096;
/** What a source's folder holds beside its rows. */
const descriptions = /^(model|release|source|sourceset)\.jsonl(\.gz)?$/;

/** Export files at a path, or itself: `batch-0.jsonl.gz` and the like, in their order. Throws `not-found`. */
export function listPackFiles(paths: readonly string[]): readonly string[] {
	const files = paths.flatMap((path) => {
		const found = statSync(path, { throwIfNoEntry: false });
		if (!found)
			throw new AppError("not-found", `${path} does not exist. Give Neuronpedia's export files or a folder of them.`, {
				path,
			});
		return found.isDirectory() ? listIn(path, deepest) : [path];
	});
	if (files.length > 0) return files;
	throw new AppError(
		"not-found",
		`${paths.join(", ")} holds no export file of Neuronpedia (explanations/batch-0.jsonl.gz and the like). Choose another folder.`,
		{ paths },
	);
}

function listIn(folder: string, depth: number): readonly string[] {
	const entries = readdirSync(folder, { withFileTypes: true });
	const compare = new Intl.Collator("en", { numeric: true }).compare;
	return entries
		.toSorted((a, b) => compare(a.name, b.name))
		.flatMap((entry) => {
			const path = join(folder, entry.name);
			if (entry.isDirectory()) return depth > 0 ? listIn(path, depth - 1) : [];
			return /\.jsonl(\.gz)?$/.test(entry.name) && !descriptions.test(entry.name) ? [path] : [];
		});
}

/** Of a file's content: its size and its end, where gzip keeps the checksum; cheap, and another for every other file. */
export function identifyPackFile(path: string): string {
	const { size } = statSync(path);
	const end = Buffer.alloc(Math.min(size, 64));
	const descriptor = openSync(path, "r");
	try {
		readSync(descriptor, end, 0, end.length, size - end.length);
	} finally {
		closeSync(descriptor);
	}
	return `${size}:${end.toString("base64")}`;
}

export interface PackRows {
	readonly source: PublishedSource;
	readonly features: readonly PublishedFeature[];
}

export interface PackCounts {
	/** Lines that are no JSON object or name no feature. */
	wrong: number;
	/** Lines of sources that were not asked for, by source. */
	readonly foreign: Map<string, number>;
}

/**
 * What a file says of features of the sources that are wanted; one feature's contexts come together, since a pack
 * strews them over the file.
 */
export async function* readPack(
	file: PackFile,
	isWanted: (source: string) => boolean,
	counts: PackCounts,
): AsyncGenerator<PackRows> {
	let gathered = new Gathered();
	for await (const lines of file.lines()) {
		for (const line of lines) {
			if (line.length < 2) continue;
			const row = parseLine(line);
			const address = row && readAddress(row);
			if (!row || !address) {
				counts.wrong++;
				continue;
			}
			const id = sourceId(address);
			if (isWanted(id)) gathered.add(address, id, row);
			else counts.foreign.set(id, (counts.foreign.get(id) ?? 0) + 1);
		}
		if (gathered.features >= featuresAtOnce) {
			yield* gathered.rows();
			gathered = new Gathered();
		}
	}
	yield* gathered.rows();
}

const embedding = Buffer.from('"embedding"');
const endOfVector = Buffer.from(']"');

/** Explanations carry a vector of 256 numbers as text, ten times as long as the rest: it is cut out unread. */
function parseLine(line: Buffer): Readonly<Record<string, unknown>> | undefined {
	try {
		// Within a text these quotes would be escaped, so that this is the key.
		const from = line.indexOf(embedding);
		const to = from < 0 ? -1 : line.indexOf(endOfVector, from);
		const json =
			to < 0
				? line.toString("utf8")
				: `${line.toString("utf8", 0, from)}"embedding":0${line.toString("utf8", to + endOfVector.length)}`;
		const row: unknown = JSON.parse(json);
		return typeof row === "object" && row !== null && !Array.isArray(row)
			? (row as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}

interface Known {
	readonly feature: number;
	readonly explanations: NonNullable<PublishedFeature["explanations"]>[number][];
	facts: NonNullable<PublishedFeature["facts"]>;
	contexts: readonly FeatureContext[];
}

class Gathered {
	readonly #sources = new Map<string, { readonly source: PublishedSource; readonly known: Map<number, Known> }>();
	features = 0;

	add({ model, name, feature }: RowAddress, id: string, row: Readonly<Record<string, unknown>>): void {
		let entry = this.#sources.get(id);
		if (!entry) {
			entry = { source: { model, name }, known: new Map() };
			this.#sources.set(id, entry);
		}
		let known = entry.known.get(feature);
		if (!known) {
			known = { feature, explanations: [], facts: {}, contexts: [] };
			entry.known.set(feature, known);
			this.features++;
		}
		if (row["description"] !== undefined) {
			const explanation = readExplanation(row);
			if (explanation) known.explanations.push(explanation);
		} else if (row["tokens"] !== undefined) {
			const context = readContext(row);
			if (context) known.contexts = joinContexts(known.contexts, [context]);
		} else known.facts = { ...known.facts, ...readFigures(row) };
	}

	*rows(): Generator<PackRows> {
		for (const { source, known } of this.#sources.values())
			yield {
				source,
				features: [...known.values()].map(({ feature, explanations, facts, contexts }) => {
					const max = Math.max(0, ...contexts.map(({ activations, peak }) => activations[peak] ?? 0));
					const all = {
						...facts,
						...(contexts.length > 0 && { contexts, maxActivation: Math.max(max, facts.maxActivation ?? 0) }),
					};
					return { feature, explanations, ...(Object.keys(all).length > 0 && { facts: all }) };
				}),
			};
	}
}
