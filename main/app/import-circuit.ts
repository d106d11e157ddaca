import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { AppError } from "#shared/errors";
import { type ImportedCircuit, readDotCircuit } from "../import/read-dot.ts";
import type { MergeCounts } from "../store/circuits.ts";
import type { Store } from "../store/store.ts";
import { readVersions } from "./app.ts";
import { nameCircuit } from "./trace-job.ts";

export interface ImportOutcome {
	readonly circuit: string;
	readonly merged: MergeCounts;
	readonly notes: ImportedCircuit["notes"];
}

/** Reads a graph from a file into a circuit, new or there already; every part says that it was imported. */
export function importCircuitFile(store: Store, path: string, circuit?: string): ImportOutcome {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch {
		throw new AppError("not-found", `${path} cannot be read. Give a .dot file.`, { path });
	}
	return importCircuitText(store, text, { name: basename(path), path: resolve(path) }, circuit);
}

export function importCircuitText(
	store: Store,
	text: string,
	file: { readonly name: string; readonly path: string },
	circuit?: string,
): ImportOutcome {
	const { circuit: read, notes } = readDotCircuit(text);
	const name = circuit ?? nameCircuit(file.name.replace(/\.\w+$/, ""), (taken) => store.hasCircuit(taken));
	return { circuit: name, merged: store.importCircuit(name, read, file.path, readVersions()), notes };
}
