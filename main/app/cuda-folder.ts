import {
	existsSync,
	lstatSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type EngineChannel, spawnNodeEngine } from "../engine/engine-channel.ts";
import { defaultDatabasePath } from "../store/open-database.ts";

/** What `scd doctor --fetch-cuda` found and fetched; the last file that it writes. */
const manifestSchema = z.object({
	fetched: z.array(z.object({ title: z.string(), version: z.string(), libraries: z.array(z.string()) })),
	/** Folders with further libraries that the linker does not search by itself. */
	folders: z.array(z.string()),
});
export type CudaManifest = z.infer<typeof manifestSchema>;

/** The one system for which ONNX Runtime's provider is published. */
export const isCudaSystem = process.platform === "linux" && process.arch === "x64";

const runtime = "libonnxruntime.so.1";
export const providerLibrary = "libonnxruntime_providers_cuda.so";

function readPackage(): { readonly path: string; readonly version: string } {
	const path = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
	return { path, version: (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version };
}

export const onnxruntimeVersion = () => readPackage().version;

/** Where the package keeps its own libraries; in the packaged app beside the archive. */
export function packageFolder(): string {
	const place = dirname(readPackage().path).replace(/app\.asar(?=\/)/, "app.asar.unpacked");
	return join(place, "bin/napi-v6/linux/x64");
}

/** Beside the database; a folder for each version of ONNX Runtime, whose provider serves no other. */
export function cudaFolder(): string {
	return join(dirname(defaultDatabasePath()), "cuda", `onnxruntime-${onnxruntimeVersion()}`);
}

/** Undefined where nothing was fetched, or not to its end. */
export function readCudaManifest(folder = cudaFolder()): CudaManifest | undefined {
	try {
		return manifestSchema.safeParse(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"))).data;
	} catch {
		return undefined;
	}
}

export function writeCudaManifest(folder: string, manifest: CudaManifest): void {
	mkdirSync(folder, { recursive: true });
	const fresh = join(folder, ".manifest.json");
	writeFileSync(fresh, `${JSON.stringify(manifest, null, "\t")}\n`);
	renameSync(fresh, join(folder, "manifest.json"));
}

/**
 * The environment with which an engine finds what was fetched. ONNX Runtime looks for its providers in the folder that its own
 * library was loaded from, so a link to that library lies beside them, and `LD_LIBRARY_PATH`, which goes before the package's
 * own run path, has the linker take it there.
 */
export function engineEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
	const folder = isCudaSystem ? cudaFolder() : "";
	const manifest = isCudaSystem ? readCudaManifest(folder) : undefined;
	if (!manifest) return env;
	if (existsSync(join(folder, providerLibrary))) linkRuntime(folder);
	const searched = [folder, ...manifest.folders, ...(env["LD_LIBRARY_PATH"] ? [env["LD_LIBRARY_PATH"]] : [])];
	return { ...env, LD_LIBRARY_PATH: searched.join(":") };
}

/** Anew where the program was moved. Where it cannot be made, the provider is not found, which is told when it is tried. */
function linkRuntime(folder: string): void {
	const link = join(folder, runtime);
	if (existsSync(link)) return;
	try {
		if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
		symlinkSync(join(packageFolder(), runtime), link);
	} catch {
		// Another process made it, or the folder may not be written to.
	}
}

/** Starts the engine under Node with whatever was fetched for it. */
export const startNodeEngine = (file: string, limited = false): EngineChannel =>
	spawnNodeEngine(file, limited, engineEnvironment());
