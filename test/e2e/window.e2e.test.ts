import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Place } from "../../main/shared/document.ts";
import { storeLargeCircuit } from "../bench/large-circuit.ts";
import { runScd } from "../cli/run-scd.ts";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** What is seen and can be pressed, whatever the window's size. */
let browser: Browser;
let served: Served;
beforeAll(async () => {
	served = await serveApp((database) => storeLargeCircuit(database, "mine", 160, 900));
	browser = await openBrowser();
});
afterAll(async () => {
	await browser?.close();
	await served?.dispose();
});

async function openCircuit(width: number, height: number): Promise<AppDriver> {
	const page = await browser.newPage({ viewport: { width, height }, acceptDownloads: true });
	const app = new AppDriver(page);
	await app.open(`${served.url}#mine`);
	await page.waitForFunction(() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 60);
	return await app.settle();
}

test("a small window: one panel beside the circuit, which has half of it, and nothing over another", {
	timeout: 60_000,
}, async () => {
	const app = await openCircuit(900, 600);
	const { page } = app;
	const share = async () => {
		const { width = 0, height = 0 } = (await page.locator(".canvas").boundingBox()) ?? {};
		return (width * height) / (900 * 600);
	};
	const panel = (name: string) => page.getByRole("complementary", { name, exact: true });
	const isInFrontOfAll = () =>
		page.locator("[data-pin-tray] button, .canvas-tools button").evaluateAll((buttons) =>
			buttons.every((button) => {
				const { left, top, width, height } = button.getBoundingClientRect();
				return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
			}),
		);
	expect(await share()).toBeGreaterThan(0.45);
	expect(await page.locator(".minimap").isVisible()).toBe(true);
	expect(await isInFrontOfAll()).toBe(true);
	expect([await panel("Trace").count(), await panel("Inspector").count()]).toEqual([1, 0]);
	// What is selected is inspected, and the canvas stands still meanwhile.
	const before = await page.locator(".canvas").boundingBox();
	await app.find("resid_2");
	expect([await panel("Trace").count(), await panel("Inspector").count()]).toEqual([0, 1]);
	expect(await page.locator(".canvas").boundingBox()).toEqual(before);
	await page.getByRole("radio", { name: "Trace", exact: true }).click();
	expect(await panel("Trace").count()).toBe(1);
	expect(await findAccessibilityFaults(page)).toEqual([]);
	await app.press("Control+2");
	expect(await panel("Inspector").count()).toBe(1);
	await app.press("Control+2");
	expect([await panel("Trace").count(), await panel("Inspector").count()]).toEqual([1, 0]);
	await app.press("Control+1");
	expect(await share()).toBeGreaterThan(0.65);
	await page.setViewportSize({ width: 1280, height: 800 });
	await app.press("Control+1", "Control+2");
	await expect.poll(() => panel("Trace").count()).toBe(1);
	expect(await panel("Inspector").count()).toBe(1);
	expect(app.faults).toEqual([]);
	await page.close();
});

test("a dialog shows its first row first, and a message never covers its buttons", { timeout: 60_000 }, async () => {
	const app = await openCircuit(900, 460);
	const { page } = app;
	await app.press("Control+e");
	await page.locator(".export-stage image").waitFor();
	const seen = (role: "radio" | "button", name: string) =>
		page.getByRole(role, { name, exact: true }).evaluate((one) => {
			const { left, top, width, height } = one.getBoundingClientRect();
			return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
		});
	expect(await seen("radio", "PDF")).toBe(true);
	await page.setViewportSize({ width: 1440, height: 875 });
	await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save", exact: true }).click()]);
	await page.locator(".toast", { hasText: "Saved" }).waitFor();
	expect(await seen("button", "Save")).toBe(true);
	expect(await seen("button", "Print…")).toBe(true);
	expect(app.faults).toEqual([]);
	await page.close();
});

test("selected nodes alone become a flow; a thread that fails is told, and the next try has a new one", {
	timeout: 90_000,
}, async () => {
	const app = await openCircuit(1280, 800);
	const { page } = app;
	const command = async (title: string) => {
		await app.press("Control+k");
		await page.keyboard.type(title);
		await app.press("Enter");
	};
	const places = async () => {
		await app.saved();
		const file = join(dirname(served.database), "places.json");
		await runScd(["export", "mine", "-o", file, "--db", served.database]);
		const { document } = JSON.parse(readFileSync(file, "utf8")) as { document: { places: readonly Place[] } };
		return new Map(document.places.map(({ id, x, dy }) => [id, `${x} ${dy}`]));
	};
	const before = await places();
	const { x = 0, y = 0, width = 0, height = 0 } = (await page.locator(".canvas").boundingBox()) ?? {};
	await page.keyboard.down("Shift");
	await page.mouse.move(x + 100, y + 4);
	await page.mouse.down();
	for (const [right, bottom] of [
		[width - 4, 4],
		[width - 4, 0.8 * height],
		[100, 0.8 * height],
	] as const)
		await page.mouse.move(x + right, y + bottom, { steps: 4 });
	await page.mouse.up();
	await page.keyboard.up("Shift");
	const selected = Number(/(\d+) nodes selected/.exec((await page.locator(".canvas-frame").textContent()) ?? "")?.[1]);
	expect(selected).toBeGreaterThan(5);
	expect(selected).toBeLessThan(before.size - 5);

	await page.route(/dagre-flow/, (route) => route.abort());
	await command("Arrange the selected as a flow");
	const answer = page.locator(".toast", { hasText: "The circuit could not be arranged, and everything stays" });
	await answer.waitFor();
	await answer.getByRole("button", { name: "Close the message" }).click();
	expect(await places()).toEqual(before);

	await page.unroute(/dagre-flow/);
	await command("Arrange the selected as a flow");
	const moved = async () => [...(await places())].filter(([id, place]) => before.get(id) !== place).length;
	await expect.poll(moved, { timeout: 30_000 }).toBeGreaterThan(selected / 2);
	expect(await moved()).toBeLessThanOrEqual(selected);
	expect((await places()).size).toBe(before.size);
	await page.locator(".canvas").focus();
	await app.press("Control+z");
	await expect.poll(places, { timeout: 30_000 }).toEqual(before);
	await page.close();
});
