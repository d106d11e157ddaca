import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** The export dialog as a person has it: what the preview says is what files hold and printers get. */
let browser: Browser;
let served: Served;
let app: AppDriver;
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => await browser.close());
afterEach(async () => {
	await app.page.context().close();
	await served.dispose();
	expect(app.faults).toEqual([]);
});

async function openDialog(): Promise<AppDriver> {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	app = new AppDriver(await context.newPage());
	await app.open(served.url);
	await app.trace();
	await app.press("Control+e");
	await app.page.locator(".export-stage image").waitFor();
	return app;
}

const plan = async () => (await app.page.locator("[data-export-plan]").textContent()) ?? "";
const choose = async (name: string) => await app.page.getByRole("radio", { name, exact: true }).click();

async function save(): Promise<Buffer> {
	const [file] = await Promise.all([
		app.page.waitForEvent("download"),
		app.page.getByRole("button", { name: "Save", exact: true }).click(),
	]);
	return readFileSync((await file.path()) ?? "");
}

const countPages = (pdf: Buffer) => pdf.toString("latin1").match(/\/Type \/Page\b(?!s)/g)?.length;

describe("the export dialog", { retry: 1 }, () => {
	test("a poster: as many sheets as the preview shows are written and printed, and the grid moves by keys", async () => {
		const { page } = await openDialog();
		await choose("Poster");
		await page.locator(".sheet-grid rect").first().waitFor();
		const sheets = Number(/^(\d+) sheet/.exec(await plan())?.[1]);
		expect(sheets).toBeGreaterThan(1);
		expect(sheets).toBeLessThanOrEqual(6);
		expect(await page.locator(".sheet-grid > g:not([data-empty])").count()).toBe(sheets);
		expect(await findAccessibilityFaults(page)).toEqual([]);
		const pdf = await save();
		expect(pdf.toString("latin1", 0, 8)).toBe("%PDF-1.7");
		// A page for each sheet, and the map before them.
		expect(countPages(pdf)).toBe(sheets + 1);
		const percent = async () => /\d+%/.exec(await plan())?.[0];
		const size = await percent();
		const grid = page.locator(".sheet-grid");
		const left = async () => Number(await grid.locator("rect").first().getAttribute("x"));
		const before = await left();
		await grid.focus();
		await page.keyboard.press("ArrowLeft");
		await expect.poll(left).toBeLessThan(before);
		const box = await grid.locator("rect").first().boundingBox();
		const moved = await left();
		await page.mouse.move((box?.x ?? 0) + 40, (box?.y ?? 0) + 40);
		await page.mouse.down();
		await page.mouse.move((box?.x ?? 0) + 30, (box?.y ?? 0) + 40, { steps: 4 });
		await page.mouse.up();
		await expect.poll(left).toBeLessThan(moved);
		// Moving the grid scales nothing.
		expect(await percent()).toBe(size);

		// What the print dialog would get: the browser prints what is there when it is called.
		const printed = page.evaluate(
			() =>
				new Promise<string[]>((resolve) => {
					window.print = () => {
						const images = [...document.querySelectorAll<HTMLImageElement>(".print-pages img")];
						resolve(images.map(({ alt, naturalWidth }) => `${alt} ${naturalWidth > 0}`));
					};
				}),
		);
		await page.getByRole("button", { name: "Print…" }).click();
		const pages = await printed;
		const now = Number(/^(\d+) sheet/.exec(await plan())?.[1]);
		expect(pages).toHaveLength(now + 1);
		expect(pages.every((one) => one.endsWith("true"))).toBe(true);
		await page.waitForFunction(() => document.querySelector(".print-pages") === null);
	});

	test("what the browser prints is what a PDF has: as many pages, each as large as the paper", async () => {
		const { page } = await openDialog();
		await choose("Poster");
		await page.locator(".sheet-grid rect").first().waitFor();
		await page.getByLabel("Size of paper").click();
		await page.getByRole("option", { name: "Legal" }).click();
		await choose("Landscape");
		await page.getByLabel("Sheets at most").fill("3");
		await expect.poll(plan).toMatch(/^[23] sheets of Legal/);
		await page.waitForFunction(() => document.querySelector(".export-preview[aria-busy=false]") !== null);
		const saved = countPages(await save());
		// The pages stand in the document for as long as the print dialog is open.
		await page.evaluate(() => {
			window.print = () => {
				const kept = document.querySelector(".print-pages")?.cloneNode(true) as HTMLElement;
				const style = [...document.querySelectorAll("style")].at(-1)?.cloneNode(true) as HTMLElement;
				URL.revokeObjectURL = () => {};
				setTimeout(() => {
					kept.id = "kept";
					document.head.append(style);
					document.body.append(kept);
				});
			};
		});
		await page.getByRole("button", { name: "Print…" }).click();
		await page.locator("#kept").waitFor({ state: "attached" });
		const printed = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString("latin1");
		expect(printed.match(/\/Type \/Page\b(?!s)/g)).toHaveLength(saved ?? 0);
		const boxes = [...printed.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
		expect(boxes).toHaveLength(saved ?? 0);
		for (const [, width, height] of boxes) {
			// Legal, lying: 14 by 8.5 inches.
			expect(Math.abs(Number(width) - 1008)).toBeLessThan(1);
			expect(Math.abs(Number(height) - 612)).toBeLessThan(1);
		}
	});

	test("a figure for one column: a warning says what to hide, LaTeX comes with it, pixels are as many as asked", async () => {
		const { page } = await openDialog();
		await page.getByLabel("Size for").click();
		await page.getByRole("option", { name: /One column/ }).click();
		await page.locator(".export-warning").waitFor();
		expect(await page.locator(".export-warning").textContent()).toMatch(/smallest letters.*points.*wanted/);
		expect(await plan()).toMatch(/^84 × \d+ mm$/);
		expect(countPages(await save())).toBe(1);
		expect(await page.locator(".export-latex pre").textContent()).toMatch(
			/\\begin\{figure\}[\s\S]*width=\\columnwidth/,
		);
		await choose("PNG");
		await page.getByLabel("Pixels across").fill("900");
		const png = await save();
		expect(png.readUInt32BE(16)).toBe(900);
		// What the warning advises is one press away, and then there is none.
		await page.getByRole("button", { name: /^Draw the/ }).click();
		await page.locator(".export-warning").waitFor({ state: "detached" });
		await page.waitForFunction(() => document.querySelector(".export-preview[aria-busy=false]") !== null);
		expect(await findAccessibilityFaults(page)).toEqual([]);
	});

	test("what is selected is copied as a picture, as SVG and as a table", async () => {
		const { page } = await openDialog();
		await page.keyboard.press("Escape");
		await page.locator(".canvas").focus();
		await app.find("mlp_3.166");
		await app.press("Control+Shift+c");
		await page.locator(".toast:has-text('Copied as a picture')").waitFor();
		const types = await page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types: all }) => all));
		expect(types).toContain("image/png");
		const size = await page.evaluate(async () => {
			const [item] = await navigator.clipboard.read();
			const bitmap = await createImageBitmap((await item?.getType("image/png")) as Blob);
			return [bitmap.width, bitmap.height];
		});
		expect(Math.min(...size)).toBeGreaterThan(50);
		await app.press("Control+k");
		await page.keyboard.type("copy as svg");
		await page.keyboard.press("Enter");
		await page.locator(".toast:has-text('Copied as SVG')").waitFor();
		const svg = await page.evaluate(async () => {
			const read = new DOMParser().parseFromString(await navigator.clipboard.readText(), "image/svg+xml");
			return [read.documentElement.nodeName, read.querySelectorAll(".node").length];
		});
		expect(svg).toEqual(["svg", 1]);
		await app.press("Control+a", "Control+k");
		await page.keyboard.type("copy as a table");
		await page.keyboard.press("Enter");
		await page.locator(".toast:has-text('Copied as a table')").waitFor();
		const text = await page.evaluate(() => navigator.clipboard.readText());
		// As a spreadsheet takes it: nodes with a number in each cell that is one, a row without anything, edges.
		const rows = text.split("\n").map((row) => row.split("\t"));
		const gap = rows.findIndex(([cell]) => cell === "");
		const nodes = rows.slice(1, gap);
		expect(nodes.map(([id]) => id)).toContain("mlp_3.166@4");
		for (const cells of nodes) {
			expect(cells).toHaveLength(6);
			for (const cell of cells.slice(3)) expect(Number.isFinite(Number(cell)) && cell !== "").toBe(true);
		}
		const edges = rows.slice(gap + 2);
		expect(edges.length).toBeGreaterThan(10);
		const known = new Set(nodes.map(([id]) => id));
		for (const [from = "", to = "", weight = ""] of edges)
			expect([known.has(from), known.has(to), Number(weight) !== 0]).toEqual([true, true, true]);
	});
});
