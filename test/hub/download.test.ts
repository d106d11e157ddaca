import { createHash, randomBytes } from "node:crypto";
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	statSync,
	symlinkSync,
	truncateSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { checkSpace } from "../../main/hub/disk-space.ts";
import { HubConnection } from "../../main/hub/hub-connection.ts";
import { describeWriteFailure, isWriteFailure } from "../../main/hub/hub-failure.ts";
import { readHubSettings } from "../../main/hub/hub-settings.ts";
import { findModelOnDisk, findTextOnDisk } from "../../main/hub/on-disk.ts";
import { texts } from "../../main/shared/catalogue-rows.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { cacheOf, fetchFrom, gpt2, gpt2Repo, modelFiles, repoFolder } from "./hub-case.ts";
import { type HubFaults, type HubServer, startHub } from "./hub-server.ts";

let hub: HubServer;
afterEach(async () => await hub.dispose());

const newHome = () => join(temporaryFolder(), "huggingface");
const big = 9_000_000;

async function serve(faults: HubFaults = {}, bytes = big): Promise<Record<string, Buffer | string>> {
	const files = modelFiles(bytes);
	hub = await startHub({ [gpt2Repo]: files });
	hub.faults = faults;
	return files;
}

const snapshotOf = (home: string) => join(repoFolder(home), "snapshots", hub.revisionOf(gpt2Repo));
const leftOver = (home: string) =>
	existsSync(join(repoFolder(home), "blobs"))
		? readdirSync(join(repoFolder(home), "blobs")).filter((name) => /incomplete|scd/.test(name))
		: [];

/** What the test says is the file's content is what lies in the snapshot. */
function expectWhole(home: string, files: Record<string, Buffer | string>): void {
	for (const path of ["config.json", "tokenizer.json", "model.safetensors"])
		expect(readFileSync(join(snapshotOf(home), path)).equals(Buffer.from(files[path] as string))).toBe(true);
	expect(readFileSync(join(repoFolder(home), "refs/main"), "utf8")).toBe(hub.revisionOf(gpt2Repo));
	expect(leftOver(home)).toEqual([]);
}

