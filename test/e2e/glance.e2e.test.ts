import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** What nodes mean, seen at a glance, in Chromium against the loopback host. */
let browser: Browser;
let served: Served;
let app: AppDriver;
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => await browser.close());
beforeEach(async () => {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	app = new AppDriver(await context.newPage());
	await app.open(served.url);
	await app.trace();
});
afterEach(async () => {
	await app.page.context().close();
	await served.dispose();
	expect(app.faults).toEqual([]);
});

/** Where a node stands that was just found: in the middle of what the lanes' names leave free. */
async function pointAtFound(): Promise<void> {
	const box = await app.page.locator(".canvas").boundingBox();
	if (!box) throw new Error("There is no canvas.");
	await app.page.mouse.move(box.x + (box.width + 78) / 2, box.y + (box.height - 40) / 2);
}

describe("at a glance", { retry: 1 }, () => {
	test("a feature that nobody named has a phrase: in the search, under the pointer, and a person's word takes its place", async () => {
		const { page } = app;
		const card = page.getByRole("tooltip").filter({ has: page.locator(".hover-name") });
		await page.locator("[data-search]").fill("fires on rec");
		await page.locator(".search-results").getByText("resid_1.402").first().waitFor();
		await app.find("mlp_3.166");
		expect(await card.count()).toBe(0);
		await pointAtFound();
		// Six contexts in which it is strongest on " c", as the facts that ship with the model say.
		await card.getByText("fires on c", { exact: true }).waitFor();
		expect(await card.textContent()).toMatch(
			/mlp_3\.166 · @\d+ .*(Raises|Lowers) “\)” by [\d.]+ nats, with an activation of [\d.]+ here\./,
		);
		expect(await card.locator(".context").count()).toBe(3);
		expect(await card.getByRole("group", { name: "Tokens it raises" }).textContent()).toContain("land");
		expect(await card.getByRole("group", { name: "Tokens it lowers" }).locator(".effect").count()).toBeGreaterThan(0);
		// It is gone with the first movement of the picture.
		await page.mouse.wheel(0, -120);
		await card.waitFor({ state: "detached" });

		await page.getByLabel("Label", { exact: true }).fill("the letter c");
		await page.keyboard.press("Enter");
		await app.saved();
		await app.find("mlp_3.166");
		await page.mouse.move(5, 5);
		await pointAtFound();
		await card.locator('[data-name="human"]').getByText("the letter c").waitFor();
	});

	test("columns by token stand in the order of the prompt, and the table calls nodes as the canvas does", async () => {
		const drawn = await app.drawn();
		await app.press("t");
		await app.settle();
		expect(await app.drawn()).toEqual(drawn);
		const store = new Store(served.database, { readonly: true });
		const [circuit] = store.circuits.list();
		const places = store.circuits.load(circuit?.name ?? "").places.filter(({ id }) => id.endsWith("|tokens"));
		store.dispose();
		const positionOf = (id: string) => Number(/@(\d+)/.exec(id)?.[1] ?? 0);
		expect(places.length).toBe(drawn[0]);
		const sorted = places.filter(({ id }) => id.includes("@")).sort((a, b) => a.x - b.x);
		expect(sorted.map(({ id }) => positionOf(id))).toEqual(
			sorted.map(({ id }) => positionOf(id)).sort((a, b) => a - b),
		);

		await app.press("Shift+T");
		const table = app.page.getByRole("table", { name: "Nodes" });
		await table.waitFor();
		expect(await table.getByRole("columnheader").allTextContents()).toContainEqual(expect.stringMatching(/^Name/));
		expect(await table.textContent()).toContain("fires on");
	});
});
