import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { type PictureFormat, pictureFormats } from "#shared/contract/export-request";
import type { ExportOutcome, FewerEdges } from "#shared/contract/export-result";
import { AppError } from "#shared/errors";
import { type DataFormat, dataFormatOf, dataFormats } from "#shared/exchange/data-formats";
import { App } from "../app/app.ts";
import { DataExports } from "../app/exchange/data-exports.ts";
import { checkEndings, checkFolders } from "./check-endings.ts";
import { collect, databaseOption, jsonOption } from "./options.ts";
import {
	checkPictureOptions,
	type DrawingOptions,
	drawingOptions,
	type SizeOptions,
	sizeOptions,
} from "./picture-options.ts";
import { formatOf, isPicture } from "./save-circuit.ts";
import { readPicture, savePicture } from "./save-picture.ts";
import { createProgressBar, printFile, printJson, printParts, printResult, warn, withInterrupt } from "./terminal.ts";

type Format = PictureFormat | DataFormat;

interface ExportOptions extends DrawingOptions, SizeOptions {
	readonly output?: readonly string[];
	readonly format?: Format;
	readonly history: boolean;
	readonly db?: string;
	readonly json?: true;
}

export function defineExportCommand(command: Command): void {
	command
		.argument("<circuit...>", "its name, see scd circuits list; several go into one project, .scd")
		.option(
			"-o, --output <file>",
			"file to write: .svg, .pdf, .png or .webp; .json with everything; .dot, .graphml, .html, .neuronpedia.json; .csv or .parquet (two tables); .scd, a project to send; may be repeated",
			collect,
		)
		.addOption(
			new Option("--format <name>", "print in this format, or write every file in it whatever its ending").choices([
				...pictureFormats,
				...dataFormats,
			]),
		)
		.option("--no-history", "leave out the steps that led to it, so that they cannot be taken back elsewhere")
		.addOption(jsonOption())
		.addOption(databaseOption());
	sizeOptions(drawingOptions(command)).action(runExport);
}

async function runExport(names: readonly string[], options: ExportOptions): Promise<void> {
	const { format, output = [] } = options;
	if (format === undefined) checkEndings(output, pictureFormats);
	checkFolders(output);
	if (format === undefined && output.length === 0)
		throw new AppError("usage", "Say where to: -o FILE.svg writes a file, --format svg|pdf|png|dot|json|… prints.");
	const formats = output.length === 0 ? [format] : output.map((path) => format ?? dataFormatOf(path) ?? formatOf(path));
	checkPictureOptions(formats, options);
	if (
		options.maxEdges !== undefined &&
		!formats.some((one) => isPicture(one) || one === "html" || one === "neuronpedia")
	)
		throw new AppError(
			"usage",
			"--max-edges is for what is drawn and for .neuronpedia.json; other files hold the whole circuit. Leave it out.",
			{ option: "--max-edges" },
		);
	const app = new App(options.db);
	const bar = createProgressBar();
	try {
		for (const name of names) app.store.circuits.idOf(name);
		const drawSvg = async (name: string) =>
			String(await readPicture(app, name, "svg", { ...options, embed: false }, { progress: () => {} }));
		const data = new DataExports(app, names, options.history, drawSvg, options.maxEdges);
		const written: unknown[] = [];
		const pictures: ExportOutcome[] = [];
		const notes: string[] = [];
		const failures: AppError[] = [];
		const save = async (path: string) => {
			const wanted = format ?? dataFormatOf(path) ?? formatOf(path);
			if (isPicture(wanted)) {
				const outcome = await withInterrupt((signal) =>
					savePicture(app, onlyOne(names), path, wanted, options, { progress: bar.show, signal }),
				).finally(bar.clear);
				pictures.push(outcome);
				written.push(...outcome.files.map((file) => ({ ...file, ...describe(outcome) })));
				if (options.json) return;
				for (const file of outcome.files) printResult(`Wrote ${file.path}`);
			} else if (wanted !== undefined) {
				const files = await data.save(path, wanted);
				const lost = await data.describeLosses(wanted);
				notes.push(...lost);
				written.push(...files.map((file) => ({ path: resolve(file), notes: lost })));
				if (!options.json) for (const file of files) printResult(`Wrote ${file}`);
			}
		};
		for (const path of output)
			await save(path).catch((error) => {
				// One that cannot be made keeps none of the others from being made.
				if (!(error instanceof AppError) || error.code === "cancelled" || output.length === 1) throw error;
				failures.push(error);
			});
		// Several files of one circuit are told of once.
		for (const warning of new Set([...pictures.flatMap(({ warnings }) => warnings), ...notes])) warn(warning);
		const fewer = pictures.find((one) => one.fewer)?.fewer;
		if (fewer) warn(`Fewer edges are drawn with ${nameOptions(fewer)}.`);
		const latex = chooseLatex(pictures);
		if (latex !== undefined && !options.json) printResult(latex);
		if (options.json && output.length > 0) printJson({ circuits: names, files: written });
		for (const { message } of failures.slice(1)) warn(message);
		if (failures[0]) throw failures[0];
		if (format !== undefined && output.length === 0) {
			if (!isPicture(format)) for (const note of await data.describeLosses(format)) warn(note);
			if (isPicture(format)) printFile(await readPicture(app, onlyOne(names), format, options, { progress: () => {} }));
			else await printParts(await data.build(format), format === "scd");
		}
	} finally {
		app.dispose();
	}
}

function onlyOne(names: readonly string[]): string {
	const [name = ""] = names;
	if (names.length > 1)
		throw new AppError("usage", `A picture shows one circuit, and ${names.length} were named. Export them one by one.`);
	return name;
}

function nameOptions({ maxEdges, compact, without }: FewerEdges): string {
	return `--max-edges ${maxEdges} --rearrange${compact ? " --cards compact" : ""}${without.map((part) => ` --no-${part}`).join("")}`;
}

/** For the file that LaTeX reads best. */
function chooseLatex(pictures: readonly ExportOutcome[]): string | undefined {
	const written = pictures.filter(({ latex }) => latex !== undefined);
	const by = (ending: string) => written.find(({ files }) => files[0]?.path.toLowerCase().endsWith(ending));
	return (by(".pdf") ?? by(".png") ?? written[0])?.latex;
}

/** What is known of every file of an outcome. */
function describe({ drawing, scale, poster, latex, fewer, warnings }: ExportOutcome): object {
	return { drawing, scale, ...(poster && { poster }), ...(latex && { latex }), ...(fewer && { fewer }), warnings };
}
