import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PictureFormat } from "#shared/contract/export-request";
import type { ExportOutcome } from "#shared/contract/export-result";
import type { CircuitDocument } from "#shared/document";
import type { App } from "../app/app.ts";
import { buildExportSource } from "../app/export-source.ts";
import { type ExportContext, writeExport } from "../export/write-export.ts";
import { buildExportRequest, type DrawingOptions, type SizeOptions } from "./picture-options.ts";

type PictureOptions = DrawingOptions & Partial<SizeOptions>;

/** Writes a stored circuit as a picture, by what the app's export dialog uses; `document` is another state of it. */
export async function savePicture(
	app: App,
	circuit: string,
	path: string,
	format: PictureFormat,
	options: PictureOptions,
	context: ExportContext,
	document?: CircuitDocument,
): Promise<ExportOutcome> {
	const request = buildExportRequest(format, options);
	const source = await buildExportSource(app, circuit, {
		drawing: request,
		embed: request.embed,
		...(document && { document }),
	});
	return await writeExport(source, request, resolve(path), context);
}

/** The same for who prints it: an SVG is text. */
export async function readPicture(
	app: App,
	circuit: string,
	format: PictureFormat,
	options: PictureOptions,
	context: ExportContext,
): Promise<string | Uint8Array> {
	const folder = mkdtempSync(join(tmpdir(), "scd-export-"));
	try {
		const { files } = await savePicture(app, circuit, join(folder, `circuit.${format}`), format, options, context);
		const bytes = readFileSync(files[0]?.path ?? "");
		return format === "svg" ? bytes.toString("utf8") : bytes;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
