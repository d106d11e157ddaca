import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** What the app says, as somebody new to it reads it. */
let browser: Browser;
let served: Served;
beforeAll(async () => {
	served = await serveApp();
	browser = await openBrowser();
});
afterAll(async () => {
	await browser?.close();
	await served?.dispose();
});

test("a character in several tokens is that character, in the prompt, on nodes and in the table", {
	timeout: 90_000,
}, async () => {
	const page = await browser.newPage();
	const app = await new AppDriver(page).open(served.url);
	await app.prompt("Zażółć 😀 is");
	const strip = page.locator(".trace-panel .tokens");
	await expect.poll(() => strip.textContent()).toContain("😀₁");
	expect(await strip.textContent()).not.toContain("\\x");
	expect(((await strip.textContent()) ?? "").split("😀")).toHaveLength(2);
	await app.trace();
	await app.press("Shift+T");
	await expect.poll(() => page.getByRole("main").textContent()).toContain("😀₂");
	await page.close();
});

test("a run that was taken back is no run, and says nothing of itself", { timeout: 90_000 }, async () => {
	const page = await browser.newPage();
	const app = await new AppDriver(page).open(served.url);
	await page.getByRole("button", { name: "New trace" }).click();
	await app.prompt("Copyright (C)");
	await app.trace();
	expect(await app.counts()).toMatch(/116 nodes · 547 edges · 1 run$/);
	expect(await page.getByRole("heading", { name: "Last run" }).count()).toBe(1);
	await page.locator(".canvas").focus();
	await app.press("Control+z");
	await expect.poll(() => app.counts()).toBe("0 nodes · 0 edges · 0 runs");
	await expect.poll(() => page.getByRole("heading", { name: "Last run" }).count()).toBe(0);
	await app.press("Control+Shift+z");
	await expect.poll(() => app.counts()).toMatch(/1 run$/);
	expect(app.faults).toEqual([]);
	await page.close();
});

test("what is typed finds its command; settings say in words why a card is not used", { timeout: 60_000 }, async () => {
	const page = await browser.newPage();
	const app = await new AppDriver(page).open(served.url);
	await app.press("Control+k");
	await page.locator("[cmdk-input]").fill("settings");
	await app.press("Enter");
	const dialog = page.getByRole("dialog", { name: "Settings" });
	await dialog.waitFor();
	await dialog.locator(".providers li", { hasText: "It can compute on the processor." }).waitFor();
	const refusals = await dialog.locator(".providers li", { hasText: "It cannot compute on" }).allTextContents();
	for (const refusal of refusals)
		expect(refusal).toMatch(/^It cannot compute on the card \(\w+\)\. [A-Z][^_]+\.(What it says|$)/);
	await page.close();
});
