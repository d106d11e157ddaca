import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { DownloadProgress } from "#shared/download";
import { AppError } from "#shared/errors";
import type { CacheRepo } from "../hub/cache-repo.ts";
import { type CudaPart, cudaParts, cudaRuntime, type FoundPart, findCudaParts } from "../hub/cuda-listing.ts";
import { HubConnection } from "../hub/hub-connection.ts";
import { describeWriteFailure } from "../hub/hub-failure.ts";
import { readHubSettings } from "../hub/hub-settings.ts";
import { type DownloadPlan, forecastDownload } from "../hub/plan-download.ts";
import { runDownload } from "../hub/run-download.ts";
import {
	cudaFolder,
	onnxruntimeVersion,
	packageFolder,
	providerLibrary,
	readCudaManifest,
	writeCudaManifest,
} from "./cuda-folder.ts";
import { unpackLibraries } from "./unpack-libraries.ts";

const run = promisify(execFile);

/** Where the libraries of a part lie now: every name with the folder that has it. */
export interface PresentPart {
	readonly part: CudaPart;
	readonly folders: readonly string[];
}

export interface CudaState {
	readonly folder: string;
	readonly present: readonly PresentPart[];
	readonly missing: readonly CudaPart[];
	/** NVIDIA's driver, which comes with the system and is not fetched. */
	readonly hasDriver: boolean;
}

/** What is here of what the provider needs: fetched, in ONNX Runtime's package, with the system. */
export async function examineCuda(): Promise<CudaState> {
	const folder = cudaFolder();
	const known = await listLinked();
	const places = [folder, packageFolder(), ...searchedFolders()];
	const find = (library: string) =>
		places.find((place) => existsSync(join(place, library))) ?? (known.has(library) ? "" : undefined);
	const present: PresentPart[] = [];
	const missing: CudaPart[] = [];
	for (const part of cudaParts) {
		const folders = part.libraries.map(find);
		if (folders.includes(undefined)) missing.push(part);
		else present.push({ part, folders: [...new Set(folders as string[])] });
	}
	return { folder, present, missing, hasDriver: find("libcuda.so.1") !== undefined };
}

/** Where a toolkit or the user keeps libraries. */
function searchedFolders(): readonly string[] {
	const set = (name: string) => (process.env[name] ?? "").split(":").filter((path) => path !== "");
	const installed = readdirIfThere("/usr/local").filter((name) => /^cuda(-13[\d.]*)?$/.test(name));
	const homes = [...set("CUDA_HOME"), ...set("CUDA_PATH"), ...installed.map((name) => join("/usr/local", name))];
	return [...set("LD_LIBRARY_PATH"), ...homes.flatMap((home) => [join(home, "lib64"), join(home, "lib")])];
}

function readdirIfThere(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

/** Names that the linker finds by itself. */
async function listLinked(): Promise<ReadonlySet<string>> {
	const path = `${process.env["PATH"] ?? ""}:/sbin:/usr/sbin`;
	const { stdout } = await run("ldconfig", ["-p"], { env: { ...process.env, PATH: path } }).catch(() => ({
		stdout: "",
	}));
	return new Set([...stdout.matchAll(/^\s*(\S+) \(.*x86-64/gm)].map(([, name]) => name as string));
}

export interface CudaPlan {
	readonly state: CudaState;
	readonly found: readonly FoundPart[];
	readonly bytes: number;
	/** Of `bytes`, what lies here from before. */
	readonly presentBytes: number;
	readonly freeBytes: number | null;
}

interface CudaListener {
	/** All is known and nothing fetched; false to leave it at that. */
	planned(plan: CudaPlan): Promise<boolean>;
	progress(progress: DownloadProgress): void;
	/** What is done that is no download. */
	step(step: string): void;
}

const elsewhere = "let XDG_DATA_HOME name another place";

/**
 * Fetches what ONNX Runtime's CUDA provider needs and is not here into the app's own folder. Returns whether it is all here now.
 * Throws `network`, `not-found`, `bad-file`, `disk-full`, `access`, or the signal's reason; archives that came are kept.
 */
export async function fetchCuda(signal: AbortSignal, { planned, progress, step }: CudaListener): Promise<boolean> {
	const state = await examineCuda();
	const connection = new HubConnection(readHubSettings(), { signal, waiting: (_, why) => step(why) });
	try {
		const found = await findCudaParts(connection, state.missing, onnxruntimeVersion());
		const plan = buildPlan(state.folder, found);
		const { bytes, presentBytes, freeBytes } = forecastDownload(plan);
		if (!(await planned({ state, found, bytes, presentBytes, freeBytes }))) return false;
		await runDownload(connection, plan, signal, progress);
		await unpack(state.folder, plan, found, signal, step);
		const before = readCudaManifest(state.folder)?.fetched ?? [];
		writeCudaManifest(state.folder, {
			fetched: [
				...before.filter(({ title }) => found.every(({ part }) => part.title !== title)),
				...found.map(({ part: { title, libraries }, version }) => ({ title, version, libraries: [...libraries] })),
			],
			folders: [...new Set(state.present.flatMap(({ folders }) => folders))].filter(
				(folder) => folder !== "" && folder !== state.folder && folder !== packageFolder(),
			),
		});
		return true;
	} catch (error) {
		throw describeWriteFailure(error, state.folder, elsewhere);
	} finally {
		connection.dispose();
	}
}

/** Throws `bad-file` where the provider is linked to another CUDA than is fetched for it. */
function refuseOtherCuda(provider: string, url: string): void {
	if (readFileSync(provider).includes(cudaRuntime)) return;
	throw new AppError(
		"bad-file",
		`${url} is not made for ${cudaRuntime}, which is fetched for it. Install a newer scd.`,
	);
}

/** Archives lie as in the hub's cache, so that they come in the same way; they go when they are unpacked. */
function buildPlan(folder: string, found: readonly FoundPart[]): DownloadPlan {
	const place = join(folder, "archives");
	const repo: CacheRepo = {
		...{ kind: "models", repo: "CUDA's libraries", folder: place },
		...{ blobs: join(place, "blobs"), snapshots: join(place, "snapshots"), refs: join(place, "refs") },
	};
	const files = found.map(({ file }) => file);
	return { parts: [{ repo, revision: "now", branch: undefined, files }], cache: folder, elsewhere };
}

async function unpack(
	folder: string,
	plan: DownloadPlan,
	found: readonly FoundPart[],
	signal: AbortSignal,
	step: (step: string) => void,
): Promise<void> {
	const [planned] = plan.parts;
	if (!planned || found.length === 0) return;
	const fresh = join(folder, "unpacking");
	try {
		for (const { part, file } of found) {
			step(`Unpacking ${part.title}`);
			const into = join(fresh, part.name);
			rmSync(into, { recursive: true, force: true });
			mkdirSync(into, { recursive: true });
			await unpackLibraries(join(planned.repo.snapshots, planned.revision, file.path), into, signal);
			const lacking = part.libraries.filter((library) => !existsSync(join(into, library)));
			if (lacking.length > 0)
				throw new AppError("bad-file", `${file.url} lacks ${lacking.join(" and ")}. Install a newer scd.`, { lacking });
			if (part.from === "onnxruntime") refuseOtherCuda(join(into, providerLibrary), file.url);
		}
		for (const { part } of found)
			for (const name of readdirSync(join(fresh, part.name)))
				renameSync(join(fresh, part.name, name), join(folder, name));
	} finally {
		rmSync(fresh, { recursive: true, force: true });
	}
	rmSync(planned.repo.folder, { recursive: true, force: true });
}
