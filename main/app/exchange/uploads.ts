import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { AppError } from "#shared/errors";

interface Upload {
	readonly file: number;
	readonly path: string;
	readonly name: string;
	readonly bytes: number;
	received: number;
}

const most = 8;

/** Files that a page hands over piece by piece, because a browser does not tell where they lie. They go when they were read. */
export class Uploads {
	readonly #open = new Map<string, Upload>();
	#folder: string | undefined;

	/** Throws `usage` where too many are open already. */
	begin(name: string, bytes: number): string {
		if (this.#open.size >= most)
			throw new AppError("usage", `${most} files are being read already. Wait until one of them is done.`);
		this.#folder ??= mkdtempSync(join(tmpdir(), "scd-upload-"));
		const id = randomUUID();
		// Names are the page's word and never part of a path.
		const path = join(this.#folder, id);
		this.#open.set(id, { file: openSync(path, "wx", 0o600), path, name: basename(name), bytes, received: 0 });
		return id;
	}

	/** Pieces come in order; one that was sent twice is there once. */
	add(id: string, offset: number, data: Uint8Array): void {
		const upload = this.#find(id);
		if (offset > upload.received || offset + data.length > upload.bytes)
			throw new AppError("usage", "A piece of the file is missing or does not belong to it. Import the file again.");
		writeSync(upload.file, data, 0, data.length, offset);
		upload.received = Math.max(upload.received, offset + data.length);
	}

	/** Calls `use` with the whole file, which is gone afterwards. */
	async finish<T>(id: string, use: (file: { readonly path: string; readonly name: string }) => Promise<T>): Promise<T> {
		const { path, name, bytes, received } = this.#find(id);
		if (received !== bytes) throw new AppError("usage", `${name} did not arrive whole. Import it again.`);
		try {
			return await use({ path, name });
		} finally {
			this.drop(id);
		}
	}

	drop(id: string): void {
		const upload = this.#open.get(id);
		if (!upload) return;
		this.#open.delete(id);
		closeSync(upload.file);
		rmSync(upload.path, { force: true });
	}

	dispose(): void {
		for (const id of this.#open.keys()) this.drop(id);
		if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
	}

	#find(id: string): Upload {
		const upload = this.#open.get(id);
		if (!upload) throw new AppError("not-found", "This file is not being read any more. Import it again.");
		return upload;
	}
}
