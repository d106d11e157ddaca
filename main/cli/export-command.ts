import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "#shared/errors";
import { App } from "../app/app.ts";
import { describeCircuit } from "../app/circuit-description.ts";
import { buildCircuitPayload } from "../app/exchange/build-circuit-file.ts";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import { lookUpLabels } from "../app/label-lookup.ts";
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
	saveCircuit,
} from "./save-circuit.ts";
import { printFile, printResult } from "./terminal.ts";

interface ExportOptions extends DrawingOptions {
	readonly output?: readonly string[];
	readonly format?: CircuitFormat;
	readonly history: boolean;
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
		.option("--no-history", "leave out the steps that led to it, so that they cannot be taken back elsewhere")
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
		const described = describeCircuit(app.store, name);
		const labels = lookUpLabels(app, { ...described, features: listFeatures(circuit.nodes) }, circuit.labels);
		const drawn = {
			circuit,
			labels,
			facts: await lookUpFeatures(app, {
				...described,
				features: listFeatures(listShownNodes(circuit, format ? [format] : output.map(formatOf), options)),
			}),
			tokenText: described.tokenText,
			modelName: described.model.name,
			metricName: described.metric.name,
			metric: described.metric.value ?? 0,
			explained: described.explained,
			tokens: described.prompt.tokens,
		};
		const needsPayload =
			format === "json" || (format === undefined && output.some((path) => formatOf(path) === "json"));
		const payload = needsPayload ? await buildCircuitPayload(app, name, { history: options.history }) : {};
		const buildJson = () => payload;
		for (const path of output) {
			await saveCircuit(path, drawn, options, buildJson, format);
			printResult(`Wrote ${resolve(path)}`);
		}
		if (format !== undefined && output.length === 0)
			printFile(await buildCircuitFile(format, drawn, options, buildJson));
	} finally {
		app.dispose();
	}
}
