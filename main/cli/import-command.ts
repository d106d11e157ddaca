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
		const { circuit, nodes, edges, notes } = importCircuitFile(store, path, options.circuit);
		for (const note of notes) warn(note);
		if (options.json) printJson({ circuit, nodes, edges, notes });
		else printResult(`Imported ${nodes} nodes and ${edges} edges into "${circuit}".`);
	} finally {
		store.dispose();
	}
}
