import type { Command } from "commander";
import { importCircuitFile } from "../app/import-circuit.ts";
import { defaultDatabasePath } from "../store/open-database.ts";
import { Store } from "../store/store.ts";
import { databaseOption, jsonOption } from "./options.ts";
import { printJson, printResult, warn } from "./terminal.ts";

export function defineImportCommand(command: Command): void {
	command
		.argument("<file>", "a graph that the seed wrote, .dot")
		.option("--circuit <name>", "circuit to add it to (default: a new one named after the file)")
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action(runImport);
}

function runImport(path: string, options: { circuit?: string; db?: string; json?: true }): void {
	const store = new Store(options.db ?? defaultDatabasePath());
	try {
		const { circuit, merged, notes } = importCircuitFile(store, path, options.circuit);
		for (const note of notes) warn(note);
		const { addedNodes, addedEdges } = merged;
		if (options.json) printJson({ circuit, nodes: addedNodes, edges: addedEdges, notes });
		else printResult(`Imported ${addedNodes} nodes and ${addedEdges} edges into "${circuit}".`);
	} finally {
		store.dispose();
	}
}
