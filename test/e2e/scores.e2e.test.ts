import { readFileSync } from "node:fs";
import type { Browser, Download } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** Scores of the open circuit in its panel, in Chromium against the loopback host. */
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

/** The table as it stands, by row. */
async function readScores(): Promise<Readonly<Record<string, readonly number[]>>> {
	const rows = await app.page.locator(".score-table tbody tr").allInnerTexts();
	return Object.fromEntries(
		rows.map((row) => {
			const [, name = "", ...scores] = /^(\D+?)\s+([<>]?[\d.]+)\s+([<>]?[\d.]+)/.exec(row) ?? [];
			return [name, scores.map((score) => Number(score.replace(/[<>]/, "")))];
		}),
	);
}

test("the panel has both scores of the circuit, of what is shown and of what is selected", { retry: 1 }, async () => {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	app = new AppDriver(await context.newPage());
	await app.open(served.url);
	await app.trace();
	const { "Whole circuit": whole, "What is shown": shown } = await readScores();
	for (const score of [...(whole ?? []), ...(shown ?? [])]) {
		expect(score).toBeGreaterThanOrEqual(0);
		expect(score).toBeLessThanOrEqual(1);
	}
	expect(whole?.[1]).toBeGreaterThan(0.5);
	await app.find("resid_2.231");
	await app.press("h");
	await app.press("Escape");
	await app.settle();
	const hidden = await readScores();
	expect(hidden["Whole circuit"]).toEqual(whole);
	// A feature that is not shown counts as an error.
	expect(hidden["What is shown"]?.[1]).toBeLessThan(shown?.[1] ?? 0);
	await app.press("Control+a");
	await app.settle();
	const selected = await readScores();
	expect(selected["What is selected"]).toEqual(hidden["What is shown"]);
	await app.press("Escape");
});

test("the known circuit gives its verdict in the panel", { retry: 1 }, async () => {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	app = new AppDriver(await context.newPage());
	await app.open(served.url);
	await app.page.getByRole("button", { name: "A circuit that is known" }).click();
	const verdict = app.page.getByRole("region", { name: "Known circuit" });
	await verdict.waitFor();
	expect(await verdict.innerText()).toMatch(/By gradient: 6 of 6 features found, no other above 1%/);
});

test("one button gives the report, as a page and a PDF", { retry: 1 }, async () => {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
	app = new AppDriver(await context.newPage());
	await app.open(served.url);
	await app.trace();
	const saved: Download[] = [];
	app.page.on("download", (download) => saved.push(download));
	await app.page.getByRole("button", { name: "Report", exact: true }).click();
	await expect.poll(() => saved.length, { timeout: 30_000 }).toBe(2);
	expect(saved.map((download) => download.suggestedFilename())).toEqual(["copyright-c.html", "copyright-c.pdf"]);
	const path = (await saved[0]?.path()) as string;
	expect(readFileSync(path, "utf8")).toContain("<h2>How much of it is explained</h2>");
	await app.press("Control+k");
	await app.page.keyboard.type("report as markdown");
	await app.page.keyboard.press("Enter");
	await expect.poll(() => saved.length, { timeout: 30_000 }).toBe(4);
	expect(saved.slice(2).map((download) => download.suggestedFilename())).toEqual([
		"copyright-c.md",
		"copyright-c.figure.svg",
	]);
});
