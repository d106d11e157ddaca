import { mkdtempSync, rmSync } from "node:fs";
import { request as ask } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { App } from "../../main/app/app.ts";
import { Service } from "../../main/app/service.ts";
import { type Serving, serve } from "../../main/serve.ts";
import { freePort, openSocket } from "./transports.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-loopback-"));
let service: Service;
let serving: Serving;
let url: URL;
beforeAll(async () => {
	service = new Service(new App(join(folder, "scd.sqlite")), "loopback");
	serving = await serve(service, { port: await freePort() });
	url = new URL(serving.url);
});
afterAll(async () => {
	await serving.dispose();
	service.dispose();
	rmSync(folder, { recursive: true });
});

function fetchPage(
	path: string,
	headers: Record<string, string> = {},
	method = "GET",
): Promise<{ readonly status: number; readonly headers: Record<string, unknown>; readonly body: string }> {
	return new Promise((resolve, reject) => {
		const sent = ask({ host: "127.0.0.1", port: url.port, path, method, headers }, (response) => {
			let body = "";
			response.on("data", (text) => {
				body += text;
			});
			response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
		});
		sent.on("error", reject);
		sent.end();
	});
}

function openStatus(address: string, headers: Record<string, string> = {}): Promise<string> {
	return new Promise((resolve) => {
		const socket = new WebSocket(address, { headers });
		socket.once("open", () => {
			socket.close();
			resolve("open");
		});
		socket.once("error", ({ message }) => resolve(message));
	});
}

describe("the loopback host", () => {
	test("gives the pages under a strict policy", async () => {
		const { status, headers, body } = await fetchPage("/");
		expect([status, body.includes('id="root"')]).toEqual([200, true]);
		expect(headers["content-security-policy"]).toContain("default-src 'none'");
		expect(headers["x-frame-options"]).toBe("DENY");
	});

	test.each([
		"/../package.json",
		"/%2e%2e/%2e%2e/package.json",
		"/..%2f..%2fpackage.json",
		"/assets/../../main/scd.js",
		"/%00",
		"/%",
	])("gives nothing outside its folder: %s", async (path) => {
		expect((await fetchPage(path)).status).toBe(404);
	});

	test("answers only as 127.0.0.1 or localhost, whatever the tunnel's port, and only to its own pages", async () => {
		expect((await fetchPage("/", { host: "evil.example" })).status).toBe(403);
		expect((await fetchPage("/", { host: "127.0.0.1.evil.example" })).status).toBe(403);
		expect((await fetchPage("/", { host: "localhost:9000" })).status).toBe(200);
		expect((await fetchPage("/", { origin: "http://evil.example" })).status).toBe(403);
		expect((await fetchPage("/", {}, "POST")).status).toBe(405);
	});

	test("opens a line only with the token, and only from its own pages", async () => {
		const line = serving.url.replace("http:", "ws:");
		expect(await openStatus(line)).toBe("open");
		expect(await openStatus(line.replace(/token=.*/, "token=wrong"))).toMatch(/403/);
		expect(await openStatus(line.replace(/\?.*/, ""))).toMatch(/403/);
		expect(await openStatus(line, { origin: "http://evil.example" })).toMatch(/403/);
		expect(await openStatus(line, { origin: `http://127.0.0.1:${url.port}` })).toBe("open");
	});

	test("takes no harm from what is no frame", async () => {
		const { client, socket, close } = await openSocket(serving.url);
		for (const text of [
			"",
			"{",
			"[]",
			"null",
			'{"type":"call"}',
			'{"type":"cancel","id":7}',
			'{"type":"call","id":"x","method":1}',
		])
			socket.send(text);
		expect(await client.call("circuits.list", {})).toEqual([]);
		close();
	});

	test("says it in a sentence when its port is in use, and gives a way on", async () => {
		const other = createServer();
		await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
		const { port } = other.address() as { port: number };
		await expect(serve(service, { port })).rejects.toThrow(
			`Port ${port} is in use by another program. Give another --port, or leave it out to take a free one.`,
		);
		other.close();
	});

	test("a connection that breaks: what may be asked again is answered on the next one, what may not fails and says so", async () => {
		const { client, socket } = await openSocket(serving.url);
		await client.call("circuits.create", { name: "kept" });
		socket.terminate();
		client.detach();
		const listed = client.call("circuits.list", {});
		const undone = client.call("circuits.undo", { name: "kept" });
		client.detach();
		await expect(undone).rejects.toThrow(/connection broke before an answer came/);
		const next = await openSocket(serving.url);
		client.attach((frame) => next.socket.send(JSON.stringify(frame)));
		next.socket.on("message", (data) => client.receive(JSON.parse(String(data))));
		expect((await listed).map(({ name }) => name)).toEqual(["kept"]);
		next.close();
	});
});
