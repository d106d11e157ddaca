import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportPreview, MadeExport, WrittenFile } from "#shared/contract/export-result";
import { AppError } from "#shared/errors";
import type { App } from "./app.ts";
import { buildExportSource } from "./export-source.ts";
import { ExportThread, type ThreadContext } from "./export-thread.ts";

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
			const id = randomUUID();
			this.#made.set(id, { folder, files });
			for (const old of [...this.#made.keys()].slice(0, -mostKept)) this.forget(old);
			return {
				id,
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
