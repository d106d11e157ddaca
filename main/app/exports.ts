import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type ExportRequest, usualExport } from "#shared/contract/export-request";
import type { ExportPreview, MadeData, MadeExport, MadeFiles, WrittenFile } from "#shared/contract/export-result";
import { AppError } from "#shared/errors";
import type { DataFormat } from "#shared/exchange/data-formats";
import type { ReportFormat } from "#shared/report";
import type { App } from "./app.ts";
import { DataExports } from "./exchange/data-exports.ts";
import { buildExportSource } from "./export-source.ts";
import { ExportThread, type ThreadContext } from "./export-thread.ts";
import { buildReportSource } from "./report-source.ts";

/** So much of a file is sent at a time. */
const partBytes = 1024 * 1024;
const mostKept = 8;

/** Exports that windows ask for: drawn beside this thread, kept as files until they are fetched. */
export class Exports {
	readonly #app: App;
	readonly #thread = new ExportThread();
	readonly #made = new Map<string, { readonly folder: string; readonly files: readonly WrittenFile[] }>();

	constructor(app: App) {
		this.#app = app;
	}

	async make(name: string, request: ExportRequest, view: unknown, context: ThreadContext): Promise<MadeExport> {
		context.progress({ step: "Looking features up", done: 0, total: 1 });
		const source = await buildExportSource(this.#app, name, { drawing: request, view, embed: request.embed });
		const folder = mkdtempSync(join(tmpdir(), "scd-export-"));
		try {
			const path = join(folder, `${nameFile(name)}.${request.format}`);
			const { files, ...outcome } = await this.#thread.write(source, request, path, context);
			return {
				id: this.#keep(folder, files),
				...outcome,
				files: files.map(({ path: file, bytes, page }) => ({
					name: basename(file),
					bytes,
					...(page !== undefined && { page }),
				})),
			};
		} catch (error) {
			rmSync(folder, { recursive: true, force: true });
			throw error;
		}
	}

	/** A circuit's report in each form that is asked for. */
	async makeReport(
		name: string,
		formats: readonly ReportFormat[],
		view: unknown,
		context: ThreadContext,
	): Promise<MadeFiles> {
		context.progress({ step: "Looking features up", done: 0, total: 1 });
		const source = await buildReportSource(this.#app, name, view);
		const folder = mkdtempSync(join(tmpdir(), "scd-export-"));
		try {
			const wanted = formats.map((format) => ({ path: join(folder, `${nameFile(name)}.${format}`), format }));
			const files = await this.#thread.report(source, wanted, context);
			return {
				id: this.#keep(folder, files),
				files: files.map(({ path, bytes }) => ({ name: basename(path), bytes })),
			};
		} catch (error) {
			rmSync(folder, { recursive: true, force: true });
			throw error;
		}
	}

	/** Circuits for other programs or other people: one file, or two tables. */
	async makeData(
		names: readonly string[],
		format: DataFormat,
		history: boolean,
		context: ThreadContext,
	): Promise<MadeData> {
		const folder = mkdtempSync(join(tmpdir(), "scd-export-"));
		try {
			const drawSvg = async (name: string) => {
				const request = { ...usualExport, format: "svg" as const, embed: false };
				const source = await buildExportSource(this.#app, name, { drawing: request, embed: false });
				const { files } = await this.#thread.write(source, request, join(folder, "drawing.svg"), context);
				return readFileSync(files[0]?.path ?? "", "utf8");
			};
			const data = new DataExports(this.#app, names, history, drawSvg);
			const stem = nameFile(names.length === 1 ? (names[0] ?? "") : "circuits");
			const ending = format === "neuronpedia" ? "neuronpedia.json" : format;
			const paths = await data.save(join(folder, `${stem}.${ending}`), format);
			const files = paths.map((path) => ({ path, bytes: statSync(path).size }));
			return {
				id: this.#keep(folder, files),
				files: files.map(({ path, bytes }) => ({ name: basename(path), bytes })),
				notes: await data.describeLosses(format),
			};
		} catch (error) {
			rmSync(folder, { recursive: true, force: true });
			throw error;
		}
	}

	#keep(folder: string, files: readonly WrittenFile[]): string {
		const id = randomUUID();
		this.#made.set(id, { folder, files });
		for (const old of [...this.#made.keys()].slice(0, -mostKept)) this.forget(old);
		return id;
	}

	async preview(name: string, request: ExportRequest, view: unknown, context: ThreadContext): Promise<ExportPreview> {
		const source = await buildExportSource(this.#app, name, { drawing: request, view, embed: false });
		return await this.#thread.preview(source, request, context);
	}

	/** A part of a file, base64; empty behind its end. */
	read(id: string, file: number, offset: number): string {
		const written = this.#made.get(id)?.files[file];
		if (!written)
			throw new AppError("not-found", "This export is not kept any more. Export it again.", { export: id, file });
		const open = openSync(written.path, "r");
		try {
			const bytes = Buffer.alloc(Math.max(0, Math.min(partBytes, written.bytes - offset)));
			return bytes.toString("base64", 0, readSync(open, bytes, 0, bytes.length, offset));
		} finally {
			closeSync(open);
		}
	}

	forget(id: string): void {
		const made = this.#made.get(id);
		this.#made.delete(id);
		if (made) rmSync(made.folder, { recursive: true, force: true });
	}

	dispose(): void {
		this.#thread.dispose();
		for (const id of [...this.#made.keys()]) this.forget(id);
	}
}

/** A circuit's name where no system has something against it. */
function nameFile(name: string): string {
	return (
		name
			.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, "-")
			.replace(/^\.+/, "")
			.slice(0, 120)
			.trim() || "circuit"
	);
}
