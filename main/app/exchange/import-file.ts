import { basename, resolve } from "node:path";
import type { ImportSummary } from "#shared/contract/results";
import { AppError } from "#shared/errors";
import { readCircuitFile } from "#shared/exchange/read-circuit-file";
import { defaultBudget, type ImportBudget } from "../../import/import-budget.ts";
import { type ImportSource, openSource, sourceOfText } from "../../import/import-source.ts";
import type { ImportedFile } from "../../import/imported-file.ts";
import { readImportFile } from "../../import/read-file.ts";
import type { MergeCounts } from "../../store/circuits.ts";
import { withForeignDatabase } from "../../store/foreign-database.ts";
import type { Store } from "../../store/store.ts";
import { readVersions } from "../app.ts";
import { nameCircuit } from "../trace-job.ts";
import { readForeignCircuit } from "./build-circuit-file.ts";
import { storeCircuitFiles } from "./store-circuit-files.ts";

export interface ImportOptions {
	/** What the circuit is to be called; another program's graph is added to it where it is there already. */
	readonly circuit?: string;
	readonly budget?: Partial<ImportBudget>;
	readonly signal?: AbortSignal;
}

export interface ImportOutcome extends ImportSummary {
	/** What changed of a circuit that was there. */
	readonly merged?: MergeCounts;
}

/** Reads a file of any kind that holds circuits into the store, and says what became of it. */
export async function importFile(
	store: Store,
	file: { readonly path: string; readonly name?: string },
	options: ImportOptions = {},
): Promise<readonly ImportOutcome[]> {
	const name = file.name ?? basename(file.path);
	const source = await openSource(file.path, name);
	try {
		const read = await readSource(source, options);
		if (read.kind === "database") return importDatabase(store, file.path, name, options.circuit);
		// Of a file that was sent, its name is all that means anything.
		return [keep(store, read, { name, path: file.name ?? resolve(file.path) }, options.circuit)];
	} finally {
		await source.dispose();
	}
}

export async function importText(
	store: Store,
	text: string,
	name: string,
	options: ImportOptions = {},
): Promise<ImportOutcome> {
	const read = await readSource(sourceOfText(text, name), options);
	if (read.kind === "database") throw new AppError("bad-file", `${name} is no text. Open the file itself.`);
	return keep(store, read, { name, path: name }, options.circuit);
}

function readSource(source: ImportSource, { budget, signal }: ImportOptions): Promise<ImportedFile> {
	return readImportFile(source, { ...defaultBudget, ...budget }, signal);
}

function keep(
	store: Store,
	read: Exclude<ImportedFile, { kind: "database" }>,
	file: { readonly name: string; readonly path: string },
	circuit: string | undefined,
): ImportOutcome {
	if (read.kind === "circuit") {
		const [stored] = storeCircuitFiles(store, [{ file: read.file, ...(circuit !== undefined && { name: circuit }) }]);
		if (stored) return { ...stored, notes: [...read.notes, ...stored.notes] };
	} else {
		const stem = file.name.replace(/(\.neuronpedia)?\.\w+$/i, "");
		const wanted = nameCircuit(stem, () => false);
		const name = circuit ?? nameCircuit(stem, (taken) => store.circuits.has(taken));
		const notes = [
			...(circuit !== undefined || name === wanted
				? []
				: [`There is a circuit “${wanted}” already, so this one is called “${name}”.`]),
			...read.notes,
		];
		const merged = store.importCircuit(name, read.graph, file.path, readVersions());
		return { circuit: name, nodes: merged.addedNodes, edges: merged.addedEdges, merged, notes };
	}
	throw new AppError("bad-file", `${file.name} holds no circuit.`);
}

/** A project, or any other database of this program: all of its circuits, none of which takes the place of another. */
function importDatabase(
	store: Store,
	path: string,
	name: string,
	circuit: string | undefined,
): readonly ImportOutcome[] {
	const files = withForeignDatabase(path, name, (foreign) =>
		foreign.circuits
			.list()
			.toReversed()
			.map((summary) => readCircuitFile(readRows(foreign, summary.name, name))),
	);
	if (files.length === 0)
		throw new AppError(
			"bad-file",
			`${name} is a database of this program without a circuit in it. Nothing was imported.`,
		);
	const [first] = files;
	if (circuit !== undefined && files.length > 1)
		throw new AppError(
			"usage",
			`${name} holds ${files.length} circuits, and one name was given for them. Leave --circuit out.`,
		);
	return storeCircuitFiles(
		store,
		circuit !== undefined && first ? [{ file: first, name: circuit }] : files.map((file) => ({ file })),
	);
}

/** Rows that our own program would never write may fail anywhere; whoever sent them is to be asked. */
function readRows(foreign: Store, circuit: string, name: string) {
	try {
		return readForeignCircuit(foreign, circuit);
	} catch (cause) {
		const why = cause instanceof AppError ? ` (${cause.message.slice(0, 120)})` : "";
		throw new AppError("bad-file", `${name} holds a circuit that is damaged${why}. Ask for the file again.`);
	}
}
