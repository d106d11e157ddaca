import type { Command } from "commander";
import { AppError } from "#shared/errors";
import type { TraceRequest } from "#shared/trace";
import { App } from "../app/app.ts";
import { buildNodeJson } from "../export/circuit-json.ts";
import { collect, databaseOption } from "./options.ts";
import { checkOutputs, type DrawingOptions, drawingOptions, saveCircuit } from "./save-circuit.ts";
import { printResult } from "./terminal.ts";

interface ExportOptions extends DrawingOptions {
	readonly output: readonly string[];
	readonly db?: string;
}

export function addExportCommand(program: Command): void {
	const command = program
		.command("export")
		.description("Write a stored circuit as a picture (.svg), for Graphviz (.dot) or as numbers (.json).")
		.argument("<circuit>", "its name; see scd circuits list")
		.requiredOption("-o, --output <file>", "file to write, ending in .svg, .dot or .json; may be repeated", collect)
		.addOption(databaseOption());
	drawingOptions(command).action(runExport);
}

async function runExport(name: string, options: ExportOptions): Promise<void> {
	checkOutputs(options.output);
	const app = new App(options.db);
	try {
		const circuit = app.store.loadCircuit(name);
		const run = app.store.lastRunOf(name);
		if (!run)
			throw new AppError("not-found", `"${name}" has no finished run to describe it. Trace into it first.`, { name });
		const request = JSON.parse(run.request) as TraceRequest;
		const described = {
			circuit,
			modelDir: request.modelDir,
			dictionaryDirs: request.dictionaryDirs,
			dictionaries: app.store.dictionariesOf(name),
			modelName: run.modelName,
			metricName: run.metricName,
			metric: run.metric,
			explained: run.explained,
			tokens: JSON.parse(run.tokens) as string[],
		};
		const buildJson = () => ({
			name,
			model: { name: run.modelName },
			prompt: { text: request.prompt, tokens: described.tokens },
			metric: { name: run.metricName, value: run.metric },
			nodes: circuit.nodes.map(buildNodeJson),
			edges: circuit.edges,
			explained: run.explained,
		});
		for (const path of options.output) {
			await saveCircuit(app, path, described, options, buildJson);
			printResult(`Wrote ${path}`);
		}
	} finally {
		app.dispose();
	}
}
