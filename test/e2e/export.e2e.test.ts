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
		await choose("Compact");
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
		await app.press("Control+k");
		await page.keyboard.type("copy as a table");
		await page.keyboard.press("Enter");
		await page.locator(".toast:has-text('Copied as a table')").waitFor();
		const text = await page.evaluate(() => navigator.clipboard.readText());
		expect(text.split("\n")[1]?.split("\t")[0]).toBe("mlp_3.166@4");
	});
});
