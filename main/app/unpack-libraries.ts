import { execFile } from "node:child_process";
import {
	closeSync,
	createReadStream,
	createWriteStream,
	existsSync,
	fstatSync,
	openSync,
	readdirSync,
	renameSync,
	rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createInflateRaw } from "node:zlib";
import { AppError } from "#shared/errors";
import { listZipEntries, locateEntry } from "../model/zip-entries.ts";

const run = promisify(execFile);
const isLibrary = (name: string) => /^lib[\w+-]+\.so(\.\d+)*$/.test(name);

/** Takes the shared libraries out of a NuGet package or a `.tar.xz`, flat. Throws `bad-file`, `unsupported`, or what the file system threw. */
export async function unpackLibraries(archive: string, into: string, signal: AbortSignal): Promise<void> {
	if (archive.endsWith(".nupkg")) await unzipLibraries(archive, into, signal);
	else await untarLibraries(archive, into, signal);
}

/** TensorRT's provider lies in the package too; nothing here uses it. */
const isWanted = (name: string) => /^runtimes\/linux-x64\/native\/[^/]+$/.test(name) && !name.includes("tensorrt");

async function unzipLibraries(archive: string, into: string, signal: AbortSignal): Promise<void> {
	const descriptor = openSync(archive, "r");
	try {
		const file = { descriptor, path: archive, size: fstatSync(descriptor).size };
		for (const entry of listZipEntries(file).values()) {
			const name = basename(entry.name);
			// The library itself is here already: the package for Node brings it.
			if (!isWanted(entry.name) || !isLibrary(name) || name === "libonnxruntime.so") continue;
			const start = locateEntry(file, entry);
			const packed = createReadStream(archive, { start, end: start + entry.packedBytes - 1 });
			const whole = createWriteStream(join(into, name), { mode: 0o755 });
			if (entry.stored) await pipeline(packed, whole, { signal });
			else if (entry.deflated) await pipeline(packed, createInflateRaw(), whole, { signal });
			else
				throw new AppError("unsupported", `${archive} is packed in a way that is not known here. Install a newer scd.`);
		}
	} finally {
		closeSync(descriptor);
	}
}

/** By the system's tar: Node reads no xz. Static libraries and headers, most of an archive, are passed over. */
async function untarLibraries(archive: string, into: string, signal: AbortSignal): Promise<void> {
	const words = ["--extract", "--xz", "--no-same-owner", `--file=${archive}`, `--directory=${into}`];
	try {
		await run("tar", [...words, "--wildcards", "--exclude=*/stubs/*", "*/lib/lib*.so*"], { signal });
	} catch (cause) {
		signal.throwIfAborted();
		const { code, stderr = "", message } = cause as { code?: unknown; stderr?: string; message: string };
		const said = stderr.trim() || message;
		if (/No space left|Disk quota/.test(said))
			throw Object.assign(new Error(said), { code: "ENOSPC", syscall: "write" });
		if (code === "ENOENT" || /xz.*(not found|Cannot exec|No such file)/s.test(said))
			throw new AppError(
				"unsupported",
				"Unpacking needs the programs tar and xz. Install them (Debian and Ubuntu: apt install tar xz-utils) and say the same again; what was fetched is kept.",
			);
		throw new AppError("bad-file", `${archive} could not be unpacked: ${said.split("\n")[0]}`, { archive });
	}
	for (const folder of readdirSync(into)) {
		const libraries = join(into, folder, "lib");
		if (existsSync(libraries))
			for (const name of readdirSync(libraries))
				if (isLibrary(name)) renameSync(join(libraries, name), join(into, name));
		rmSync(join(into, folder), { recursive: true });
	}
}
