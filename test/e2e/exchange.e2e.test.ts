import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { makeRichCircuit } from "../exchange/rich-circuit.ts";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

let served: Served;
let browser: Browser;
const endings = ["json", "svg", "pdf", "png", "html", "dot", "graphml", "scd"] as const;
const path = (name: string) => join(dirname(served.database), name);

beforeAll(async () => {
	served = await serveApp();
	const elsewhere = path("elsewhere.sqlite");
	const store = new Store(elsewhere);
	makeRichCircuit(store, "mine");
	store.dispose();
	await runScd(["export", "mine", "--db", elsewhere, ...endings.flatMap((ending) => ["-o", path(`mine.${ending}`)])]);
	browser = await openBrowser();
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await served?.dispose();
});

/** Drops files on the window, as a person would who drags them in. */
async function drop(
	app: AppDriver,
	...files: readonly (readonly [name: string, content: Uint8Array])[]
): Promise<void> {
	await app.page.evaluate(
		(given) => {
			const transfer = new DataTransfer();
			for (const [name, letters] of given)
				transfer.items.add(new File([Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0))], name));
			document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
		},
		files.map(([name, content]) => [name, Buffer.from(content).toString("base64")] as const),
	);
}

test("whatever is dropped becomes a circuit or is answered in one fitting sentence", { timeout: 180_000 }, async () => {
	const page = await browser.newPage();
	const asked: string[] = [];
	page.on("request", (request) => asked.push(request.url()));
	const app = await new AppDriver(page).open(served.url);
	for (const [i, ending] of endings.entries()) {
		await drop(app, [`mine.${ending}`, readFileSync(path(`mine.${ending}`))]);
		const name = i === 0 ? "mine" : `mine-${i + 1}`;
		await page.waitForFunction((wanted) => document.title.startsWith(`${wanted} –`), name);
		await app.settle();
		await expect.poll(() => app.counts(), { message: ending, timeout: 20_000 }).toContain("7 nodes");
		// Its one pinned feature is all of a supernode, as which it lies there.
		const tray = () => page.locator("[data-pin-tray]").textContent();
		await expect.poll(tray, { message: ending, timeout: 20_000 }).toContain("Pinned · 1");
	}
	const text = (content: string) => new TextEncoder().encode(content);
	const answers: readonly (readonly [string, Uint8Array, RegExp])[] = [
		["weights.pt", text("PK\u0003\u0004rest"), /holds tensors of PyTorch and no circuit/],
		["cfg.json", text('{"d_in": 12, "d_sae": 30}'), /the configuration of a dictionary/],
		[
			"foreign.svg",
			text('<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"><script>document.title=2</script></svg>'),
			/carries no circuit/,
		],
		[
			"photo.png",
			Buffer.from(
				"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
				"base64",
			),
			/carries no circuit/,
		],
		[
			"newer.json",
			text('{"format": "sparse-circuit", "version": 99}'),
			/was written by a newer version .* Update the program/,
		],
		["cut.dot", text("digraph { a -> "), /is no graph in Graphviz's language, or is cut off\. Ask for the file again/],
		["notes.txt", text("hello"), /of a kind that holds no circuit/],
		["nothing.json", text(""), /is empty/],
	];
	for (const [name, content, answer] of answers) {
		await drop(app, [name, content]);
		await page.locator(".toast-message", { hasText: name }).filter({ hasText: answer }).waitFor();
	}
	expect(await page.title()).toMatch(/^mine-8 –/);
	await page.keyboard.press("Control+Shift+S");
	const saved = page.waitForEvent("download");
	await page.getByRole("button", { name: "Export", exact: true }).last().click();
	const download = await saved;
	expect(download.suggestedFilename()).toBe("mine-8.scd");
	await drop(app, ["again.scd", readFileSync(await download.path())]);
	await page.waitForFunction(() => document.title.startsWith("mine-8-2 –"));
	expect(asked.filter((url) => !url.startsWith("http://127.0.0.1") && !url.startsWith("data:"))).toEqual([]);
	expect(app.faults).toEqual([]);
	await page.close();
});

test("answers do not pile up: the same one counts, a few are seen, and all go at once", {
	timeout: 60_000,
}, async () => {
	const page = await browser.newPage();
	const app = await new AppDriver(page).open(served.url);
	const toasts = page.locator(".toast");
	const wrong = (name: string) => [name, new TextEncoder().encode("hello")] as const;
	for (let i = 0; i < 3; i++) {
		await drop(app, wrong("notes.txt"));
		await toasts.filter({ hasText: i === 0 ? "notes.txt" : `×${i + 1}` }).waitFor();
	}
	expect(await toasts.count()).toBe(1);
	await drop(app, ...["a", "b", "c", "d", "e"].map((name) => wrong(`${name}.txt`)));
	await page.getByText("3 earlier messages").waitFor();
	expect(await toasts.allTextContents()).toEqual(
		["c", "d", "e"].map((name) => expect.stringContaining(`${name}.txt is`)),
	);
	await page.getByRole("button", { name: "Close all" }).click();
	expect(await toasts.count()).toBe(0);
	expect(app.faults).toEqual([]);
	await page.close();
});

test("a picture that is cut off behind its circuit opens, and the page says so", { timeout: 60_000 }, async () => {
	const page = await browser.newPage();
	const app = await new AppDriver(page).open(served.url);
	const whole = readFileSync(path("mine.png"));
	await drop(app, ["cut.png", whole.subarray(0, whole.length - 9)]);
	await page
		.locator('.toast[data-severity="warning"]', { hasText: "cut.png is cut off behind its circuit, which is whole." })
		.waitFor();
	await expect.poll(() => app.counts()).toContain("7 nodes");
	await page.close();
});

test("the offline page shows its circuit, finds nodes and their cards, and asks nobody for anything", {
	timeout: 60_000,
}, async () => {
	const page = await browser.newPage();
	const asked: string[] = [];
	const faults: string[] = [];
	page.on("request", (request) => asked.push(request.url()));
	page.on("pageerror", (error) => faults.push(error.message));
	page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
	await page.goto(`file://${path("mine.html")}`);
	await page.waitForSelector("html[data-ready]");
	expect(await page.locator("#list button").count()).toBe(7);
	await page.fill("#search", "mlp_0.1@");
	await page.keyboard.press("Enter");
	await page.locator("#card h1", { hasText: "mlp_0.1@1" }).waitFor();
	expect(await page.locator("#card").textContent()).toContain("<script>alert(1)</script>");
	const before = await page.locator("main > svg").getAttribute("style");
	await page.locator("#in").click();
	expect(await page.locator("main > svg").getAttribute("style")).not.toBe(before);
	expect(asked).toEqual([`file://${path("mine.html")}`]);
	expect(faults).toEqual([]);
	await page.close();
});
