import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { AppError } from "#shared/errors";
import { type DataFormat, dataFormatOf, dataFormats } from "#shared/exchange/data-formats";
import { App } from "../app/app.ts";
import { describeCircuit } from "../app/circuit-description.ts";
import { DataExports } from "../app/exchange/data-exports.ts";
import { lookUpFeatures } from "../app/feature-lookup.ts";
import { lookUpLabels } from "../app/label-lookup.ts";
import { embedInPng, embedInSvg } from "../export/circuit-payload.ts";
import { saveExport } from "../export/save-export.ts";
import { checkEndings } from "./check-endings.ts";
import { collect, databaseOption } from "./options.ts";
import {
	buildCircuitFile,
	type DrawingOptions,
	drawingOptions,
	formatOf,
	listFeatures,
	listShownNodes,
} from "./save-circuit.ts";
import { printFile, printResult } from "./terminal.ts";

const pictures = ["svg", "png"] as const;
type Picture = (typeof pictures)[number];
type Format = Picture | DataFormat;

interface ExportOptions extends DrawingOptions {
	readonly output?: readonly string[];
	readonly format?: Format;
	readonly history: boolean;
	readonly db?: string;
}

export function defineExportCommand(command: Command): void {
	command
		.argument("<circuit...>", "its name, see scd circuits list; several go into one project, .scd")
		.option(
			"-o, --output <file>",
			"file to write: .svg or .png; .json with everything; .dot, .graphml, .html, .neuronpedia.json; .csv or .parquet (two tables); .scd, a project to send; may be repeated",
			collect,
		)
		.addOption(
			new Option("--format <name>", "print in this format, or write every file in it whatever its ending").choices([
				...pictures,
				...dataFormats,
			]),
		)
		.option("--no-history", "leave out the steps that led to it, so that they cannot be taken back elsewhere")
		.addOption(databaseOption());
	drawingOptions(command).action(runExport);
}

const isPicture = (format: Format | undefined): format is Picture => pictures.some((one) => one === format);

async function runExport(names: readonly string[], options: ExportOptions): Promise<void> {
	const { format, output = [] } = options;
	if (format === undefined) checkEndings(output, pictures);
	if (format === undefined && output.length === 0)
		throw new AppError("usage", "Say where to: -o FILE.svg writes a file, --format svg|png|dot|json|… prints.");
	const app = new App(options.db);
	try {
		for (const name of names) app.store.loadCircuit(name);
		const data = new DataExports(app, names, options.history, async (name) =>
			String(await draw(app, name, "svg", options)),
		);
		const drawWhole = async (picture: Picture) => {
			const [name = ""] = names;
			if (names.length > 1)
				throw new AppError(
					"usage",
					`A picture shows one circuit, and ${names.length} were named. Export them one by one.`,
				);
			const drawn = await draw(app, name, picture, options);
			const payload = await data.payload(name);
			return typeof drawn === "string" ? embedInSvg(drawn, payload) : embedInPng(drawn, payload);
		};
		for (const path of output) {
			const wanted = format ?? dataFormatOf(path) ?? (formatOf(path) as Picture);
			if (isPicture(wanted)) saveExport(resolve(path), await drawWhole(wanted));
			for (const written of isPicture(wanted) ? [resolve(path)] : await data.save(path, wanted))
				printResult(`Wrote ${written}`);
		}
		if (format !== undefined && output.length === 0)
			printFile(isPicture(format) ? await drawWhole(format) : await data.build(format));
	} finally {
		app.dispose();
	}
}

async function draw(app: App, name: string, format: Picture, options: DrawingOptions): Promise<string | Uint8Array> {
	const circuit = app.store.loadCircuit(name);
	const described = describeCircuit(app.store, name);
	const drawn = {
		circuit,
		labels: lookUpLabels(app, { ...described, features: listFeatures(circuit.nodes) }, circuit.labels),
		facts: await lookUpFeatures(app, {
			...described,
			features: listFeatures(listShownNodes(circuit, [format], options)),
		}),
		tokenText: described.tokenText,
		modelName: described.model.name,
		metricName: described.metric.name,
		metric: described.metric.value ?? 0,
		explained: described.explained,
		tokens: described.prompt.tokens,
	};
	return await buildCircuitFile(format, drawn, options, () => ({}));
}
