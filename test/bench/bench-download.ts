import { fork, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { releases } from "../../main/shared/catalogue-rows.ts";

/**
 * A release of 1.6 GB from a server on this machine: `scd download` against `curl` into the same folder, in turns. The
 * server is a process of its own, sends from memory, and speaks the hub's API.
 */
const fileBytes = 126_000_000;
const release = releases.find(({ name }) => name === "gpt2-small-res-jb");

if (process.argv[2] === "serve") serve();
else await compare();

function serve(): void {
	const block = randomBytes(1 << 20);
	const files = new Map<string, { readonly head: Buffer; readonly bytes: number; readonly etag: string }>();
	for (const [i, { path }] of (release?.dictionaries ?? []).entries()) {
		const head = Buffer.from(`${i}`.padEnd(16));
		const hash = createHash("sha256").update(head);
		for (let left = fileBytes - head.length; left > 0; left -= block.length)
			hash.update(block.subarray(0, Math.min(left, block.length)));
		files.set(`${path}/sae_weights.safetensors`, { head, bytes: fileBytes, etag: hash.digest("hex") });
		const cfg = Buffer.from(JSON.stringify({ layer: i }));
		const oid = createHash("sha1").update(`blob ${cfg.length}\0`).update(cfg).digest("hex");
		files.set(`${path}/cfg.json`, { head: cfg, bytes: cfg.length, etag: oid });
	}
	const sha = "c".repeat(40);
	const server = createServer((request, response) => {
		const url = decodeURIComponent((request.url ?? "").replace(/\?.*/, ""));
		if (url.includes("/tree/"))
			response.end(
				JSON.stringify(
					[...files].map(([path, { bytes, etag }]) => ({
						...{ type: "file", path, size: bytes, oid: etag.slice(0, 40) },
						...(bytes === fileBytes && { lfs: { oid: etag, size: bytes, pointerSize: 134 } }),
					})),
				),
			);
		else if (url.startsWith("/api/")) response.end(JSON.stringify({ id: "x/y", sha, lastModified: "2024-01-01" }));
		else {
			const file = files.get(url.replace(/^.*?\/resolve\/[^/]+\//, ""));
			if (!file) return void response.writeHead(404).end();
			response.writeHead(200, { "content-length": file.bytes, etag: `"${file.etag}"` });
			let left = file.bytes - file.head.length;
			response.write(file.head);
			const more = () => {
				while (left > 0) {
					const part = block.subarray(0, Math.min(left, block.length));
					left -= part.length;
					if (!response.write(part)) return void response.once("drain", more);
				}
				response.end();
			};
			more();
		}
	});
	server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
}

async function compare(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), "scd-bench-download-"));
	const server = fork(import.meta.filename, ["serve"]);
	const port = await new Promise<number>((resolve) => server.once("message", (port) => resolve(port as number)));
	const endpoint = `http://127.0.0.1:${port}`;
	const paths = (release?.dictionaries ?? []).map(({ path }) => `${path}/sae_weights.safetensors`);
	try {
		for (let round = 0; round < Number(process.argv[2] ?? 3); round++) {
			const plain = join(folder, "curl");
			mkdirSync(plain);
			const curl = await run("curl", [
				"-s",
				...paths.flatMap((path, i) => [
					"-o",
					join(plain, String(i)),
					`${endpoint}/${release?.repo}/resolve/main/${path}`,
				]),
			]);
			rmSync(plain, { recursive: true });
			const home = join(folder, "home");
			const scd = join(import.meta.dirname, "../../out/main/scd.js");
			const ours = await run(process.execPath, [scd, "download", "--saes", "res-jb", "--json"], {
				HF_HOME: home,
				HF_ENDPOINT: endpoint,
			});
			rmSync(home, { recursive: true });
			const gigabytes = (paths.length * fileBytes) / 1e9;
			console.log(
				`download ${gigabytes.toFixed(2)} GB: curl ${curl.seconds.toFixed(2)} s, scd ${ours.seconds.toFixed(2)} s (${(ours.seconds / curl.seconds).toFixed(2)} ×), ${ours.peakMb.toFixed(0)} MB; processor ${curl.cpuSeconds.toFixed(2)} s and ${ours.cpuSeconds.toFixed(2)} s`,
			);
		}
	} finally {
		server.kill();
		rmSync(folder, { recursive: true, force: true });
	}
}

async function run(command: string, words: readonly string[], env: Record<string, string> = {}) {
	const begun = performance.now();
	const child = spawn(command, words, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "inherit"] });
	let peakMb = 0;
	let cpuSeconds = 0;
	const look = setInterval(() => {
		try {
			const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
			const times = readFileSync(`/proc/${child.pid}/stat`, "utf8")
				.replace(/^.*\) /, "")
				.split(" ");
			cpuSeconds = (Number(times[11]) + Number(times[12])) / 100;
			peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
		} catch {
			// It has just ended.
		}
	}, 20);
	await new Promise((resolve) => child.on("close", resolve));
	clearInterval(look);
	return { seconds: (performance.now() - begun) / 1000, cpuSeconds, peakMb };
}
