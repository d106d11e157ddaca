import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findSampleText } from "../../main/app/sample-text.ts";
import { findCorpus } from "../../main/cli/method-options.ts";
import { readDocuments, startNotes } from "../../main/model/corpus.ts";
import { texts } from "../../main/shared/catalogue-rows.ts";
import { gpt2Repo, modelFiles, repoFolder } from "../hub/hub-case.ts";
import { type HubServer, startHub } from "../hub/hub-server.ts";
import { publishStarter } from "../hub/published-files.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { runScd, scdEntry } from "./run-scd.ts";

let hub: HubServer;
let home: string;
const big = 9_000_000;
const files = modelFiles(big);

beforeEach(async () => {
	home = temporaryFolder();
	vi.stubEnv("HF_HOME", home);
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await hub.dispose();
});

async function serve(content: Parameters<typeof startHub>[0] = { [gpt2Repo]: files }): Promise<void> {
	hub = await startHub(content);
	vi.stubEnv("HF_ENDPOINT", hub.url);
}

function expectWhole(): void {
	const snapshot = join(repoFolder(home), "snapshots", hub.revisionOf(gpt2Repo));
	for (const path of ["config.json", "tokenizer.json", "model.safetensors"])
		expect(readFileSync(join(snapshot, path)).equals(Buffer.from(files[path] as string))).toBe(true);
	expect(readdirSync(join(repoFolder(home), "blobs"))).toHaveLength(3);
	expect(readFileSync(join(repoFolder(home), "refs/main"), "utf8")).toBe(hub.revisionOf(gpt2Repo));
}

describe("a killed scd download goes on where it was", () => {
	const stages: Record<string, (request: { path: string; file?: string; place: string; count: number }) => boolean> = {
		"while it asks what there is": ({ path }) => path.includes("/tree/"),
		"at its first file": ({ file }) => file === "config.json",
		"before the weights": ({ file, place }) => file === "model.safetensors" && place === "hub",
		"in the midst of them": ({ file, place, count }) =>
			file === "model.safetensors" && place === "storage" && count === 2,
	};
	test.each(Object.keys(stages))("%s", async (stage) => {
		await serve();
		let child: ChildProcess | undefined;
		hub.faults = {
			cutAfter: ({ place, count }) => (place === "storage" && count === 1 ? 6_000_000 : undefined),
			answer(request) {
				if (!stages[stage]?.(request as never)) return false;
				child?.kill("SIGKILL");
				return true;
			},
		};
		const killed = await runScd(["download", "gpt2"], {
			onStart: (started) => {
				child = started;
			},
		});
		expect(killed.code).toBe(null);
		expect(existsSync(join(repoFolder(home), "refs/main"))).toBe(false);
		const sent = hub.sentBytes;
		hub.faults = {};
		const { code, err, out } = await runScd(["download", "gpt2", "--json"]);
		expect([code, err]).toEqual([0, ""]);
		expectWhole();
		const told = JSON.parse(out) as { bytes: number; present_bytes: number; fetched_bytes: number };
		expect(told.present_bytes + told.fetched_bytes).toBe(told.bytes);
		expect(hub.sentBytes - sent).toBe(told.fetched_bytes);
		if (stage.startsWith("in the midst")) expect(told.fetched_bytes).toBeLessThan(big - 3_000_000);
	});
});

test("stopped by Ctrl-C, it says so and keeps what has come", async () => {
	await serve();
	let child: ChildProcess | undefined;
	hub.faults = {
		answer({ place }) {
			if (place === "storage") child?.kill("SIGINT");
			return place === "storage";
		},
	};
	const { code, err } = await runScd(["download", "gpt2"], {
		onStart: (started) => {
			child = started;
		},
	});
	expect([code, err]).toEqual([1, "scd: Stopped. What was fetched is kept; the same command goes on from there.\n"]);
});