describe("a download", () => {
	test("lays the files out as the standard cache does: blobs by hash, relative links, the ref; only one format of each", async () => {
		const files = await serve();
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
		expect(readdirSync(snapshotOf(home)).sort()).toEqual(["config.json", "model.safetensors", "tokenizer.json"]);
		const sha256 = createHash("sha256")
			.update(files["model.safetensors"] as Buffer)
			.digest("hex");
		expect(readlinkSync(join(snapshotOf(home), "model.safetensors"))).toBe(`../../blobs/${sha256}`);
		// As `git hash-object` names it.
		expect(readlinkSync(join(snapshotOf(home), "config.json"))).toBe(
			"../../blobs/681c693376013230a961d427942459a2ac613f60",
		);
	});

	test("fetches the same content under two paths once, and waits for nobody", async () => {
		const body = randomBytes(9_000_000);
		const release = "jbloom/GPT2-Small-OAI-v5-32k-attn-out-SAEs";
		const [one, two] = ["v5_32k_layer_9", "v5_32k_layer_10"];
		hub = await startHub({
			[release]: Object.fromEntries(
				[one, two].flatMap((path) => [
					[`${path}/cfg.json`, "{}"],
					[`${path}/sae_weights.safetensors`, body],
				]),
			),
		});
		const steps: string[] = [];
		const request = { models: [], sets: [{ release: "gpt2-small-attn-out-v5-32k", paths: [one, two] }] };
		await fetchFrom(hub, newHome(), request as never, { tell: ({ step }) => steps.push(step) });
		expect(hub.sentBytes).toBe(body.length + 2);
		expect(steps.filter((step) => step.includes("another program"))).toEqual([]);
	});

	test("asks for nothing but the listing when everything is there", async () => {
		await serve();
		const home = newHome();
		await fetchFrom(hub, home);
		const [sent, asked] = [hub.sentBytes, hub.requests.length];
		await fetchFrom(hub, home);
		expect(hub.sentBytes).toBe(sent);
		expect(hub.requests.slice(asked).map(({ path }) => path.replace(/[0-9a-f]{40}/, "SHA"))).toEqual([
			"/api/models/openai-community/gpt2/revision/main",
			"/api/models/openai-community/gpt2/tree/SHA",
		]);
	});

	test("gives the token to the hub and to nobody else", async () => {
		await serve();
		await fetchFrom(hub, newHome(), gpt2, { env: { HF_TOKEN: "hf_secret\n" } });
		const tokens = new Set(
			hub.requests.filter(({ place }) => place === "hub").map(({ headers }) => headers.authorization),
		);
		expect([...tokens]).toEqual(["Bearer hf_secret"]);
		const told = hub.requests.filter(({ place }) => place === "storage");
		expect(told.map(({ headers }) => headers.authorization)).toEqual([undefined]);
	});

	test("reads a token from the file that huggingface_hub keeps it in", async () => {
		await serve();
		const home = newHome();
		mkdirSync(home, { recursive: true });
		writeFileSync(join(home, "token"), "hf_stored\n");
		await fetchFrom(hub, home);
		expect(hub.requests[0]?.headers.authorization).toBe("Bearer hf_stored");
	});

	test("goes on after cut connections, and asks only for what is missing", async () => {
		const files = await serve({
			cutAfter: ({ place, count }) => (place === "storage" && count <= 7 ? 1_200_000 : undefined),
		});
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
		const asked = hub.requests.filter(({ place }) => place === "storage");
		expect(asked).toHaveLength(8);
		expect(hub.sentBytes).toBeLessThan(big + 2000);
		// The storage's own mark, so that a file that changed is not glued to the old one.
		expect(new Set(asked.slice(1).map(({ headers }) => headers["if-range"])).size).toBe(1);
	});

	test("goes on where another process was killed, re-reading nothing", async () => {
		const files = await serve();
		const home = newHome();
		const body = files["model.safetensors"] as Buffer;
		const etag = createHash("sha256").update(body).digest("hex");
		const blobs = join(repoFolder(home), "blobs");
		mkdirSync(blobs, { recursive: true });
		writeFileSync(join(blobs, `${etag}.scd-elsewhere-1-1000-abc.incomplete`), body.subarray(0, 5_000_000));
		const old = join(blobs, `${etag}.scd-elsewhere-1-1000-abc.incomplete`);
		utimesSync(old, 1, 1);
		await fetchFrom(hub, home);
		expectWhole(home, files);
		const sent = hub.requests.find(({ place }) => place === "storage");
		expect(sent?.range).toBe(5_000_000);
		expect(hub.sentBytes).toBeLessThan(big - 5_000_000 + 2000);
	});

	test("stopped, it keeps what has come; asked again, it goes on", async () => {
		const files = await serve({
			cutAfter: ({ place, count }) => (place === "storage" && count === 1 ? 4_500_000 : undefined),
			// The next one waits for an answer.
			answer: ({ place, count }) => place === "storage" && count === 2,
		});
		const home = newHome();
		const stop = new AbortController();
		const stopped = fetchFrom(hub, home, gpt2, {
			signal: stop.signal,
			tell: ({ bytes }) => bytes >= 4_000_000 && stop.abort(new Error("paused")),
		});
		await expect(stopped).rejects.toThrow("paused");
		expect(existsSync(join(repoFolder(home), "refs/main"))).toBe(false);
		const sent = hub.sentBytes;
		await fetchFrom(hub, home);
		expectWhole(home, files);
		expect(hub.sentBytes - sent).toBeLessThan(big - 4_000_000 + 2000);
	});

	test("throws away what came wrong, and takes it at the second try", async () => {
		const files = await serve({
			change: ({ place, count }, body) =>
				place === "storage" && count === 1 ? Buffer.from(body).fill(0, 100, 200) : body,
		});
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
	});

	test.each([
		["large file", "storage", "model.safetensors"],
		["small file", "hub", "config.json"],
	])("a %s that stays wrong is refused, and no snapshot shows it", async (_, place, name) => {
		await serve({
			change: (request, body) =>
				request.place === place && (request.file === name || place === "storage") ? Buffer.alloc(body.length, 7) : body,
		});
		const home = newHome();
		await expect(fetchFrom(hub, home)).rejects.toMatchObject({
			code: "bad-file",
			message: expect.stringMatching(/thrown away/),
		});
		expect(existsSync(join(snapshotOf(home), name))).toBe(false);
		expect(existsSync(join(repoFolder(home), "refs/main"))).toBe(false);
		hub.faults = {};
		await fetchFrom(hub, home);
		expect(leftOver(home)).toEqual([]);
	});

	test("a blob that was cut off is a beginning; a link that leads nowhere is mended", async () => {
		const files = await serve();
		const home = newHome();
		await fetchFrom(hub, home);
		const blob = join(snapshotOf(home), readlinkSync(join(snapshotOf(home), "model.safetensors")));
		truncateSync(blob, 6_000_000);
		rmSync(join(snapshotOf(home), "config.json"));
		symlinkSync("../../blobs/nowhere", join(snapshotOf(home), "config.json"));
		const sent = hub.sentBytes;
		await fetchFrom(hub, home);
		expectWhole(home, files);
		expect(hub.sentBytes - sent).toBe(big - 6_000_000);
	});

	test("waits as long as the hub asks when there are too many requests, and passes over trouble", async () => {
		const files = await serve({
			answer({ place, count, file, path }, response) {
				if (place === "hub" && file === "model.safetensors" && count === 1)
					response.writeHead(429, { "retry-after": "0" }).end();
				else if (place === "hub" && path.includes("/tree/") && count <= 2) response.writeHead(503).end();
				else if (place === "storage" && count === 1) response.writeHead(500).end();
				else return false;
				return true;
			},
		});
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
	});

	test("a range that is refused begins again; a storage that knows no ranges too", async () => {
		for (const status of [416, 200]) {
			const files = await serve({
				cutAfter: ({ place, count }) => (place === "storage" && count === 1 ? 5_000_000 : undefined),
				answer({ place, range }, response) {
					if (place !== "storage" || range === undefined || status !== 416) return false;
					response.writeHead(416, { "content-range": `bytes */${big}` }).end();
					return true;
				},
			});
			if (status === 200) hub.faults = { ...hub.faults, change: (_, body) => body };
			const home = newHome();
			await fetchFrom(hub, home);
			expectWhole(home, files);
			if (status === 416) await hub.dispose();
		}
	});

	test("a link to the storage that has expired is asked for anew", async () => {
		const files = await serve({
			answer({ place, count }, response) {
				if (place !== "storage" || count > 1) return false;
				response.writeHead(403).end("expired");
				return true;
			},
		});
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
	});

	test("a storage that sends in chunks, after hints, without saying how much", async () => {
		const files = await serve({
			answer({ place }, response) {
				if (place !== "storage") return false;
				response.writeEarlyHints({ link: "</style.css>; rel=preload" });
				response.writeHead(200);
				response.write((files["model.safetensors"] as Buffer).subarray(0, 1_000_000));
				response.end((files["model.safetensors"] as Buffer).subarray(1_000_000));
				return true;
			},
		});
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
	});

	test("a storage that sends more than the file is not believed", async () => {
		await serve({ change: ({ place }, body) => (place === "storage" ? Buffer.concat([body, Buffer.alloc(9)]) : body) });
		const home = newHome();
		await expect(fetchFrom(hub, home)).rejects.toMatchObject({
			code: "bad-file",
			message: expect.stringMatching(/9000009 bytes long where the listing says 9000000/),
		});
	});

	test.each(["abc", "-5", "", "1e1", "0x5"])(
		"a length of %j is none: refused, and nothing overflows",
		async (length) => {
			const files = await serve({
				answer({ place }, { socket }) {
					if (place !== "storage") return false;
					socket?.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
					socket?.write(randomBytes(big + 1_000_000));
					return true;
				},
			});
			const home = newHome();
			await expect(fetchFrom(hub, home)).rejects.toMatchObject({ code: "network" });
			// A client may take an empty length for none, and read until it is too much.
			for (const name of leftOver(home))
				expect(statSync(join(repoFolder(home), "blobs", name)).size).toBeLessThanOrEqual(big);
			hub.faults = {};
			await fetchFrom(hub, home);
			expectWhole(home, files);
		},
	);

	test("a listing comes in pages", async () => {
		const files = modelFiles(3000);
		hub = await startHub({ [gpt2Repo]: files }, { pageLength: 3 });
		const home = newHome();
		await fetchFrom(hub, home);
		expectWhole(home, files);
	});

	test("a second commit takes only what has changed", async () => {
		const files = await serve();
		const home = newHome();
		await fetchFrom(hub, home);
		const sent = hub.sentBytes;
		const next = { ...files, "config.json": '{"model_type":"gpt2","n_layer":12}' };
		hub.commit(gpt2Repo, next);
		await fetchFrom(hub, home);
		expectWhole(home, next);
		expect(hub.sentBytes - sent).toBe(34);
	});

	test("where links may not be made, the snapshot holds the files themselves", async () => {
		const files = await serve();
		const home = newHome();
		await fetchFrom(hub, home, gpt2, { env: { HF_HUB_DISABLE_SYMLINKS: "1" } });
		expectWhole(home, files);
		expect(lstatSync(join(snapshotOf(home), "model.safetensors")).isSymbolicLink()).toBe(false);
		const sent = hub.sentBytes;
		await fetchFrom(hub, home, gpt2, { env: { HF_HUB_DISABLE_SYMLINKS: "1" } });
		expect(hub.sentBytes).toBe(sent);
	});

	test("two at the same files share one download", async () => {
		const files = await serve();
		const home = newHome();
		await Promise.all([fetchFrom(hub, home), fetchFrom(hub, home)]);
		expectWhole(home, files);
		expect(hub.requests.filter(({ place }) => place === "storage")).toHaveLength(1);
	});

	test("tells how far it is, how fast, and how long it will take", async () => {
		await serve();
		const told: unknown[] = [];
		await fetchFrom(hub, newHome(), gpt2, { tell: (progress) => told.push(progress) });
		expect(told[0]).toMatchObject({ bytes: 0, files: 0, totalFiles: 3 });
		expect(told.at(-1)).toMatchObject({ bytes: big + 33, totalBytes: big + 33, files: 3, secondsLeft: 0 });
	});
});

