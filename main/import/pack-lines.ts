import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { AppError } from "#shared/errors";

const unzip = promisify(gunzip);

/** Packed files up to so much are unpacked in memory, which finds damage before the first line is used. */
const smallBytes = 8_388_608;
const mostUnpackedBytes = 268_435_456;
const lineFeed = 10;
const linesAtOnce = 512;

/** A file's lines in order, some at a time. */
export interface PackFile {
	readonly path: string;
	readonly bytes: number;
	lines(): AsyncGenerator<readonly Buffer[]>;
}

/**
 * Opens a file of lines, packed (.gz) or not, and looks whether it is whole: a damaged one gives no line at all.
 * Throws `bad-file`.
 */
export async function openPackFile(path: string, signal: AbortSignal, inMemory = smallBytes): Promise<PackFile> {
	try {
		const { size: bytes } = await stat(path);
		const isPacked = path.endsWith(".gz");
		if (bytes <= inMemory) {
			const raw = await readFile(path, { signal });
			const whole = isPacked ? await unzip(raw, { maxOutputLength: mostUnpackedBytes }) : raw;
			return { path, bytes, lines: () => splitLines([whole]) };
		}
		const open = () => openStream(path, isPacked, signal);
		if (isPacked) for await (const _ of open());
		return { path, bytes, lines: () => splitLines(open()) };
	} catch (cause) {
		if (signal.aborted) throw new AppError("cancelled", "The import was stopped. What was read is kept.");
		const { code = "" } = cause as NodeJS.ErrnoException;
		const damaged = code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE";
		const what = damaged ? "is damaged. Download it again." : `cannot be read (${code}). Check its permissions.`;
		throw new AppError("bad-file", `${path} ${what}`, { path });
	}
}

function openStream(path: string, isPacked: boolean, signal: AbortSignal): Readable {
	const file = createReadStream(path, { highWaterMark: 1 << 20, signal });
	if (!isPacked) return file;
	const out = new PassThrough({ highWaterMark: 1 << 20 });
	pipeline(file, createGunzip({ chunkSize: 1 << 18 }), out, { signal }).catch((error) => out.destroy(error));
	return out;
}

async function* splitLines(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
	let rest: Buffer | undefined;
	for await (const chunk of chunks) {
		const data = rest ? Buffer.concat([rest, chunk]) : chunk;
		let lines: Buffer[] = [];
		let from = 0;
		for (let end = data.indexOf(lineFeed); end >= 0; end = data.indexOf(lineFeed, from)) {
			lines.push(data.subarray(from, end));
			from = end + 1;
			if (lines.length === linesAtOnce) {
				yield lines;
				lines = [];
			}
		}
		yield lines;
		rest = from < data.length ? Buffer.from(data.subarray(from)) : undefined;
	}
	if (rest) yield [rest];
}
