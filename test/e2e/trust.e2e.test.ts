import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** What is on the screen is what is there: nothing goes unannounced, nothing is mixed. */
let browser: Browser;
let served: Served;
let app: AppDriver;
let page: Page;
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => await browser.close());
beforeEach(async () => {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	app = new AppDriver(await context.newPage());
	page = app.page;
	await app.open(served.url);
});
afterEach(async () => {
	await page.context().close();
	await served.dispose();
	expect(app.faults).toEqual([]);
});

const slider = () => page.getByRole("slider", { name: "Smallest edge shown" });
const level = async () => Number(await slider().getAttribute("aria-valuenow"));
const prompt = () => page.getByLabel("Prompt", { exact: true });
const canTrace = async () => await page.locator("[data-trace]").isEnabled();

test("undo takes back the slider, then the fold, then the edit; taking back the trace says so and offers it again", {
	timeout: 90_000,
}, async () => {
	await app.trace();
	const counts = await app.counts();
	const first = await level();
	await slider().press("End");
	expect(await level()).toBe(1);
	await app.press("Control+z");
	expect([await level(), await app.counts()]).toEqual([first, counts]);
	await app.press("Control+Shift+z");
	expect(await level()).toBe(1);
	await app.press("Control+z");

	await app.find("mlp_3.166");
	await app.press("p");
	await app.saved();
	await app.press("o");
	await app.settle();
	const folded = await app.drawn();
	await app.press("Control+z");
	await app.settle();
	expect((await app.drawn())[0]).toBeGreaterThan(folded[0]);
	expect(await app.pins()).toEqual(["mlp_3.166"]);
	await app.press("Control+z");
	await page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 0);
	expect(await app.counts()).toBe(counts);

	await app.press("Control+z");
	await page.waitForSelector(
		".toast-message:has-text('Undone: Trace by gradients: cross-entropy, 6 nodes a site, 6 edges a node. 116 nodes and 547 edges are no longer in the circuit.')",
	);
	expect(await app.counts()).toMatch(/^0 nodes/);
	await page.getByRole("button", { name: "Redo", exact: true }).last().click();
	await page.waitForFunction((text) => document.querySelector("[data-counts]")?.textContent === text, counts);
	// What had been taken back before it comes back behind it.
	await app.press("Control+Shift+z");
	await page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 1);
	await app.press("Control+Shift+z");
	await app.settle();
	expect((await app.drawn())[0]).toBe(folded[0]);
});

test("the panel shows the open circuit; what is typed afterwards is marked, taken back, and never mixed into it", {
	timeout: 120_000,
}, async () => {
	await app.prompt("Copyright (C) and");
	await page.getByRole("spinbutton", { name: "Edges a node" }).fill("4");
	await app.trace();
	const counts = await app.counts();
	await app.press("Shift+n");
	await app.prompt("Call me Ishmael");
	await app.trace();
	expect(await page.locator(".circuit-name").textContent()).toContain("call-me-ishmael");
	await app.press("Control+o");
	await page.locator(".dialog").getByText("copyright-c-and", { exact: true }).first().click();
	await page.waitForSelector(".circuit-name:has-text('copyright-c-and')");
	expect(await prompt().inputValue()).toBe("Copyright (C) and");
	expect(await page.getByRole("spinbutton", { name: "Edges a node" }).inputValue()).toBe("4");
	expect(await page.locator("[data-changes]").count()).toBe(0);

	await app.prompt("Copyright (C) or");
	await page.waitForSelector("[data-changes]:has-text('Changed since this circuit was traced: prompt.')");
	await page.getByRole("radio", { name: "Extend this one" }).click();
	await page.waitForSelector("[data-mixed]:has-text('traced with another prompt')");
	expect(await canTrace()).toBe(false);
	await prompt().press("Control+Enter");
	expect(await app.counts()).toBe(counts);
	await page.getByRole("button", { name: "Into a new circuit" }).click();
	await page.waitForFunction(() => document.querySelector<HTMLButtonElement>("[data-trace]")?.disabled === false);
	await page.reload();
	await page.waitForSelector("[data-changes]");
	expect(await prompt().inputValue()).toBe("Copyright (C) or");
	await page.getByRole("button", { name: "As traced" }).click();
	expect(await prompt().inputValue()).toBe("Copyright (C) and");
	expect(await page.locator("[data-changes]").count()).toBe(0);
});