describe("a refusal says what happened and what to do", () => {
	const answerAll = (status: number, headers: Record<string, string> = {}): HubFaults => ({
		answer(_, response) {
			response.writeHead(status, headers).end();
			return true;
		},
	});

	test.each([
		[
			401,
			{ "x-error-code": "GatedRepo" },
			"access",
			/only to people who have access.*make a token at http.*settings\/tokens.*HF_TOKEN or the file .*token/,
		],
		[403, { "x-error-code": "GatedRepo" }, "access", /Ask for access at http/],
		[401, { "x-error-code": "RepoNotFound" }, "access", /moved or removed, or only its members/],
		[404, { "x-error-code": "RepoNotFound" }, "not-found", /moved, renamed or removed/],
		[429, { "retry-after": "9000" }, "network", /too many requests.*wait 9000 s/],
		[503, {}, "network", /in trouble \(HTTP 503\)/],
	])("%i %j", async (status, headers, code, message) => {
		await serve(answerAll(status, headers as Record<string, string>));
		await expect(fetchFrom(hub, newHome())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
	});

	test("a token that is refused is named by the place it came from, never shown", async () => {
		await serve(answerAll(401));
		const refused = fetchFrom(hub, newHome(), gpt2, { env: { HF_TOKEN: "hf_secret" } });
		await expect(refused).rejects.toThrow(/The token from the variable HF_TOKEN was refused/);
		await expect(refused).rejects.not.toThrow(/hf_secret/);
	});

	test("a gate at the files, not at the listing", async () => {
		await serve({
			answer({ file }, response) {
				if (file !== "model.safetensors") return false;
				response.writeHead(403, { "x-error-code": "GatedRepo" }).end();
				return true;
			},
		});
		await expect(fetchFrom(hub, newHome())).rejects.toMatchObject({ code: "access" });
	});

	test("nobody there", async () => {
		await serve();
		const url = hub.url;
		await hub.dispose();
		await expect(fetchFrom({ url }, newHome())).rejects.toMatchObject({
			code: "network",
			message: expect.stringMatching(/cannot be reached \(ECONNREFUSED\): this machine is offline/),
		});
	});

	test("HF_HUB_OFFLINE", async () => {
		await serve();
		await expect(fetchFrom(hub, newHome(), gpt2, { env: { HF_HUB_OFFLINE: "1" } })).rejects.toThrow(
			/HF_HUB_OFFLINE is set/,
		);
		expect(hub.requests).toHaveLength(0);
	});

	test("a server that is no hub", async () => {
		await serve({
			answer(_, response) {
				response.writeHead(200, { "content-type": "text/html" }).end("<html>Log in to the hotel's network</html>");
				return true;
			},
		});
		await expect(fetchFrom(hub, newHome())).rejects.toThrow(/does not answer as a Hugging Face hub does/);
	});

	test("a renamed repository's listing is followed, without the token to strangers, and circles end", async () => {
		await serve({
			answer({ place, path, count }, response) {
				const elsewhere = path.startsWith("/api/") && place === "hub" && count === 1;
				if (!elsewhere) return false;
				response.writeHead(307, { location: path }).end();
				return true;
			},
		});
		await fetchFrom(hub, newHome());
		hub.faults = {
			answer({ place, path }, response) {
				response.writeHead(302, { location: `${place === "hub" ? hub.storageUrl : ""}${path}?signature=secret` }).end();
				return true;
			},
		};
		const asked = hub.requests.length;
		await expect(fetchFrom(hub, newHome(), gpt2, { env: { HF_TOKEN: "hf_secret" } })).rejects.toMatchObject({
			code: "network",
			message: expect.stringMatching(/sends us in circles/),
			data: { url: expect.not.stringContaining("secret") },
		});
		const strangers = hub.requests.slice(asked).filter(({ place }) => place === "storage");
		expect(strangers.length).toBeGreaterThan(1);
		expect(strangers.every(({ headers }) => headers.authorization === undefined)).toBe(true);
	});

	test("from an encrypted address to one that is not is refused, and no signature is told", async () => {
		const connection = new HubConnection(readHubSettings({}));
		const answer = { status: 302, headers: { location: "http://storage.example/blob?signature=secret" } };
		const refused = connection.follow("https://hub.example/x?cursor=secret", {}, async () => answer);
		await expect(refused).rejects.toMatchObject({
			message: "hub.example points to storage.example without encryption, which is refused.",
			data: { from: "https://hub.example/x", to: "http://storage.example/blob" },
		});
		connection.dispose();
	});

	test("an address with a password in it is refused without saying it", () => {
		const read = () => readHubSettings({ HF_ENDPOINT: "https://me:secret@hub.example" });
		expect(read).toThrow(/HF_ENDPOINT holds a name or a password/);
		expect(read).not.toThrow(/secret/);
	});

	test("that was given up waits for nothing any more", async () => {
		await serve({
			answer(_, response) {
				response.writeHead(503).end();
				return true;
			},
		});
		const waits = Promise.withResolvers<void>();
		const connection = new HubConnection(readHubSettings({ HF_ENDPOINT: hub.url }), {
			firstMs: 90_000,
			waiting: () => waits.resolve(),
		});
		const asked = connection.fetch(`${hub.url}/api/models/${gpt2Repo}/revision/main`);
		await waits.promise;
		connection.dispose();
		await expect(asked).rejects.toThrow("The connection was ended.");
	});

	test("paths that lead out of the cache are not followed", async () => {
		hub = await startHub({ [gpt2Repo]: { ...modelFiles(3000), "../../evil": "x" } });
		await expect(fetchFrom(hub, newHome())).rejects.toThrow(/which no cache may take/);
	});

	test.skipIf(process.getuid?.() === 0)("a cache that may not be written to", async () => {
		await serve();
		const home = newHome();
		mkdirSync(home, { recursive: true });
		chmodSync(home, 0o500);
		await expect(fetchFrom(hub, home)).rejects.toMatchObject({ code: "access" });
	});

	test("a file where the cache's folder should be", async () => {
		await serve();
		const home = newHome();
		mkdirSync(home, { recursive: true });
		writeFileSync(cacheOf(home), "");
		await expect(fetchFrom(hub, home)).rejects.toMatchObject({
			code: "bad-file",
			message: expect.stringMatching(/cannot be used/),
		});
	});

	test("more than the disk has room for", async () => {
		await serve();
		expect(() => checkSpace(newHome(), 1e18)).toThrow(/needs 1000000000.0 GB, and .* are free/);
	});
});

test.each([
	["ENOSPC", "write", true],
	["EACCES", "open", true],
	["ENOENT", "rename", true],
	["EPIPE", "write", false],
	["ECONNRESET", "write", false],
	["ECONNRESET", "read", false],
	["EACCES", "connect", false],
])("%s of %s is the disk's fault: %s", (code, syscall, ofDisk) => {
	const error = Object.assign(new Error(code), { code, syscall });
	expect(isWriteFailure(error)).toBe(ofDisk);
	expect(describeWriteFailure(error, "/cache") === error).toBe(!ofDisk);
});

describe("a sample text, of a data set", () => {
	const [text] = texts;
	const request = { models: [], sets: [], texts: ["pile-10k"] };
	const parquet = randomBytes(5000);
	const folder = (home: string) => join(cacheOf(home), "datasets--NeelNanda--pile-10k");

	test("comes as the commit that the catalogue names, and no branch is said to be there", async () => {
		hub = await startHub({});
		hub.commit("datasets/NeelNanda/pile-10k", { "README.md": "# Pile", [text?.path ?? ""]: parquet }, text?.revision);
		const home = newHome();
		await fetchFrom(hub, home, request);
		const place = join(folder(home), "snapshots", text?.revision ?? "", text?.path ?? "");
		expect(readFileSync(place).equals(parquet)).toBe(true);
		expect(existsSync(join(folder(home), "refs"))).toBe(false);
		expect(text && findTextOnDisk(cacheOf(home), text)).toBe(place);
		expect(hub.requests.map(({ path }) => path).slice(0, 3)).toEqual([
			`/api/datasets/NeelNanda/pile-10k/revision/${text?.revision}`,
			`/api/datasets/NeelNanda/pile-10k/tree/${text?.revision}`,
			`/datasets/NeelNanda/pile-10k/resolve/${text?.revision}/${text?.path}`,
		]);
	});

	test.each([text?.path ?? "", "data/train-00000-of-00002.parquet"])(
		"where that commit is gone, the newest is taken: %s",
		async (path) => {
			hub = await startHub({ "datasets/NeelNanda/pile-10k": { "README.md": "# Pile", [path]: parquet } });
			const home = newHome();
			await fetchFrom(hub, home, request);
			const commit = hub.revisionOf("datasets/NeelNanda/pile-10k");
			const place = join(folder(home), "snapshots", commit, path);
			expect(readFileSync(place).equals(parquet)).toBe(true);
			expect(readFileSync(join(folder(home), "refs/main"), "utf8")).toBe(commit);
			expect(text && findTextOnDisk(cacheOf(home), text)).toBe(place);
		},
	);

	test("not on the hub at all", async () => {
		hub = await startHub({});
		await expect(fetchFrom(hub, newHome(), request)).rejects.toThrow(
			/NeelNanda\/pile-10k is not on the hub.*\/datasets\/NeelNanda\/pile-10k/,
		);
	});
});

test("what is there in part is named", async () => {
	await serve({}, 3000);
	const home = newHome();
	await fetchFrom(hub, home);
	expect(findModelOnDisk(cacheOf(home), gpt2Repo)).toMatchObject({ path: snapshotOf(home), missing: [] });
	rmSync(join(snapshotOf(home), "tokenizer.json"));
	expect(findModelOnDisk(cacheOf(home), gpt2Repo)).toEqual({ missing: ["tokenizer.json"], begun: true });
});

test("of an older format, the tokenizer's two files and PyTorch's weights are taken", async () => {
	hub = await startHub({
		[gpt2Repo]: { "config.json": "{}", "vocab.json": "{}", "merges.txt": "", "pytorch_model.bin": randomBytes(3000) },
	});
	const home = newHome();
	await fetchFrom(hub, home);
	expect(readdirSync(snapshotOf(home)).sort()).toEqual([
		"config.json",
		"merges.txt",
		"pytorch_model.bin",
		"vocab.json",
	]);
});
