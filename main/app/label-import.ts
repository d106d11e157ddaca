import { setImmediate } from "node:timers/promises";
import { AppError } from "#shared/errors";
import type { LabelImportSummary } from "#shared/labels";
import type { Progress } from "#shared/trace";
import { openPackFile, type PackFile } from "../import/pack-lines.ts";
import { identifyPackFile, listPackFiles, type PackCounts, readPack } from "../import/read-pack.ts";
import type { Store } from "../store/store.ts";

export interface LabelImportOptions {
	/** Ids of the sources that may be read, as `gpt2-small/6-res-jb`. */
	readonly sources: ReadonlySet<string>;
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/** Files that are unpacked while one is stored: of these packs, unpacking is the most work. */
const filesAhead = 3;
const namedFiles = 3;
const namedSources = 3;

/**
 * Reads Neuronpedia's export files into the store, file after file, the next ones being unpacked while one is stored. A
 * file is used whole or not at all; one that was read before is passed over, so that the same again goes on after a stop.
 */
export async function importLabels(
	store: Store,
	paths: readonly string[],
	{ sources, signal, progress }: LabelImportOptions,
): Promise<LabelImportSummary> {
	const began = performance.now();
	const files = listPackFiles(paths);
	const batch = store.published.startBatch("pack");
	const counts: PackCounts = { wrong: 0, foreign: new Map() };
	const totals = { labels: 0, facts: 0, read: 0, known: 0 };
	const found = new Set<string>();
	const damaged: string[] = [];
	const isNew = (path: string) => !store.published.hasFile(identifyPackFile(path));
	const ahead = Array.from({ length: filesAhead }, (_, i) => openNext(i));
	for (const [i, path] of files.entries()) {
		ahead.push(openNext(i + filesAhead));
		const opened = await ahead.shift();
		if (opened === undefined || opened === "known") totals.known++;
		else if (opened instanceof AppError) {
			if (opened.code === "cancelled") throw opened;
			damaged.push(path);
		} else await storeFile(opened);
		progress({ step: `${totals.labels.toLocaleString("en")} labels`, done: i + 1, total: files.length });
		if (signal.aborted) throw new AppError("cancelled", "The import was stopped. The same again goes on from there.");
	}
	const left = describeLeftOut(damaged, counts);
	if (totals.read + totals.known === 0 && left.length > 0)
		throw new AppError("mismatch", `Nothing was imported. ${left.join(" ")}`, { paths });
	return {
		...totals,
		files: files.length,
		sources: [...found].sort(new Intl.Collator("en", { numeric: true }).compare),
		notes: left,
		seconds: (performance.now() - began) / 1000,
	};

	/** Never rejects, so that a failure waits for its turn. */
	async function openNext(i: number): Promise<PackFile | "known" | AppError> {
		const path = files[i];
		if (path === undefined) return "known";
		try {
			return isNew(path) ? await openPackFile(path, signal) : "known";
		} catch (error) {
			if (error instanceof AppError) return error;
			return new AppError("bad-file", `${path} cannot be read. Check its permissions.`, { path });
		}
	}

	async function storeFile(file: PackFile): Promise<void> {
		const foreign = counts.foreign.size === 0 ? 0 : sum(counts.foreign.values());
		let used = false;
		for await (const { source, features } of readPack(file, (id) => sources.has(id), counts)) {
			const added = store.published.savePack(batch, source, features);
			totals.labels += added.labels;
			totals.facts += added.facts;
			found.add(`${source.model}/${source.name}`);
			used = true;
			if (signal.aborted) throw new AppError("cancelled", "The import was stopped. The same again goes on from there.");
			await setImmediate();
		}
		if (used) totals.read++;
		// What was left out today may be wanted tomorrow.
		if (used && sum(counts.foreign.values()) === foreign) store.published.addFile(identifyPackFile(file.path));
	}
}

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);

function describeLeftOut(damaged: readonly string[], { wrong, foreign }: PackCounts): readonly string[] {
	const list = (names: readonly string[], most: number) =>
		names.slice(0, most).join(", ") + (names.length > most ? ` and ${names.length - most} more` : "");
	const lines = sum(foreign.values());
	const count = (number: number, one: string) => `${number.toLocaleString("en")} ${one}${number === 1 ? "" : "s"}`;
	return [
		...(damaged.length > 0
			? [
					`${count(damaged.length, "file")} could not be read whole and left out: ${list(damaged, namedFiles)}. Download ${damaged.length === 1 ? "it" : "them"} again.`,
				]
			: []),
		...(wrong > 0 ? [`${count(wrong, "line")} left out that name no feature or are no JSON.`] : []),
		...(lines > 0
			? [
					`${count(lines, "line")} left out that belong to other dictionaries: ${list([...foreign.keys()], namedSources)}.`,
				]
			: []),
	];
}
