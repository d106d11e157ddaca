import type { Command } from "commander";
import { AppError } from "#shared/errors";
import { type ImportOutcome, importFile } from "../app/exchange/import-file.ts";
import { defaultDatabasePath } from "../store/open-database.ts";
import { Store } from "../store/store.ts";
import { databaseOption, jsonOption, parseCount } from "./options.ts";
import { printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface ImportCommandOptions {
	readonly circuit?: string;
	readonly maxNodes?: number;
	readonly maxEdges?: number;
	readonly db?: string;
	readonly json?: true;
}

export function defineImportCommand(command: Command): void {
	command
		.argument(
			"<file...>",
			"what this program exported (.json, .svg, .pdf, .png, .html, .dot, .graphml, .scd), a graph of circuit-tracer or Neuronpedia (.json), or of the seed (.dot)",
		)
		.option(
			"--circuit <name>",
			"what to call it, or the circuit to add another program's graph to (default: as the file)",
		)
		.option(
			"--max-nodes <n>",
			"keep so many nodes of another program's graph, the strongest (default: 5000)",
			parseCount,
		)
		.option("--max-edges <n>", "keep so many of its links, the strongest (default: 50000)", parseCount)
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action(runImport);
}

async function runImport(paths: readonly string[], options: ImportCommandOptions): Promise<void> {
	const { circuit, maxNodes, maxEdges } = options;
	if (circuit !== undefined && paths.length > 1)
		throw new AppError(
			"usage",
			`One name was given for ${paths.length} files. Import them one by one, or leave --circuit out.`,
		);
	const store = new Store(options.db ?? defaultDatabasePath());
	const budget = { ...(maxNodes !== undefined && { maxNodes }), ...(maxEdges !== undefined && { maxEdges }) };
	try {
		const outcomes: ImportOutcome[] = [];
		for (const path of paths)
			outcomes.push(
				...(await withInterrupt((signal) =>
					importFile(store, { path }, { budget, signal, ...(circuit !== undefined && { circuit }) }),
				)),
			);
		for (const { notes } of outcomes) for (const note of notes) warn(note);
		if (options.json) printJson(buildJson(outcomes));
		else
			for (const { circuit: name, nodes, edges } of outcomes)
				printResult(`Imported ${nodes} nodes and ${edges} edges into "${name}".`);
	} finally {
		store.dispose();
	}
}

/** Of one circuit its own object, as it was when only one could come; of several a list. */
function buildJson(outcomes: readonly ImportOutcome[]): object {
	const rows = outcomes.map(({ circuit, nodes, edges, notes }) => ({ circuit, nodes, edges, notes }));
	const [first] = rows;
	return rows.length === 1 && first ? first : { circuits: rows };
}
