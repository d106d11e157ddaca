import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { AppError } from "#shared/errors";
import { isCircuitFile, readCircuitFile } from "#shared/exchange/read-circuit-file";
import { readDotCircuit } from "../import/read-dot.ts";
import type { MergeCounts } from "../store/circuits.ts";
import type { Store } from "../store/store.ts";
import { readVersions } from "./app.ts";
import { storeCircuitFiles } from "./exchange/store-circuit-files.ts";
import { nameCircuit } from "./trace-job.ts";

export interface ImportOutcome {
	readonly circuit: string;
	readonly nodes: number;
	readonly edges: number;
	/** Where it was added to a circuit that was there. */
	readonly merged?: MergeCounts;
	readonly notes: readonly string[];
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
	if (text.trimStart().startsWith("{")) {
		const value = parseJson(text);
		if (isCircuitFile(value)) {
			const read = readCircuitFile(value);
			const [stored] = storeCircuitFiles(store, [{ file: read, ...(circuit !== undefined && { name: circuit }) }]);
			if (stored) return stored;
		}
	}
	const { circuit: read, notes } = readDotCircuit(text);
	const name = circuit ?? nameCircuit(file.name.replace(/\.\w+$/, ""), (taken) => store.hasCircuit(taken));
	const merged = store.importCircuit(name, { circuit: read }, file.path, readVersions());
	return { circuit: name, nodes: merged.addedNodes, edges: merged.addedEdges, merged, notes };
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError("bad-file", `This is no JSON that can be read: ${(cause as Error).message.slice(0, 160)}.`);
	}
}
