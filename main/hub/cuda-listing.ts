import { z } from "zod";
import { AppError } from "#shared/errors";
import type { HubConnection } from "./hub-connection.ts";
import { describeBrokenConnection, describeForeignRefusal } from "./hub-failure.ts";
import type { RemoteFile } from "./repo-listing.ts";

/** What one archive brings. */
export interface CudaPart {
	/** Its name in the publisher's index. */
	readonly name: string;
	readonly title: string;
	readonly from: "onnxruntime" | "cuda" | "cudnn";
	/** Names that the linker asks for. */
	readonly libraries: readonly string[];
}

/** What a program is linked to says for which CUDA it is made. */
export const cudaRuntime = "libcudart.so.13";

/**
 * What ONNX Runtime's provider for CUDA 13 is linked to, and what it and cuDNN open while they run. Since 1.28 it opens cuFFT
 * only for Fourier transforms, of which there are none here. Within CUDA 13 and cuDNN 9 any later library serves an earlier
 * program.
 */
export const cudaParts: readonly CudaPart[] = [
	{
		name: "microsoft.ml.onnxruntime.gpu.linux",
		title: "ONNX Runtime's CUDA provider",
		from: "onnxruntime",
		libraries: ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"],
	},
	{ name: "cuda_cudart", title: "CUDA runtime", from: "cuda", libraries: [cudaRuntime] },
	{ name: "libcublas", title: "cuBLAS", from: "cuda", libraries: ["libcublas.so.13", "libcublasLt.so.13"] },
	{ name: "libcurand", title: "cuRAND", from: "cuda", libraries: ["libcurand.so.10"] },
	{ name: "cuda_nvrtc", title: "CUDA's compiler of kernels", from: "cuda", libraries: ["libnvrtc.so.13"] },
	{
		name: "cudnn",
		title: "cuDNN",
		from: "cudnn",
		libraries: ["libcudnn.so.9", "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9"],
	},
];

/** The provider of 1.30.0 resolves against these releases; on an H200 it was measured with libraries of CUDA 13.0 and cuDNN 9. */
const [cudaRelease, cudnnRelease] = ["13.0.2", "9.19.0"];

/** Where a part lies, how large it is, what its content hashes to, and under which terms it is given. */
export interface FoundPart {
	readonly part: CudaPart;
	readonly version: string;
	readonly file: RemoteFile & { readonly url: string };
	readonly licence: string;
}

/** Addresses of the publishers: `NUGET_URL` and `NVIDIA_REDIST_URL` name mirrors. Throws `usage` where one is no address. */
function readEndpoints(env: Readonly<Record<string, string | undefined>> = process.env) {
	const read = (name: string, usual: string) => {
		const text = (env[name]?.trim() || usual).replace(/\/+$/, "");
		if (URL.canParse(text) && /^https?:/.test(text)) return text;
		throw new AppError("usage", `${name} is "${text}", which is no address. Write it as ${usual}, or leave it out.`);
	};
	return {
		nuget: read("NUGET_URL", "https://api.nuget.org/v3"),
		nvidia: read("NVIDIA_REDIST_URL", "https://developer.download.nvidia.com/compute"),
	};
}

/** Asks the publishers for the parts. Throws `network`, `not-found`, or `usage`. */
export async function findCudaParts(
	connection: HubConnection,
	parts: readonly CudaPart[],
	onnxruntime: string,
): Promise<readonly FoundPart[]> {
	const { nuget, nvidia } = readEndpoints();
	const indexes = {
		cuda: { base: `${nvidia}/cuda/redist`, release: cudaRelease },
		cudnn: { base: `${nvidia}/cudnn/redist`, release: cudnnRelease },
	};
	// One index names many parts and is asked for once.
	const asked = new Map<string, Promise<unknown>>();
	const ask = (url: string) => {
		const known = asked.get(url) ?? askJson(connection, url);
		asked.set(url, known);
		return known;
	};
	return await Promise.all(
		parts.map(async (part) => {
			if (part.from === "onnxruntime") return await findPackage(ask, nuget, part, onnxruntime);
			const { base, release } = indexes[part.from];
			return await findArchive(ask, base, release, part);
		}),
	);
}

