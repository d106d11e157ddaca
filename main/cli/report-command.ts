import { resolve } from "node:path";
import type { Command } from "commander";
import { AppError } from "#shared/errors";
import { type ReportFormat, reportFormatOf, reportFormats } from "#shared/report";
import { App } from "../app/app.ts";
import { buildReportSource } from "../app/report-source.ts";
import { type ReportFile, writeReport } from "../export/report/write-report.ts";
import { checkFolders } from "./check-endings.ts";
import { collect, databaseOption, jsonOption } from "./options.ts";
import { createProgressBar, printJson, printResult } from "./terminal.ts";

interface ReportOptions {
	readonly output?: readonly string[];
	readonly db?: string;
	readonly json?: true;
}

export function defineReportCommand(command: Command): void {
	command
		.argument("<circuit>", "its name, see scd circuits list")
		.option(
			"-o, --output <file>",
			"file to write: .html, .pdf, .md or .tex, the latter two with their figure beside them; may be repeated (default: CIRCUIT.html and CIRCUIT.pdf)",
			collect,
		)
		.addOption(jsonOption())
		.addOption(databaseOption())
		.action(runReport);
}

async function runReport(name: string, { output = [], db, json }: ReportOptions): Promise<void> {
	checkFolders(output);
	const asked = output.map((path): ReportFile => ({ path: resolve(path), format: readFormat(path) }));
	const app = new App(db);
	const bar = createProgressBar();
	try {
		app.store.circuits.idOf(name);
		const stem = name.replace(/[\\/:*?"<>|]+/g, "-");
		const usual = (["html", "pdf"] as const).map((format) => ({ path: resolve(`${stem}.${format}`), format }));
		const source = await buildReportSource(app, name);
		const files = await writeReport(source, asked.length > 0 ? asked : usual, { progress: bar.show }).finally(
			bar.clear,
		);
		if (json) printJson({ circuit: name, files });
		else for (const { path } of files) printResult(`Wrote ${path}`);
	} finally {
		app.dispose();
	}
}

function readFormat(path: string): ReportFormat {
	const format = reportFormatOf(path);
	if (format) return format;
	throw new AppError(
		"usage",
		`${path} has an ending that no report has. Write it as ${reportFormats.map((one) => `.${one}`).join(", ")}.`,
		{ path },
	);
}
