import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "#shared/errors";
import type { TraceRequest } from "#shared/trace";
import { App } from "../app/app.ts";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import { lookUpLabels } from "../app/label-lookup.ts";
import { buildNodeJson } from "../export/circuit-json.ts";
import { collect, databaseOption } from "./options.ts";
import {
	buildCircuitFile,
	type CircuitFormat,
	checkOutputs,
	circuitFormats,
	type DrawingOptions,
	drawingOptions,
	formatOf,
	listFeatures,
	listShownNodes,
	readTokenTexts,
	saveCircuit,
} from "./save-circuit.ts";
import { printFile, printResult } from "./terminal.ts";

interface ExportOptions extends DrawingOptions {
	readonly output?: readonly string[];
	readonly format?: CircuitFormat;
	readonly db?: string;
}

export function defineExportCommand(command: Command): void {
	command
		.argument("<circuit>", "its name; see scd circuits list")
		.option("-o, --output <file>", "file to write, ending in .svg, .png, .dot or .json; may be repeated", collect)
		.addOption(
			new Option("--format <name>", "print in this format, or write every file in it whatever its ending").choices(
				circuitFormats,
			),
		)
		.addOption(databaseOption());
	drawingOptions(command).action(runExport);
}

async function runExport(name: string, options: ExportOptions): Promise<void> {
	const { format, output = [] } = options;
	if (format === undefined) checkOutputs(output);
	if (format === undefined && output.length === 0)
		throw new AppError("usage", "Say where to: -o FILE.svg writes a file, --format svg|png|dot|json prints.");
	const app = new App(options.db);
	try {
		const circuit = app.store.loadCircuit(name);
		const run = app.store.lastRunOf(name);
		if (!run)
			throw new AppError("not-found", `"${name}" has no finished run to describe it. Trace into it first.`, { name });
		const request = JSON.parse(run.request) as TraceRequest;
		const model = {
			modelDir: request.modelDir,
			dictionaryDirs: request.dictionaryDirs,
			dictionaries: app.store.dictionariesOf(name),
		};
		const labels = lookUpLabels(app, { ...model, features: listFeatures(circuit.nodes) }, circuit.labels);
		const described = {
			circuit,
			labels,
			facts: await lookUpFeatures(app, {
				...model,
				features: listFeatures(listShownNodes(circuit, format ? [format] : output.map(formatOf), options)),
			}),
			tokenText: readTokenTexts(request.modelDir),
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
			nodes: circuit.nodes.map((node) => buildNodeJson(node, labels)),
			edges: circuit.edges,
			explained: run.explained,
		});
		for (const path of output) {
			await saveCircuit(path, described, options, buildJson, format);
			printResult(`Wrote ${resolve(path)}`);
		}
		if (format !== undefined && output.length === 0)
			printFile(await buildCircuitFile(format, described, options, buildJson));
	} finally {
		app.dispose();
	}
}
