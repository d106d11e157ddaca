import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** axe finds nothing: on every screen and in every dialog, in both themes, in a small, a usual and a large window. */
let browser: Browser;
let served: Served;
beforeAll(async () => {
	served = await serveApp();
	browser = await openBrowser();
	const page = await browser.newPage();
	const app = await new AppDriver(page).open(served.url);
	await app.trace();
	await app.find("mlp_3");
	await app.press("p");
	await app.saved();
	await page.close();
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await served?.dispose();
});

/** Each by the beginning of its command; all but the last group open a dialog. */
const dialogs = [
	...["Open circuit", "Rename circuit", "Branch circuit", "Delete circuit", "Export or print", "Export for other"],
	...["Library", "Settings", "Shortcuts", "About", "Steer", "Validate", "Browse features", "Labels from Neuronpedia"],
	...["Clusters", "Train a dictionary", "Compare dictionaries", "Settings from central", "Ablate or scale"],
];
const screens = ["History", "Story", "Table or canvas", "Columns by token"];

async function command(page: Page, title: string): Promise<void> {
	await page.locator(".canvas, .middle").first().focus();
	await page.keyboard.press("Control+k");
	await page.locator("[cmdk-input]").fill(title);
	await page.keyboard.press("Enter");
	await page.waitForTimeout(150);
}

for (const [width, height] of [
	[900, 600],
	[1280, 800],
	[2560, 1440],
] as const)
	for (const colorScheme of ["light", "dark"] as const)
		test(`at ${width} × ${height}, ${colorScheme}`, { timeout: 300_000 }, async () => {
			const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
			const app = await new AppDriver(page).open(served.url);
			const faults: unknown[] = [];
			const check = async (screen: string) => {
				const found = await findAccessibilityFaults(page);
				if (found.length > 0) faults.push([screen, found]);
			};
			await app.find("mlp_3");
			await check("a node");
			for (const method of ["Ablation", "Jacobian", "Gradient"]) {
				if (width < 1100) await page.getByRole("radio", { name: "Trace", exact: true }).click();
				await page.getByRole("radio", { name: method }).click();
				await check(method);
			}
			for (const title of dialogs) {
				await command(page, title);
				await page.locator("[role=dialog]").waitFor();
				await check(title);
				await app.press("Escape");
				await page.locator("[role=dialog]").waitFor({ state: "detached" });
			}
			await app.press("Control+k");
			await check("all commands");
			await app.press("Escape");
			for (const title of screens) {
				await command(page, title);
				await check(title);
				await command(page, title);
			}
			await app.press("Shift+N");
			await page.locator(".start").waitFor();
			await check("start");
			// The next window begins with the circuit again.
			await page.locator(".start-circuits button").first().click();
			await page.locator(".canvas").waitFor();
			await app.saved();
			expect(faults).toEqual([]);
			expect(app.faults).toEqual([]);
			await page.close();
		});