test.skipIf(process.platform === "win32")(
	"a disk that fills: said in one line, nothing half-used, and it goes on when there is room",
	async () => {
		await serve();
		// A limit on the size of files meets a writer as a full disk does.
		const limited = spawn("bash", [
			"-c",
			'ulimit -f 4000; exec "$@"',
			"-",
			process.execPath,
			scdEntry,
			"download",
			"gpt2",
		]);
		let err = "";
		limited.stderr.setEncoding("utf8").on("data", (text: string) => {
			err += text;
		});
		expect(await new Promise((resolve) => limited.on("close", resolve))).toBe(1);
		expect(err).toMatch(
			/^scd: The disk that holds .*hub is full\. Free some space, or name another folder with HF_HUB_CACHE\..*\n$/,
		);
		expect(existsSync(join(repoFolder(home), "snapshots", hub.revisionOf(gpt2Repo), "model.safetensors"))).toBe(false);
		const sent = hub.sentBytes;
		expect((await runScd(["download", "gpt2"])).code).toBe(0);
		expectWhole();
		expect(hub.sentBytes - sent).toBeLessThan(big - 3_000_000);
	},
);

test("two processes at the same files share them", async () => {
	await serve();
	const [one, two] = await Promise.all([runScd(["download", "gpt2"]), runScd(["download", "gpt2"])]);
	expect([one.code, one.err, two.code, two.err]).toEqual([0, "", 0, ""]);
	expectWhole();
	// A file of some bytes may be on its way to both before either has it.
	expect(hub.sentBytes).toBeGreaterThanOrEqual(big + 33);
	expect(hub.sentBytes).toBeLessThanOrEqual(big + 2 * 33);
});

test("dictionaries of some layers come alone; what is there is listed, found by name and traced", async () => {
	await serve(publishStarter());
	const dry = await runScd(["download", "gpt2", "--saes", "oai-v5-32k", "--layers", "9:11", "--dry-run", "--json"]);
	expect(JSON.parse(dry.out)).toMatchObject({ dry_run: true, present_bytes: 0, files: 16 });
	const shown = await runScd(["download", "--saes", "oai-v5-32k-attn-out", "--layers", "9:10", "--dry-run"]);
	expect(shown.out).toMatch(/v5_32k_layer_9\/sae_weights\.safetensors {2}\(attn_9\)\n/);
	expect(existsSync(join(home, "hub"))).toBe(false);
	const prompt = ["--prompt", "Copyright (C)", "--db", join(home, "scd.sqlite"), "--json"];
	const missing = await runScd(["trace", "--saes", "oai-v5-32k", "--layers", "9:11", ...prompt]);
	expect([missing.code, missing.err]).toEqual([
		1,
		"scd: GPT-2 small and oai-v5-32k are not on this machine. Fetch them with: scd download gpt2 --saes oai-v5-32k --layers 9:11 (in the app: Library, Catalogue).\n",
	]);
	expect((await runScd(["download", "gpt2", "--saes", "oai-v5-32k", "--layers", "9:11"])).code).toBe(0);
	expect(hub.requests.some(({ file }) => file?.includes("layer_8") || file === "README.md")).toBe(false);
	const catalogue = JSON.parse((await runScd(["catalogue", "--json"])).out) as {
		models: { name: string; present: boolean }[];
		releases: { name: string; present: number; dictionaries: { path: string; present: boolean }[] }[];
	};
	expect(catalogue.models.filter(({ present }) => present).map(({ name }) => name)).toEqual(["gpt2"]);
	expect(catalogue.releases.filter(({ present }) => present > 0).map(({ name, present }) => [name, present])).toEqual([
		["gpt2-small-resid-post-v5-32k", 2],
		["gpt2-small-attn-out-v5-32k", 2],
		["gpt2-small-mlp-out-v5-32k", 2],
	]);
	const traced = await runScd(["trace", "--saes", "oai-v5-32k", "--layers", "9:11", ...prompt]);
	expect([traced.code, traced.err]).toEqual([0, ""]);
	expect((JSON.parse(traced.out) as { nodes: unknown[] }).nodes.length).toBeGreaterThan(3);
	const rest = await runScd(["trace", "--model", "gpt2", "--saes", "oai-v5-32k", ...prompt]);
	expect(rest.err).toMatch(
		/^scd: Of oai-v5-32k, .* are not on this machine. Fetch them .* Or use the layers that are here: --layers 9:11\.\n$/,
	);
});

