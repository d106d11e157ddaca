import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { writeUnfolded } from "../random/write-unfolded.ts";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** How dictionaries are read, and whether that is right, as people meet it. */
let browser: Browser;
let served: Served;
const drivers: AppDriver[] = [];
const folder = mkdtempSync(join(tmpdir(), "scd-e2e-conventions-"));
const factor = 6;
beforeAll(async () => {
	writeUnfolded(join(folder, "unfolded"), factor);
	browser = await openBrowser();
	served = await serveApp();
});
afterAll(async () => {
	await browser.close();
	await served.dispose();
	rmSync(folder, { recursive: true });
});
afterEach(async () => {
	for (const { page } of drivers) await page.context().close();
	expect(drivers.splice(0).flatMap((driver) => driver.faults)).toEqual([]);
});

describe("how dictionaries are read", { retry: 1 }, () => {
	test("a factor that is missing: warned of in the Library and in the circuit, measured, given, and the trace is another", async () => {
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
		const app = new AppDriver(await context.newPage());
		drivers.push(app);
		const { page } = await app.open(served.url);
		await page.getByRole("button", { name: "Library" }).first().click();
		const library = page.getByRole("dialog", { name: "Library" });
		await library.getByLabel("Folder", { exact: true }).fill(folder);
		await library.getByRole("button", { name: "Add folder" }).click();
		const card = library.locator(".library-folder", { hasText: folder });
		await card.locator(".check-badge").waitFor();
		expect(await card.locator(".check-badge").innerText()).toMatch(/factor is not known.*“Norm factor”/);
		await card.getByRole("button", { name: "Use" }).click();
		await page.keyboard.press("Escape");

		await app.prompt("Copyright (C)");
		await app.trace();
		await page.getByText(/Expects activations scaled to an average norm/).waitFor();
		// Measured behind everything else, once.
		await page.getByText(/Fits better with “Norm factor: [\d.]+” \(explained variance/).waitFor();
		await page.getByRole("button", { name: "Loaded right?" }).click();
		const table = page.locator("table.checks");
		await table.waitFor();
		expect(await table.locator("tr").allInnerTexts()).toEqual(
			expect.arrayContaining([
				expect.stringMatching(/with Norm factor: /),
				expect.stringMatching(/with Begin with <.endoftext.>: No/),
			]),
		);
		expect(await findAccessibilityFaults(page)).toEqual([]);

		await page.getByRole("button", { name: "Dictionaries are read as trained" }).click();
		// What changes nothing for these is not asked for, and no factor is not the factor 0.
		expect(await page.getByLabel("Value biases of heads").count()).toBe(0);
		expect(await page.getByLabel("Norm factor").inputValue()).toBe("");
		await page.getByLabel("Norm factor").fill("0");
		await page.getByText("A number above 0 to 1000000, or nothing; as trained is used.").waitFor();
		await page.getByLabel("Norm factor").fill(String(factor));
		await page.getByRole("button", { name: "Dictionaries are read as set here" }).waitFor();
		await app.trace();
		await page.getByText(new RegExp(`Read with activations times ${factor} \\(“Norm factor”\\)`)).waitFor();
	});
});
