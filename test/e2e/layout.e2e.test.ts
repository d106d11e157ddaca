import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { storeLargeCircuit } from "../bench/large-circuit.ts";
import { runScd } from "../cli/run-scd.ts";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-layout-"));

let served: Served;
let browser: Browser;
beforeAll(async () => {
	served = await serveApp((database) => {
		storeLargeCircuit(database, "seen", 160, 900);
		storeLargeCircuit(database, "flowing", 160, 900);
		storeLargeCircuit(database, "large", 500, 2500);
	});
	browser = await openBrowser();
});
// Also where the test took too long: what is served holds the usual port.
afterAll(async () => {
	await browser?.close();
	await served?.dispose();
	rmSync(folder, { recursive: true, force: true });
});

const scd = (...parameters: readonly string[]) => runScd([...parameters, "--db", served.database]);

async function draw(circuit: string, name: string, ...options: readonly string[]): Promise<string> {
	const file = join(folder, `${name}.svg`);
	await scd("export", circuit, "-o", file, "--no-embed", "--no-provenance", ...options);
	return readFileSync(file, "utf8");
}

test("a circuit is about as wide as a window, as it is seen first and with everything it holds", async () => {
	for (const view of ["stored", "all"]) {
		const svg = await draw("large", view, "--view", view, "--no-header", "--no-legend");
		const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
		expect(Number(width) / Number(height), view).toBeGreaterThan(1 / 1.2);
		expect(Number(width) / Number(height), view).toBeLessThan(2);
	}
});

test("a circuit is drawn alike before and after the app opened it, and when it comes from a file", {
	timeout: 180_000,
}, async () => {
	const before = await draw("seen", "before");
	const json = join(folder, "unseen.json");
	await scd("export", "seen", "-o", json);
	await scd("import", json, "--circuit", "copy");
	await scd("import", json, "--circuit", "unopened");
	const app = new AppDriver(await browser.newPage({ viewport: { width: 1280, height: 800 } }));
	for (const name of ["seen", "copy"]) {
		await app.page.goto("about:blank");
		await app.open(`${served.url}#${name}`);
		await app.page.waitForFunction(() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 60);
		await app.settle();
		await app.saved();
		expect((await draw(name, "after")) === before, name).toBe(true);
	}
	// What is stored is what the app chose: no place is found anew by the command.
	expect(JSON.parse(readFileSync(json, "utf8")).document.places).toEqual([]);
	await scd("export", "seen", "-o", json);
	expect(JSON.parse(readFileSync(json, "utf8")).document.places.length).toBeGreaterThan(60);
	// All edges: what was not shown finds room, and nothing that stood moves.
	const placed = () => app.page.locator(".canvas").getAttribute("data-nodes").then(Number);
	const few = await placed();
	await app.page.getByLabel("Smallest edge shown").focus();
	await app.press("Home");
	await app.settle();
	expect(await placed()).toBeGreaterThan(few);
	await app.saved();
	// The window's view is stored once it has been still for a moment.
	await app.page.waitForTimeout(600);
	expect((await draw("copy", "all")) === (await draw("unopened", "unopened", "--view", "all"))).toBe(true);
	expect(app.faults).toEqual([]);
});

test("dagre arranges what is shown as one step, a lane a row; files show it and undo takes it back", {
	timeout: 120_000,
}, async () => {
	const app = new AppDriver(await browser.newPage({ viewport: { width: 1280, height: 800 } }));
	const command = async (title: string) => {
		await app.press("Control+k");
		await app.page.keyboard.type(title);
		await app.press("Enter");
		await app.settle();
	};
	await app.open(`${served.url}#large`);
	await app.page.waitForFunction(() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 300);
	await app.settle();
	await command("Arrange as a flow");
	expect(await app.toast()).toMatch(/^A flow is made of up to 300 nodes, and \d+ nodes are shown\./);

	await app.page.goto("about:blank");
	await app.open(`${served.url}#flowing`);
	await app.page.waitForFunction(() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 60);
	await app.settle();
	await app.saved();
	const before = await draw("flowing", "before-flow");
	await command("Arrange as a flow");
	await app.saved();
	await expect.poll(async () => (await draw("flowing", "flow")) === before, { timeout: 30_000 }).toBe(false);
	const json = join(folder, "flow.json");
	await scd("export", "flowing", "-o", json);
	const file = JSON.parse(readFileSync(json, "utf8")) as { document: { places: { id: string; dy: number }[] } };
	const rows = Map.groupBy(file.document.places, ({ id }) => id.replace(/^error\./, "").split(/[.@]/)[0]);
	expect(rows.size).toBeGreaterThan(6);
	for (const [lane, places] of rows) expect(new Set(places.map(({ dy }) => dy)).size, lane).toBe(1);
	await app.page.locator(".canvas").focus();
	await app.press("Control+z");
	await app.saved();
	await expect.poll(async () => (await draw("flowing", "undone")) === before, { timeout: 30_000 }).toBe(true);
	expect(app.faults).toEqual([]);
});
