import { describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import type { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { serveForTests } from "./served-app.ts";

/** The pin tray over the canvas, in Chromium against the loopback host. */
const host = serveForTests();
let app: AppDriver;

async function openApp(): Promise<AppDriver> {
	app = await host.open();
	return await app.trace();
}

/** Where the canvas looks, as it is stored, and how large it is. */
async function lookOf() {
	await app.page.waitForTimeout(600);
	const store = new Store(host.served.database, { readonly: true });
	const [circuit] = store.circuits.list();
	const view = circuit && store.edits.loadView(circuit.name);
	store.dispose();
	const size = await app.page.locator(".canvas").evaluate((canvas) => [canvas.clientWidth, canvas.clientHeight]);
	return { camera: (view as { camera: unknown } | undefined)?.camera, size };
}

async function pin(...queries: readonly string[]) {
	for (const query of queries) {
		await app.find(query);
		await app.press("p");
	}
}

const number = async (selector: string) => Number(await app.page.locator(selector).textContent());

describe("the pin tray", { retry: 1 }, () => {
	test("opens, fills, folds and closes, and the canvas keeps its size and its camera", async () => {
		const { page } = await openApp();
		const before = await lookOf();
		expect(before.camera).toBeTruthy();
		await app.press("Control+3");
		expect(await page.locator("[data-pin-tray]").count()).toBe(0);
		expect(await lookOf()).toEqual(before);
		await app.press("Control+3", "Control+a", "p");
		expect((await app.pins()).length).toBeGreaterThan(30);
		const widths = await page
			.locator(".pin-column")
			.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().width));
		expect(new Set(widths).size).toBe(1);
		expect(await lookOf()).toEqual(before);
		await page.getByRole("button", { name: "Show the head alone" }).click();
		expect(await page.locator(".pin-column").count()).toBe(0);
		expect(await lookOf()).toEqual(before);
		// Filters show less of the same circuit: they move nothing either.
		await page.getByRole("button", { name: "Show what is pinned" }).click();
		await page.locator(".canvas").focus();
		await app.press("r");
		expect(await lookOf()).toEqual(before);
	});

	test("says what is pinned by its meaning, draws the circuit that it makes, and scores it as it grows", async () => {
		const { page } = await openApp();
		await pin("mlp_3.166");
		const chip = page.locator('[data-pin="mlp_3.166"]');
		expect(await chip.locator(".pin-name").textContent()).not.toBe("mlp_3.166");
		expect(await chip.locator(".pin-token").count()).toBeGreaterThan(0);
		const completeness = '[data-score="completeness"] b';
		const alone = await number(completeness);
		const graph = page.locator("[data-pinned-nodes]");
		const nodes = Number(await graph.getAttribute("data-pinned-nodes"));
		await page.locator(".canvas").focus();
		await app.press("Control+a", "p");
		await page.waitForFunction(
			(few) => Number(document.querySelector("[data-pinned-nodes]")?.getAttribute("data-pinned-nodes")) > few,
			nodes,
		);
		const all = await number(completeness);
		expect(all).toBeGreaterThan(alone);
		// All but what the first view hides as too weak: no more than all of the circuit's features.
		const whole = (await page.locator('[data-score="completeness"] .faint').textContent())?.replace("of ", "");
		expect(all).toBeLessThanOrEqual(Number(whole));
		expect(await findAccessibilityFaults(page)).toEqual([]);
	});

	test("a supernode is pinned, tested and taken off as one", async () => {
		const { page } = await openApp();
		await app.find("attn_3.397");
		await app.press("[", "g");
		await page.locator(".supernode-name").fill("what comes first");
		await page.keyboard.press("Enter");
		await app.press("p");
		const unit = page.locator("[data-pin-group]");
		expect(await unit.locator(".pin-name").textContent()).toBe("what comes first");
		expect(await app.pins()).toEqual([]);
		await app.saved();
		const store = new Store(host.served.database, { readonly: true });
		const [circuit] = store.circuits.list();
		const document = store.circuits.load(circuit?.name ?? "");
		store.dispose();
		const members = document.groups[0]?.members.filter((id) => /^(attn|mlp|resid)_\d/.test(id)) ?? [];
		const features = new Set(members.map((id) => id.split("@")[0]));
		expect(new Set(document.pins.map(({ id }) => id))).toEqual(features);
		expect(await unit.locator(".pin-more").textContent()).toContain(`${features.size} features`);
		await app.press("Shift+V");
		await page.waitForSelector(`.dialog :text("${features.size} features on the tray")`);
		await app.press("Escape");
		await unit.focus();
		await app.press("Delete");
		await page.waitForSelector("[data-pin-group]", { state: "detached" });
		expect(await page.locator("[data-pin-tray] .heading").textContent()).toBe("Pinned · 0");
	});
});
