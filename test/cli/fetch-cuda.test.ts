import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CudaServer, cudnnBytes, startCudaServer } from "../hub/cuda-server.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { type RunOptions, runScd, scdEntry } from "./run-scd.ts";

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
const supported = process.platform === "linux" && process.arch === "x64";

let server: CudaServer;
let home: string;
let folder: string;

beforeAll(async () => {
	if (supported) server = await startCudaServer(version);
}, 120_000);
afterAll(async () => await server?.dispose());
beforeEach(() => {
	home = temporaryFolder();
	folder = join(home, "sparse-circuit-discovery/cuda", `onnxruntime-${version}`);
	if (supported) (server.requests as unknown[]).length = 0;
});
afterEach(() => {
	if (supported) server.faults = {};
});

const env = () => ({ ...server.env, XDG_DATA_HOME: home, LD_LIBRARY_PATH: "", CUDA_HOME: "", CUDA_PATH: "" });
const run = (words: readonly string[], options: RunOptions = {}) =>
	runScd(["doctor", ...words], { ...options, env: { ...env(), ...options.env } });

const libraries = [
	...["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so", "libcudart.so.13", "libcublas.so.13"],
	...["libcublasLt.so.13", "libcurand.so.10", "libnvrtc.so.13"],
	...["libcudnn.so.9", "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9"],
];

function expectWhole(): void {
	for (const library of libraries) expect(existsSync(join(folder, library)), library).toBe(true);
	expect(readFileSync(join(folder, "libcublasLt.so.13"), "utf8")).toBe("libcublasLt.so.13 of libcublas");
	expect(readFileSync(join(folder, "libcudnn.so.9")).equals(cudnnBytes)).toBe(true);
	expect(readFileSync(join(folder, "libonnxruntime_providers_cuda.so"), "utf8")).toBe(
		"libonnxruntime_providers_cuda.so for libcudart.so.13 ".repeat(50),
	);
	const others = readdirSync(folder).filter((name) => !/^lib.*\.so(\.\d+)*$/.test(name));
	expect(others).toEqual(["manifest.json"]);
	expect(readdirSync(folder).join()).not.toMatch(/tensorrt|static|other|stub/);
}

