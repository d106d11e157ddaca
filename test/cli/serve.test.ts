import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { freePort } from "../contract/transports.ts";

const root = mkdtempSync(join(tmpdir(), "scd-serve-"));
const children: ChildProcess[] = [];
afterAll(async () => {
	for (const child of children) child.kill("SIGKILL");
	rmSync(root, { recursive: true, force: true });
});

interface Served {
	readonly out: string;
	readonly err: string;
	readonly code: number | null;
	readonly child: ChildProcess;
}

/** Starts `scd serve --no-open`: its first line, or its end where that comes before; and its end. */
function startServe(...options: readonly string[]): {
	readonly begun: Promise<Served>;
	readonly ended: Promise<Served>;
} {
	const entry = join(import.meta.dirname, "../../out/main/scd.js");
	const child = spawn(process.execPath, [entry, "serve", "--no-open", ...options]);
	children.push(child);
	let [out, err] = ["", ""];
	const [begun, ended] = [Promise.withResolvers<Served>(), Promise.withResolvers<Served>()];
	child.stderr.on("data", (text) => {
		err += text;
	});
	child.stdout.on("data", (text) => {
		out += text;
		if (out.includes("\n")) begun.resolve({ out, err, code: null, child });
	});
	child.on("close", (code) => {
		for (const one of [begun, ended]) one.resolve({ out, err, code, child });
	});
	return { begun: begun.promise, ended: ended.promise };
}

const serveOnce = (...options: readonly string[]) => startServe(...options).begun;

describe("scd serve", () => {
	test("prints its address on one line and gives out the app there; stopped, it ends with code 0", async () => {
		const port = await freePort();
		const { out, child } = await serveOnce("--port", String(port), "--db", join(root, "a.sqlite"));
		expect(out).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/\\?token=[\\w-]{24}\\n$`));
		const page = await fetch(out.trim());
		expect([page.status, (await page.text()).includes("Sparse Circuit Discovery")]).toEqual([200, true]);
		const ended = new Promise((resolve) => child.once("exit", resolve));
		child.kill("SIGINT");
		expect(await ended).toBe(0);
	});

	test("a second one on the same database gives the first one's address", async () => {
		const database = join(root, "b.sqlite");
		const first = await serveOnce("--port", String(await freePort()), "--db", database);
		const second = await startServe("--db", database).ended;
		expect(second.out).toBe(first.out);
		expect(second.err).toMatch(/is being served already/);
	});

	test("without --port takes a free one where the usual one is taken; with it, says so", async () => {
		const taken = createServer();
		await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
		const { port } = taken.address() as { port: number };
		const { code, err } = await serveOnce("--port", String(port), "--db", join(root, "c.sqlite"));
		expect([code, err]).toEqual([
			2,
			`scd: Port ${port} is in use by another program. Give another --port, or leave it out to take a free one.\n`,
		]);
		taken.close();
		const [one, two] = [
			await serveOnce("--db", join(root, "d.sqlite")),
			await serveOnce("--db", join(root, "e.sqlite")),
		];
		expect(new URL(one.out).port).not.toBe(new URL(two.out).port);
	});

	test("a damaged database is named in one line, and left as it is", async () => {
		const path = join(root, "damaged.sqlite");
		writeFileSync(path, "SQLite format 3\0but the rest is not".repeat(99));
		const { code, err } = await serveOnce("--db", path);
		expect(code).toBe(1);
		expect(err).toMatch(/^scd: [^\n]*damaged\.sqlite[^\n]*\n$/);
	});

	test("a port that is none is wrong usage", async () => {
		const { code, err } = await serveOnce("--port", "99999");
		expect(code).toBe(2);
		expect(err).toMatch(/A port between 1 and 65535 is needed/);
	});
});