test("a trace that cannot run leaves the open circuit open, and says why once", { timeout: 90_000 }, async () => {
	await app.trace();
	const counts = await app.counts();
	await app.prompt("word ".repeat(200));
	await page.waitForSelector(".field-error:has-text('reads at most 128')");
	await page.waitForFunction(() => document.querySelector<HTMLButtonElement>("[data-trace]")?.disabled === true);
	const said = await page.locator(".trace-panel .field-error").allTextContents();
	expect(new Set(said.map((text) => text.match(/(\d+) tokens/)?.[1])).size).toBe(1);
	await prompt().press("Control+Enter");
	expect(await app.counts()).toBe(counts);

	// What only the engine finds out makes no circuit, and what was open comes back.
	await app.prompt("nothing passes");
	await page.getByRole("radio", { name: "Size" }).click();
	await page.getByRole("spinbutton", { name: /Smallest .attribution/ }).fill("1000");
	await page.waitForFunction(() => document.querySelector<HTMLButtonElement>("[data-trace]")?.disabled === false);
	await page.locator("[data-trace]").click();
	await page.waitForSelector('.job[data-state="failed"]');
	await page.waitForFunction((text) => document.querySelector("[data-counts]")?.textContent === text, counts);
	expect(await prompt().inputValue()).toBe("nothing passes");
	expect(await page.locator(".toast-message").allTextContents()).toEqual([]);
});

test("one sign: inspector, edges and tables say alike what raises the target, and what was computed stands beside it", {
	timeout: 90_000,
}, async () => {
	await app.trace();
	await app.find("mlp_3.166");
	const fact = async (name: string) =>
		(await page.locator(`.numbers div:has(dt:text-is("${name}")) dd`).first().textContent()) ?? "";
	const number = (text: string) => Number(text.replace("−", "-"));
	const shown = await fact("Effect on the target");
	const [effect, computed] = [number(shown), number(await fact("As computed"))];
	// The metric is a loss.
	expect(effect).toBeCloseTo(-computed, 12);
	expect(effect).not.toBe(0);
	const sentence = (await page.locator(".muted:has-text('nats')").first().textContent()) ?? "";
	expect(sentence).toMatch(
		effect > 0 ? /^Raises “\)” by [\d.]+ nats, to first order\.$/ : /^Lowers “\)” by [\d.]+ nats, to first order\.$/,
	);

	const edges = await page
		.locator(".edges td[data-number] button")
		.evaluateAll((buttons) =>
			buttons.map((one) => [one.textContent ?? "", String(one.className), one.getAttribute("title") ?? ""] as const),
		);
	expect(edges.length).toBeGreaterThan(3);
	for (const [text, tone, title] of edges) {
		const raises = number(text) > 0;
		expect(text).toMatch(/^[+−]/);
		expect([tone.includes("raises"), title.startsWith("raises “)”")]).toEqual([raises, raises]);
	}
	await page.locator(".edges td[data-number] button").first().click();
	expect(number(await fact("Direct effect on the target"))).toBe(number(edges[0]?.[0] ?? ""));
	expect(number(await fact("As computed"))).toBe(number(edges[0]?.[0] ?? ""));

	await app.press("Shift+t");
	const row = page.locator(".table-scroller [role=row]:has([role=cell])").nth(2);
	await row.waitFor();
	const cells = await row.locator("[role=cell]").allTextContents();
	await row.click();
	expect(cells.slice(-2)).toEqual([await fact("Effect on the target"), await fact("As computed")]);
});