test("where some of a release are here, single features and checks use them; --layers chooses among them", async () => {
	await serve(publishStarter());
	expect((await runScd(["download", "gpt2", "--saes", "oai-v5-32k", "--layers", "9:11"])).code).toBe(0);
	const note =
		"scd: Of oai-v5-32k, what is on this machine is used: attn_9, mlp_9, resid_9 and 3 more. 30 others are not here; fetch them with: scd download --saes oai-v5-32k.\n";
	const database = ["--db", join(home, "scd.sqlite")];
	const prompt = ["--prompt", "Copyright (C)"];
	const commands = [
		["features", "mlp_9.3", ...database],
		["generate", ...prompt, "--scale", "resid_9.3=2", "--tokens", "2", ...database],
		["respond", "resid_9.3", ...prompt, "--metric", "cross_entropy", ...database],
		[
			"compare-saes",
			"--corpus",
			join(import.meta.dirname, "../../assets/reference/sample.txt"),
			"--sequences",
			"1",
			"--max-length",
			"8",
		],
		["doctor", ...database],
	];
	for (const words of commands) {
		const all = await runScd([...words, "--saes", "oai-v5-32k", "--json"]);
		expect([words[0], all.err.slice(0, note.length)]).toEqual([words[0], note]);
		if (words[0] !== "doctor") continue;
		const some = await runScd([...words, "--saes", "oai-v5-32k", "--layers", "9:10", "--json"]);
		expect(some.err).toBe("");
		const none = await runScd([...words, "--saes", "oai-v5-32k", "--layers", "8:10", "--json"]);
		expect([none.code, none.err]).toEqual([
			1,
			"scd: Of oai-v5-32k, attn_8, mlp_8, resid_8 are not on this machine. Fetch them with: scd download --saes oai-v5-32k --layers 8:10 (in the app: Library, Catalogue).\n",
		]);
		const sites = (text: string) =>
			(JSON.parse(text) as { dictionaries: { site: string }[] }).dictionaries.map(({ site }) => site).sort();
		expect(sites(some.out)).toEqual(["attn_9", "mlp_9", "resid_9"]);
		expect(sites(all.out)).toHaveLength(6);
	}
}, 120_000);

test("a model of the catalogue without dictionaries is told which there are, and a mistyped one that it is none", async () => {
	await serve(publishStarter());
	const trace = async (model: string) => {
		const { code, err } = await runScd(["trace", "--model", model, "--prompt", "a", "--db", join(home, "scd.sqlite")]);
		return [code, err];
	};
	const needs = expect.stringMatching(
		/^scd: GPT-2 small needs dictionaries\. Fetch some, as with scd download gpt2 --saes oai-v5-32k --layers 9:11, and name them/,
	);
	expect(await trace("gpt2")).toEqual([2, needs]);
	expect(await trace("gpt2-small")).toEqual([2, needs]);
	expect(await trace("openai-community/gpt2")).toEqual([2, needs]);
	expect(await trace("gpt2-smal")).toEqual([1, expect.stringMatching(/no model "gpt2-smal"/)]);
	expect(await trace("distilgpt2")).toEqual([
		2,
		expect.stringMatching(/DistilGPT-2 needs dictionaries, and the catalogue knows none/),
	]);
	expect((await runScd(["download", "gpt2", "--saes", "oai-v5-32k", "--layers", "9:11"])).code).toBe(0);
	expect(await trace("gpt2")).toEqual([
		2,
		expect.stringMatching(/On this machine are oai-v5-32k-resid-post, oai-v5-32k-attn-out/),
	]);
});

