import { type FileHandle, open } from "node:fs/promises";
import { AppError } from "#shared/errors";

/** A file that is to be imported: read from where it is needed, never whole unless it is small. */
export interface ImportSource {
	/** As a person knows it. */
	readonly name: string;
	readonly bytes: number;
	/** Shorter at the end of the file. */
	read(offset: number, length: number): Promise<Buffer>;
	dispose(): Promise<void>;
}

/** Throws `not-found` or `bad-file`. */
export async function openSource(path: string, name: string): Promise<ImportSource> {
	let file: FileHandle;
	try {
		file = await open(path);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? "unknown reason"})`;
		throw new AppError("not-found", `${path} ${why}. Give a file that this program can read.`, { path });
	}
	const stat = await file.stat();
	if (!stat.isFile()) {
		await file.close();
		const what = stat.isDirectory() ? "a folder" : "no regular file";
		throw new AppError(
			"bad-file",
			`${name} is ${what}, and circuits come as files. Folders of models and dictionaries are added in the Library.`,
			{ path },
		);
	}
	return {
		name,
		bytes: stat.size,
		async read(offset, length) {
			const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, stat.size - offset)));
			let filled = 0;
			while (filled < buffer.length) {
				const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, offset + filled);
				if (bytesRead === 0) break;
				filled += bytesRead;
			}
			return buffer.subarray(0, filled);
		},
		dispose: () => file.close(),
	};
}

export function sourceOfText(text: string, name: string): ImportSource {
	const bytes = Buffer.from(text);
	return {
		name,
		bytes: bytes.length,
		read: async (offset, length) => bytes.subarray(offset, offset + length),
		dispose: async () => {},
	};
}

/** Text of a file that is read whole. Throws `bad-file` where it is too large or no UTF-8. */
export async function readText(source: ImportSource, most: number): Promise<string> {
	const bytes = await readWhole(source, most);
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw new AppError("bad-file", `${source.name} is no text in UTF-8. Save it as UTF-8 and import it again.`);
	}
}

export async function readWhole(source: ImportSource, most: number): Promise<Buffer> {
	if (source.bytes > most)
		throw new AppError(
			"bad-file",
			`${source.name} has ${Math.round(source.bytes / 1e6)} MB, and files of its kind are read up to ${Math.round(most / 1e6)} MB. Export a smaller part.`,
			{ bytes: source.bytes },
		);
	return await source.read(0, source.bytes);
}