describe.skipIf(!supported)("scd doctor --fetch-cuda", () => {
	test("fetches, checks and unpacks what is missing; then there is nothing to do", async () => {
		const { code, out, err } = await run(["--fetch-cuda", "--yes", "--json"]);
		expect([code, err]).toEqual([0, expect.stringContaining("NVIDIA's driver (libcuda.so.1) is not here")]);
		const report = JSON.parse(out);
		expect(report).toMatchObject({ folder, complete: true, here: [] });
		expect(report.files).toHaveLength(6);
		expect(report.files[0]).toMatchObject({ version, sha512: expect.stringMatching(/^[0-9a-f]{128}$/) });
		expect(report.files.at(-1)).toMatchObject({
			name: "cudnn",
			version: "1.2",
			licence: expect.stringMatching(/LICENSE/),
		});
		expectWhole();

		const asked = server.requests.length;
		const again = await run(["--fetch-cuda"]);
		expect([again.code, again.out]).toEqual([
			0,
			expect.stringContaining("Everything that ONNX Runtime's CUDA provider needs is here"),
		]);
		expect(server.requests).toHaveLength(asked);
		expect((await run(["--json"])).out).toContain('"missing":[]');
	});

	test("an engine takes ONNX Runtime from there and looks for its provider there", async () => {
		expect((await run(["--fetch-cuda", "--yes"])).code).toBe(0);
		const trail = temporaryFolder();
		const { out } = await run(["--json"], { env: { LD_DEBUG: "files", LD_DEBUG_OUTPUT: join(trail, "linker") } });
		const cuda = JSON.parse(out).providers.find(({ name }: { name: string }) => name === "cuda");
		// The made files are no libraries.
		expect(cuda.works).toBe(false);
		const told = readdirSync(trail)
			.map((name) => readFileSync(join(trail, name), "utf8"))
			.join("");
		expect(told).toContain(`calling init: ${folder}/libonnxruntime.so.1`);
		expect(told).toContain(`${folder}/libonnxruntime_providers_shared.so`);
	});

	test("says what, from where and how large, and takes silence for a no", async () => {
		const child = spawn(process.execPath, [scdEntry, "doctor", "--fetch-cuda"], { env: { ...process.env, ...env() } });
		let [out, err] = ["", ""];
		child.stdout.on("data", (text) => {
			out += text;
		});
		child.stderr.on("data", (text) => {
			err += text;
		});
		child.stdin.end("no\n");
		expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
		expect(out).toBe("Nothing was fetched. In a script, say --yes.\n");
		expect(err).toContain(`ONNX Runtime's CUDA provider ${version}  ${server.env["NUGET_URL"]}/flat/`);
		expect(err).toMatch(/9 MB {2}cuDNN 1\.2 {2}http.*\.tar\.xz/);
		expect(err).toMatch(/9 MB in 6 files; 9 MB would be fetched into .*, where .* are free\./);
		expect(err).toContain("cudnn/LICENSE.txt");
		expect((await run(["--fetch-cuda"])).out).toBe(out);
		expect(server.requests.some(({ path }) => /\.(nupkg|xz)$/.test(path))).toBe(false);
		expect(existsSync(folder)).toBe(false);
	});

	test("what the system has is not fetched, and its folder is searched", async () => {
		const toolkit = temporaryFolder();
		mkdirSync(join(toolkit, "lib64"));
		for (const library of libraries.filter((name) => !/cudnn|onnx/.test(name)))
			writeFileSync(join(toolkit, "lib64", library), "");
		const { code, out } = await run(["--fetch-cuda", "--yes", "--json"], { env: { CUDA_HOME: toolkit } });
		expect(code).toBe(0);
		const names = JSON.parse(out).files.map(({ name }: { name: string }) => name);
		expect(names).toEqual(["microsoft.ml.onnxruntime.gpu.linux", "cudnn"]);
		expect(existsSync(join(folder, "libcudart.so.13"))).toBe(false);
		expect(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")).folders).toEqual([join(toolkit, "lib64")]);
	});

	test("another content is thrown away, told, and mended by the next try", async () => {
		server.faults = {
			change({ path }, body) {
				if (!path.includes("libcurand")) return body;
				const other = Buffer.from(body);
				other[100] = (other[100] as number) ^ 1;
				return other;
			},
		};
		const { code, err } = await run(["--fetch-cuda", "--yes"]);
		expect(code).toBe(1);
		expect(err).toContain("came with another content than its checksum says, twice, and was thrown away");
		expect(existsSync(join(folder, "manifest.json"))).toBe(false);
		expect(existsSync(join(folder, "libcurand.so.10"))).toBe(false);
		server.faults = {};
		expect((await run(["--fetch-cuda", "--yes"])).code).toBe(0);
		expectWhole();
	});

	test("a connection that breaks is taken up where it was; so is a stopped command", async () => {
		let child: ChildProcess | undefined;
		const isCudnn = ({ path }: { path: string }) => path.includes("cudnn-linux");
		server.faults = {
			cutAfter: (request) => (isCudnn(request) && request.count <= 2 ? 3_000_000 : undefined),
			answer(request) {
				if (!isCudnn(request) || request.count < 3) return false;
				child?.kill("SIGINT");
				return true;
			},
		};
		const stopped = await run(["--fetch-cuda", "--yes"], {
			onStart(started) {
				child = started;
			},
		});
		expect([stopped.code, stopped.err]).toEqual([
			1,
			expect.stringContaining("Stopped. What was fetched is kept; the same command goes on from there."),
		]);
		expect(server.requests.filter(isCudnn).map(({ range }) => range)).toEqual([
			undefined,
			"bytes=3000000-",
			"bytes=6000000-",
		]);
		expect(existsSync(join(folder, "manifest.json"))).toBe(false);
		server.faults = {};
		const asked = server.requests.length;
		expect((await run(["--fetch-cuda", "--yes"])).code).toBe(0);
		expectWhole();
		const later = server.requests.slice(asked).filter(({ path }) => /\.(nupkg|xz)$/.test(path));
		expect(later.map(({ range }) => range)).toEqual(["bytes=6000000-"]);
	});

	test("without a network, and with servers that say other things, a sentence", async () => {
		const offline = await run(["--fetch-cuda", "--yes"], { env: { HF_HUB_OFFLINE: "1" } });
		expect([offline.code, offline.err]).toEqual([
			1,
			expect.stringContaining("HF_HUB_OFFLINE is set, so nothing is fetched"),
		]);
		const unreachable = await run(["--fetch-cuda", "--yes"], { env: { NUGET_URL: "http://127.0.0.1:1234/v3" } });
		expect([unreachable.code, unreachable.err]).toEqual([
			1,
			expect.stringContaining("127.0.0.1:1234 cannot be reached (ECONNREFUSED)"),
		]);
		const wrong = await run(["--fetch-cuda", "--yes"], { env: { NUGET_URL: "ftp://x" } });
		expect([wrong.code, wrong.err]).toEqual([
			2,
			expect.stringContaining('NUGET_URL is "ftp://x", which is no address'),
		]);
		server.faults = {
			answer({ path }, response) {
				if (!path.endsWith("redistrib_13.0.2.json")) return false;
				response.end("<html>");
				return true;
			},
		};
		const strange = await run(["--fetch-cuda", "--yes"]);
		expect([strange.code, strange.err]).toEqual([1, expect.stringContaining("does not say what was expected")]);
		server.faults = {
			answer({ path }, response) {
				if (!path.includes("registration5")) return false;
				response.writeHead(404).end();
				return true;
			},
		};
		const gone = await run(["--fetch-cuda", "--yes"]);
		expect([gone.code, gone.err]).toEqual([1, expect.stringContaining("(HTTP 404). Install a newer scd.")]);
		expect(existsSync(folder)).toBe(false);
	});

	test("a provider that is made for another CUDA is refused", async () => {
		const older = await startCudaServer(version, "libcudart.so.12");
		const { code, err } = await run(["--fetch-cuda", "--yes"], { env: older.env }).finally(() => older.dispose());
		expect([code, err]).toEqual([1, expect.stringContaining("is not made for libcudart.so.13")]);
		expect(existsSync(join(folder, "manifest.json"))).toBe(false);
	});

	test("options that do not go together", async () => {
		const alone = await run(["--yes"]);
		expect([alone.code, alone.err]).toEqual([2, "scd: --yes answers the question of --fetch-cuda. Say that too.\n"]);
		expect((await run(["--fetch-cuda", "--provider", "cuda"])).code).toBe(2);
	});
});

test.skipIf(supported)("elsewhere, a sentence says where it works", async () => {
	const { code, err } = await runScd(["doctor", "--fetch-cuda"]);
	expect([code, err]).toEqual([1, expect.stringContaining("published for Linux on x64 alone")]);
});