test("the catalogue says where layers are counted otherwise, and what a bundle holds by the names to type", async () => {
	await serve();
	const { out } = await runScd(["catalogue"]);
	expect(out).toMatch(/^res-jb +resid +emb–11 /m);
	expect(out).toMatch(/^ {2}res-jb: resid_5 is blocks\.6\.hook_resid_pre, on Neuronpedia 6-res-jb$/m);
	expect(out).not.toMatch(/^ {2}mlp-tm: /m);
	expect(out).toMatch(
		/^oai-v5-32k: .*resid-mid apart.* \(oai-v5-32k-attn-out, oai-v5-32k-mlp-out, oai-v5-32k-resid-post\)$/m,
	);
	const { releases } = JSON.parse((await runScd(["catalogue", "--json"])).out) as {
		releases: { aliases: string[]; dictionaries: { site: string; hook: string; neuronpedia: string | null }[] }[];
	};
	const resJb = releases.find(({ aliases }) => aliases.includes("res-jb"));
	expect(resJb?.dictionaries[10]).toMatchObject({
		...{ site: "resid_9", hook: "blocks.10.hook_resid_pre", neuronpedia: "10-res-jb" },
	});
});

test("a sample text is listed, fetched, and then what features are shown over", async () => {
	const [text] = texts;
	const written = Array.from({ length: 300 }, (_, i) => `Document number ${i} of many.`);
	const parquet = Buffer.from(parquetWriteBuffer({ columnData: [{ name: "text", data: written, type: "STRING" }] }));
	expect(findSampleText().name).toBe("bundled");
	await serve({ "datasets/NeelNanda/pile-10k": { [text?.path ?? ""]: parquet } });
	const listed = await runScd(["catalogue"]);
	expect(listed.out).toMatch(/^pile-10k +10,000 documents of the Pile .* no +datasets\/NeelNanda\/pile-10k$/m);
	const told = await runScd(["download", "--texts", "pile-10k", "--json"]);
	expect([told.code, told.err]).toEqual([0, ""]);
	expect(JSON.parse(told.out)).toMatchObject({ files: 1, fetched_bytes: parquet.length });
	const { texts: found } = JSON.parse((await runScd(["catalogue", "--json"])).out) as { texts: { path: string }[] };
	expect(found).toMatchObject([{ name: "pile-10k", present: true }]);
	expect(findSampleText()).toEqual({ name: "pile-10k", path: found[0]?.path });
	const read: string[] = [];
	for await (const document of readDocuments(findSampleText().path, startNotes())) read.push(document);
	expect(read).toEqual(written);
	expect(findCorpus("NeelNanda/pile-10k")).toBe(found[0]?.path);
	expect(findCorpus("pile-10k")).toBe(found[0]?.path);
});

test("a corpus of the catalogue that is not here is named with the command that fetches it", async () => {
	await serve();
	expect(() => findCorpus("NeelNanda/pile-10k")).toThrow(
		/not on this machine. Fetch it with: scd download --texts pile-10k /,
	);
});

