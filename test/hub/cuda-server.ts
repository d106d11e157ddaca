import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { storedZip } from "../model/stored-zip.ts";

/** Of cuDNN's one library, so that its archive is a large file. */
export const cudnnBytes = randomBytes(9_000_000);

export interface CudaRequest {
	readonly path: string;
	readonly range: string | undefined;
	/** How often this path was asked for, this time included. */
	readonly count: number;
}

/** What NuGet and NVIDIA publish, with made libraries of a few bytes. */
export interface CudaServer {
	readonly env: Readonly<Record<string, string>>;
	readonly requests: readonly CudaRequest[];
	faults: {
		/** True where the request is dealt with. */
		answer?(request: CudaRequest, response: ServerResponse): boolean;
		cutAfter?(request: CudaRequest): number | undefined;
		change?(request: CudaRequest, body: Buffer): Buffer;
	};
	dispose(): Promise<void>;
}

const archives: Readonly<Record<string, readonly string[]>> = {
	cuda_cudart: ["libcudart.so.13"],
	libcublas: ["libcublas.so.13", "libcublasLt.so.13"],
	libcurand: ["libcurand.so.10"],
	cuda_nvrtc: ["libnvrtc.so.13"],
	cudnn: ["libcudnn.so.9", "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9"],
};

/** As NVIDIA packs them: the library under its full version, a link by the name that is asked for, static ones and stubs beside. */
function packArchive(name: string, libraries: readonly string[]): Buffer {
	const root = mkdtempSync(join(tmpdir(), "redist-"));
	const lib = join(root, `${name}-archive`, "lib");
	mkdirSync(join(lib, "stubs"), { recursive: true });
	for (const library of libraries) {
		writeFileSync(join(lib, `${library}.1.2`), library === "libcudnn.so.9" ? cudnnBytes : `${library} of ${name}`);
		symlinkSync(`${library}.1.2`, join(lib, library));
		writeFileSync(join(lib, "stubs", library), "a stub");
	}
	writeFileSync(join(lib, "libstatic.a"), "static");
	execFileSync("tar", ["-cJf", join(root, "out.tar.xz"), "-C", root, `${name}-archive`], {
		env: { ...process.env, XZ_OPT: "-0" },
	});
	const packed = readFileSync(join(root, "out.tar.xz"));
	rmSync(root, { recursive: true });
	return packed;
}

export async function startCudaServer(version: string, linkedTo = "libcudart.so.13"): Promise<CudaServer> {
	const bodies = new Map<string, Buffer>();
	const put = (path: string, value: unknown) =>
		bodies.set(path, Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value)));
	const requests: CudaRequest[] = [];
	const state = { faults: {} as CudaServer["faults"] };
	const server = createServer((incoming, response) => {
		const path = (incoming.url ?? "").replace(/\?.*/, "");
		const count = 1 + requests.filter((one) => one.path === path).length;
		const request = { path, range: incoming.headers.range, count };
		requests.push(request);
		if (state.faults.answer?.(request, response)) return;
		const whole = bodies.get(path);
		if (!whole) return void response.writeHead(404).end();
		const body = state.faults.change?.(request, whole) ?? whole;
		const from = Number(/^bytes=(\d+)-/.exec(request.range ?? "")?.[1] ?? 0);
		response.writeHead(from > 0 ? 206 : 200, {
			etag: '"one"',
			"content-length": body.length - from,
			...(from > 0 && { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` }),
		});
		const cut = state.faults.cutAfter?.(request);
		if (cut === undefined) response.end(body.subarray(from));
		else response.write(body.subarray(from, from + cut), () => response.socket?.destroySoon());
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	const name = "microsoft.ml.onnxruntime.gpu.linux";
	const inside = (library: string) => `runtimes/linux-x64/native/${library}`;
	const files = ["libonnxruntime.so", "libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];
	const nupkg = storedZip(
		Object.fromEntries([
			...files.map((file) => [inside(file), Buffer.from(`${file} for ${linkedTo} `.repeat(50))]),
			[inside("libonnxruntime_providers_tensorrt.so"), Buffer.from("tensorrt")],
			["runtimes/win-x64/native/libother.so", Buffer.from("other")],
		]),
		8,
		deflateRawSync,
	);
	put(`/v3/registration5-gz-semver2/${name}/${version}.json`, {
		catalogEntry: `${url}/v3/catalog0/${name}.json`,
		packageContent: `${url}/v3/flat/${name}.nupkg`,
	});
	put(`/v3/catalog0/${name}.json`, {
		packageHash: createHash("sha512").update(nupkg).digest("base64"),
		packageHashAlgorithm: "SHA512",
		packageSize: nupkg.length,
	});
	put(`/v3/flat/${name}.nupkg`, nupkg);
	const index = { cuda: {}, cudnn: {} } as Record<"cuda" | "cudnn", Record<string, unknown>>;
	for (const [part, libraries] of Object.entries(archives)) {
		const packed = packArchive(part, libraries);
		const product = part === "cudnn" ? "cudnn" : "cuda";
		const path = `${part}/linux-x86_64/${part}-linux-x86_64-1.2-archive.tar.xz`;
		put(`/compute/${product}/redist/${path}`, packed);
		const one = {
			...{ relative_path: path, sha256: createHash("sha256").update(packed).digest("hex"), md5: "x" },
			size: String(packed.length),
		};
		index[product][part] = {
			...{ name: part, license: "NVIDIA", license_path: `${part}/LICENSE.txt`, version: "1.2" },
			"linux-x86_64": product === "cudnn" ? { cuda12: { ...one, sha256: "0".repeat(64) }, cuda13: one } : one,
		};
	}
	put("/compute/cuda/redist/redistrib_13.0.2.json", { release_label: "13.0.2", ...index.cuda });
	put("/compute/cudnn/redist/redistrib_9.19.0.json", { release_label: "9.19.0", ...index.cudnn });
	return {
		env: { NUGET_URL: `${url}/v3`, NVIDIA_REDIST_URL: `${url}/compute` },
		requests,
		get faults() {
			return state.faults;
		},
		set faults(faults) {
			state.faults = faults;
		},
		async dispose() {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
