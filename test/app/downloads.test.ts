import { existsSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App } from "../../main/app/app.ts";
import { connectDirect } from "../../main/app/direct-client.ts";
import { Service } from "../../main/app/service.ts";
import type { Download } from "../../main/shared/contract/catalogue.ts";
import type { Client } from "../../main/shared/contract/contract.ts";
import { modelFiles } from "../hub/hub-case.ts";
import { type HubServer, startHub } from "../hub/hub-server.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";

const repo = "openai-community/gpt2";
const request = { models: ["gpt2"], sets: [] };
const download = "download-number-one";
let hub: HubServer;
let folder: string;
const services: Service[] = [];

beforeEach(async () => {
	folder = temporaryFolder();
	hub = await startHub({ [repo]: modelFiles(9_000_000) });
	vi.stubEnv("HF_HOME", folder);
	vi.stubEnv("HF_ENDPOINT", hub.url);
});
afterEach(async () => {
	for (const service of services.splice(0)) service.dispose();
	vi.unstubAllEnvs();
	await hub.dispose();
});

function open(): Client {
	const service = new Service(new App(join(folder, "scd.sqlite")), "direct");
	services.push(service);
	return connectDirect(service);
}

/** Waits until a download is as it should be. */
function until(client: Client, holds: (download: Download) => boolean): Promise<Download> {
	return new Promise((resolve) => {
		const end = client.on("download", (one) => {
			if (!holds(one)) return;
			end();
			resolve(one);
		});
	});
}

/** The storage sends a half of the weights and then no more. */
function stall(): void {
	hub.faults = {
		cutAfter: ({ place, count }) => (place === "storage" && count === 1 ? 4_500_000 : undefined),
		answer: ({ place, count }) => place === "storage" && count === 2,
	};
}
const half = ({ progress }: Download) => (progress?.bytes ?? 0) > 3_000_000;

test("a download tells every window how far it is, and the library when it is there", async () => {
	const client = open();
	const library = new Promise((resolve) => client.on("library", resolve));
	const done = until(client, ({ state }) => state === "done");
	expect(await client.call("downloads.start", { download, request })).toMatchObject({
		title: "GPT-2 small",
		failure: null,
	});
	expect((await done).progress).toMatchObject({ bytes: 9_000_033, totalBytes: 9_000_033, files: 3, totalFiles: 3 });
	await library;
	const { models } = await client.call("catalogue.list", {});
	expect(models[0]?.path).toBe(join(folder, "hub/models--openai-community--gpt2/snapshots", hub.revisionOf(repo)));
});

test("a sample text is fetched as a model is, and cancelled one leaves nothing", async () => {
	const wanted = { models: [], sets: [], texts: ["pile-10k"] };
	hub.commit("datasets/NeelNanda/pile-10k", { "data/text.parquet": Buffer.alloc(9_000_000, 1) });
	stall();
	const client = open();
	const begun = until(client, half);
	await client.call("downloads.start", { download, request: wanted });
	await begun;
	await client.call("downloads.cancel", { download });
	expect(readdirSync(join(folder, "hub/datasets--NeelNanda--pile-10k/blobs"))).toEqual([]);
	hub.faults = {};
	const done = until(client, ({ state }) => state === "done");
	const { title } = await client.call("downloads.start", { download: `${download}-again`, request: wanted });
	expect(title).toBe("10,000 documents of the Pile");
	await done;
	const { texts } = await client.call("catalogue.list", {});
	expect(texts[0]?.path).toContain("data/text.parquet".replace("/", sep));
});

test("paused and resumed, it fetches nothing twice", async () => {
	stall();
	const client = open();
	const begun = until(client, half);
	await client.call("downloads.start", { download, request });
	await begun;
	await client.call("downloads.pause", { download });
	expect((await client.call("downloads.list", {}))[0]?.state).toBe("paused");
	hub.faults = {};
	const done = until(client, ({ state }) => state === "done");
	await client.call("downloads.resume", { download });
	await done;
	expect(hub.sentBytes).toBeLessThan(9_000_033 + 2_000_000);
	expect(hub.requests.at(-1)?.range).toBeGreaterThan(2_500_000);
});

test("after a restart it is there, paused, with what is on disk", async () => {
	stall();
	const client = open();
	const begun = until(client, half);
	await client.call("downloads.start", { download, request });
	const { progress } = await begun;
	services.pop()?.dispose();
	hub.faults = {};
	const again = open();
	const [found] = await again.call("downloads.list", {});
	// In the same process the first service's download counts as running: it says what is on disk all the same.
	expect(found).toMatchObject({ id: download, title: "GPT-2 small", progress: { totalBytes: 9_000_033 } });
	expect(found?.progress?.bytes).toBeGreaterThanOrEqual(progress?.bytes ?? 0);
	const done = until(again, ({ state }) => state === "done");
	await again.call("downloads.resume", { download });
	await done;
});

test("cancelled, what is not whole is thrown away", async () => {
	stall();
	const client = open();
	const begun = until(client, half);
	await client.call("downloads.start", { download, request });
	await begun;
	await client.call("downloads.cancel", { download });
	expect(await client.call("downloads.list", {})).toEqual([]);
	const blobs = join(folder, "hub/models--openai-community--gpt2/blobs");
	expect(readdirSync(blobs).filter((name) => name.includes("incomplete"))).toEqual([]);
	expect(existsSync(join(folder, "hub/models--openai-community--gpt2/refs/main"))).toBe(false);
});

test("an address that is none is refused, and leaves no download behind", async () => {
	vi.stubEnv("HF_ENDPOINT", "no address");
	const client = open();
	await expect(client.call("downloads.start", { download, request })).rejects.toMatchObject({ code: "usage" });
	expect(await client.call("downloads.list", {})).toEqual([]);
	vi.stubEnv("HF_ENDPOINT", hub.url);
	const done = until(client, ({ state }) => state === "done");
	await client.call("downloads.start", { download, request });
	await done;
});

test("what fails says why, and can be tried again", async () => {
	hub.faults = {
		answer(_, response) {
			response.writeHead(401, { "x-error-code": "GatedRepo" }).end();
			return true;
		},
	};
	const client = open();
	const failed = until(client, ({ state }) => state === "failed");
	await client.call("downloads.start", { download, request });
	expect((await failed).failure).toMatchObject({
		code: "access",
		message: expect.stringContaining("Ask for access at"),
	});
	hub.faults = {};
	const done = until(client, ({ state }) => state === "done");
	await client.call("downloads.resume", { download });
	expect((await done).failure).toBeNull();
});
