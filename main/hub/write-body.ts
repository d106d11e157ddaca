import { type FileHandle, open } from "node:fs/promises";

/** As much is written at once, or what came in so much time: what a kill loses. */
const block = 1 << 20;
const flushMs = 250;

/**
 * Writes what comes, from one place in a file on, while the next is coming. Whatever happens, what has come is on disk
 * afterwards. `written` is told how much of the file is there now, and how much of that is new.
 */
export async function writeBody(
	body: AsyncIterable<Buffer>,
	path: string,
	from: number,
	end: number,
	written: (bytes: number, received: number) => void,
): Promise<void> {
	const file = await open(path, "r+");
	let at = from;
	let chunks: Buffer[] = [];
	let waiting = 0;
	let taken = from;
	let flushed = performance.now();
	let writing: Promise<void> = Promise.resolve();
	const flush = async () => {
		await writing;
		if (waiting === 0) return;
		const [batch, bytes] = [chunks, waiting];
		[chunks, waiting] = [[], 0];
		flushed = performance.now();
		writing = writeAll(file, batch, bytes, at).then(() => {
			at += bytes;
			written(at, bytes);
		});
		// Awaited before the next write, and at the end.
		writing.catch(() => {});
	};
	try {
		for await (const chunk of body) {
			taken += chunk.length;
			if (taken > end) throw new Error(`more comes than the ${end} bytes that were announced`);
			chunks.push(chunk);
			waiting += chunk.length;
			if (waiting >= block || performance.now() - flushed > flushMs) await flush();
		}
	} finally {
		try {
			await flush();
			await writing;
		} finally {
			await file.close();
		}
	}
}

async function writeAll(file: FileHandle, chunks: readonly Buffer[], bytes: number, position: number): Promise<void> {
	const { bytesWritten } = await file.writev(chunks, position);
	if (bytesWritten === bytes) return;
	// A disk that fills takes a part first, and says why at the next try.
	const rest = Buffer.concat(chunks).subarray(bytesWritten);
	for (let done = 0; done < rest.length; )
		done += (await file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten;
}