test.each([
	[["download"], 2, /There is nothing to fetch/],
	[["download", "gpt2", "--layers", "1:2"], 2, /Name a release with --saes/],
	[["download", "--texts", "pile"], 1, /no text "pile" in the catalogue. Name one of pile-10k/],
	[["download", "gpt2-medium", "--saes", "res-jb"], 1, /res-jb holds dictionaries of GPT-2 small, and GPT-2 medium is/],
	[["download", "gtp2"], 1, /no model "gtp2".*gpt2/],
	[["download", "--saes", "oai-v5-64k"], 1, /no release "oai-v5-64k"; oai-v5-/],
	[["download", "--saes", "res-jb/blocks.6"], 1, /no dictionary "blocks.6". Nearest are blocks\.6\.hook_resid_pre/],
	[["download", "--saes", "res-jb", "--layers", "8:40"], 2, /outside the model, whose layers are 0 to 11/],
	[
		["download", "--saes", "res_sll-ajt", "--layers", "2:4"],
		1,
		/no dictionary in the layers 2:4. It has them at resid_1, resid_5, resid_9/,
	],
	[["download", "gpt2-xl"], 1, /openai-community\/gpt2-xl is not on the hub/],
])("%j is refused in one line", async (words, code, message) => {
	await serve();
	const told = await runScd(words);
	expect([told.code, told.out]).toEqual([code, ""]);
	expect(told.err).toMatch(message);
	expect(told.err.trim().split("\n")).toHaveLength(1);
});

test("without a network, --dry-run forecasts by the catalogue and says so", async () => {
	await serve();
	vi.stubEnv("HF_HUB_OFFLINE", "1");
	const told = await runScd([
		"download",
		"gpt2",
		"--saes",
		"oai-v5-32k-attn-out",
		"--layers",
		"9:11",
		"--dry-run",
		"--json",
	]);
	expect([told.code, told.err]).toEqual([
		0,
		expect.stringMatching(/^scd: This is a forecast of the catalogue.*HF_HUB_OFFLINE/),
	]);
	expect(JSON.parse(told.out)).toMatchObject({
		...{ dry_run: true, forecast: true },
		parts: [
			{ name: "GPT-2 small", bytes: 548_105_171, present: false },
			{ name: "oai-v5-32k-attn-out/v5_32k_layer_9" },
			{ name: "oai-v5-32k-attn-out/v5_32k_layer_10" },
		],
	});
	expect((await runScd(["download", "somebody/model", "--dry-run"])).code).toBe(1);
});

test("a proxy that does not answer is named, and nothing else is blamed", async () => {
	await serve();
	const free = createServer();
	await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
	const { port } = free.address() as AddressInfo;
	await new Promise((resolve) => free.close(resolve));
	vi.stubEnv("HF_ENDPOINT", "https://hub.example");
	vi.stubEnv("NO_PROXY", "");
	vi.stubEnv("https_proxy", `http://me:secret@127.0.0.1:${port}`);
	const { code, err } = await runScd(["download", "gpt2"]);
	expect([code, err]).toEqual([
		1,
		`scd: The proxy 127.0.0.1:${port} that https_proxy names cannot be reached (ECONNREFUSED), so neither can hub.example. Correct https_proxy or take it away, and try again; everything that is here works without a network.\n`,
	]);
});

test.skipIf(process.platform !== "linux")("a cache that may not be written to is not called full", async () => {
	await serve();
	vi.stubEnv("HF_HOME", "/proc/huggingface");
	const { code, err } = await runScd(["download", "gpt2"]);
	expect([code, err]).toEqual([
		1,
		"scd: /proc/huggingface/hub lies where no files can be kept. Name another folder with HF_HUB_CACHE or HF_HOME.\n",
	]);
});

test("proxies that the environment names are gone through, and those it excepts are not", async () => {
	await serve();
	const asked: string[] = [];
	const proxy = createServer((incoming, response) => {
		asked.push(new URL(incoming.url ?? "").host);
		const through = request(incoming.url ?? "", { headers: incoming.headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		through.end();
	});
	await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
	vi.stubEnv("HTTP_PROXY", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
	vi.stubEnv("NO_PROXY", new URL(hub.storageUrl).host);
	const { code, err } = await runScd(["download", "gpt2"]);
	proxy.closeAllConnections();
	proxy.close();
	expect([code, err]).toEqual([0, ""]);
	expectWhole();
	expect(new Set(asked)).toEqual(new Set([new URL(hub.url).host]));
});