type Ask = (url: string) => Promise<unknown>;

const leafSchema = z.object({ catalogEntry: z.string(), packageContent: z.string() });
const entrySchema = z.object({
	packageHash: z.base64(),
	packageHashAlgorithm: z.literal("SHA512"),
	packageSize: z.int().positive(),
});

/** A NuGet package: the registration's leaf names its content and its catalogue's entry, which has hash and size. */
async function findPackage(ask: Ask, base: string, part: CudaPart, version: string): Promise<FoundPart> {
	const leafUrl = `${base}/registration5-gz-semver2/${part.name}/${version}.json`;
	const leaf = understand(leafSchema, await ask(leafUrl), leafUrl);
	for (const url of [leaf.catalogEntry, leaf.packageContent]) refuseOpenly(url, base);
	const { packageHash, packageSize } = understand(entrySchema, await ask(leaf.catalogEntry), leaf.catalogEntry);
	return {
		part,
		version,
		file: {
			path: `${part.name}.${version}.nupkg`,
			bytes: packageSize,
			etag: Buffer.from(packageHash, "base64").toString("hex"),
			url: leaf.packageContent,
		},
		licence: "https://github.com/microsoft/onnxruntime/blob/main/LICENSE",
	};
}

const archiveSchema = z.object({
	relative_path: z.string().regex(/^[\w./-]+\.tar\.xz$/),
	sha256: z.string().regex(/^[0-9a-f]{64}$/),
	size: z.coerce.number().int().positive(),
});
const partSchema = z.object({
	version: z.string(),
	license_path: z.string(),
	"linux-x86_64": z.union([archiveSchema, z.object({ cuda13: archiveSchema })]),
});

/** An archive of NVIDIA's index `redistrib_VERSION.json`, cuDNN's one with a level more. */
async function findArchive(ask: Ask, base: string, release: string, part: CudaPart): Promise<FoundPart> {
	const index = `${base}/redistrib_${release}.json`;
	const listed = understand(z.record(z.string(), z.unknown()), await ask(index), index);
	const found = understand(partSchema, listed[part.name], index);
	const platform = found["linux-x86_64"];
	const archive = "cuda13" in platform ? platform.cuda13 : platform;
	const { relative_path: path, sha256, size } = archive;
	return {
		part,
		version: found.version,
		file: { path: path.slice(path.lastIndexOf("/") + 1), bytes: size, etag: sha256, url: `${base}/${path}` },
		licence: `${base}/${found.license_path}`,
	};
}

function understand<T>(schema: z.ZodType<T>, value: unknown, url: string): T {
	const read = schema.safeParse(value);
	if (read.success) return read.data;
	throw new AppError(
		"network",
		`${url} does not say what was expected (${read.error.issues[0]?.path.join(".") || "its form"}). A proxy may be in the way; if not, install a newer scd.`,
		{ url },
	);
}

/** Who is asked with encryption must not send us on without. */
function refuseOpenly(url: string, base: string): void {
	if (base.startsWith("https:") && !url.startsWith("https:"))
		throw new AppError("network", `${base} points to ${url} without encryption, which is refused.`, { url });
}

async function askJson(connection: HubConnection, url: string): Promise<unknown> {
	let answer: Response;
	try {
		answer = await connection.fetch(url);
	} catch (error) {
		if (error instanceof AppError || connection.retries.signal?.aborted) throw error;
		throw describeBrokenConnection(error, new URL(url).host);
	}
	if (!answer.ok) {
		await answer.body?.cancel();
		throw describeForeignRefusal(answer.status, url);
	}
	return await answer.json().catch(() => undefined);
}
