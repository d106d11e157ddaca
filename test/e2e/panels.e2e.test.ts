import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { storeLargeCircuit } from "../bench/large-circuit.ts";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** Panels that are sized, closed and found again, and a window of any size. */
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
	const page = await browser.newPage({ viewport: { width, height } });
	const app = new AppDriver(page);
	await app.open(`${served.url}#mine`);
	await page.waitForFunction(() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 60);
	return await app.settle();
}

const panel = (page: Page, name: string) => page.getByRole("complementary", { name, exact: true });
const widthOf = async (page: Page, name: string) => (await panel(page, name).boundingBox())?.width ?? 0;

test("a panel is as wide as it was dragged, also after a restart; keys, double click and Enter do the same", {
	timeout: 90_000,
}, async () => {
	const app = await openCircuit(1280, 800);
	const { page } = app;
	const line = page.getByRole("separator", { name: "Width of the trace panel" });
	const drag = async (by: number) => {
		const { x = 0, y = 0, width = 0 } = (await line.boundingBox()) ?? {};
		await page.mouse.move(x + width / 2, y + 300);
		await page.mouse.down();
		await page.mouse.move(x + width / 2 + by, y + 310, { steps: 5 });
		await page.mouse.up();
	};
	const usual = await widthOf(page, "Trace");
	const canvas = async () => (await page.locator(".canvas").boundingBox())?.width ?? 0;
	const room = await canvas();
	await drag(90);
	expect(await widthOf(page, "Trace")).toBeCloseTo(usual + 90, 0);
	expect(await canvas()).toBeCloseTo(room - 90, 0);
	await expect.poll(() => line.getAttribute("aria-valuenow")).toBe(String(usual + 90));
	await line.focus();
	await app.press("ArrowRight", "ArrowRight", "ArrowLeft");
	expect(await widthOf(page, "Trace")).toBeCloseTo(usual + 106, 0);
	await page.waitForTimeout(300);
	await served.restart();
	await app.open(`${served.url}#mine`);
	await app.settle();
	expect(await widthOf(page, "Trace")).toBeCloseTo(usual + 106, 0);
	await line.dblclick({ position: { x: 4, y: 200 } });
	expect(await widthOf(page, "Trace")).toBe(usual);
	// Dragged almost shut it closes; the line stays at the window's side.
	await drag(-250);
	expect(await panel(page, "Trace").count()).toBe(0);
	expect(await canvas()).toBeCloseTo(room + usual, 0);
	await line.focus();
	await app.press("Enter");
	expect(await widthOf(page, "Trace")).toBe(usual);
	const right = page.getByRole("separator", { name: "Width of the inspector" });
	const before = await widthOf(page, "Inspector");
	await right.focus();
	await app.press("Shift+ArrowLeft");
	expect(await widthOf(page, "Inspector")).toBe(before + 64);
	await page.getByRole("button", { name: "Inspector", exact: true }).click();
	expect(await panel(page, "Inspector").count()).toBe(0);
	await page.getByRole("button", { name: "Inspector", exact: true }).click();
	await right.dblclick({ position: { x: 4, y: 200 } });
	await app.saved();
	expect(app.faults).toEqual([]);
	await page.close();
});

test("the pin tray is as high as it was made, and moves nothing on the canvas", { timeout: 60_000 }, async () => {
	const app = await openCircuit(1280, 800);
	const { page } = app;
	await app.find("resid_2");
	await app.press("p");
	const tray = page.locator("[data-pin-tray]");
	const line = page.getByRole("separator", { name: "Height of the pin tray" });
	await line.waitFor();
	const height = async () => (await tray.boundingBox())?.height ?? 0;
	const [usual, canvas] = [await height(), await page.locator(".canvas").boundingBox()];
	await line.focus();
	await app.press("ArrowUp", "ArrowUp");
	expect(await height()).toBe(usual + 32);
	expect(await page.locator(".canvas").boundingBox()).toEqual(canvas);
	await line.dblclick();
	expect(await height()).toBe(usual);
	await app.press("Control+z");
	await app.saved();
	await page.close();
});

test("Tab and Enter lead past everything to the circuit, and there is one landmark of each", {
	timeout: 60_000,
}, async () => {
	const app = await openCircuit(1280, 800);
	const { page } = app;
	await app.press("Tab");
	expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the circuit");
	await app.press("Enter");
	expect(await page.locator(".canvas").evaluate((canvas) => canvas === document.activeElement)).toBe(true);
	for (const role of ["banner", "main", "contentinfo"] as const) expect(await page.getByRole(role).count()).toBe(1);
	expect(await panel(page, "Trace").count()).toBe(1);
	expect(await panel(page, "Inspector").count()).toBe(1);
	await page.close();
});

/** Buttons and fields that cannot be pressed where they are: out of the window, or under something else. */
async function unreachable(page: Page, within: string): Promise<readonly string[]> {
	return await page.locator(within).evaluateAll((roots) =>
		roots
			.flatMap((root) => [...root.querySelectorAll("button, input, [role=slider]")])
			.filter((one) => {
				const { left, top, width, height } = one.getBoundingClientRect();
				return !one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
			})
			.map((one) => one.getAttribute("aria-label") ?? one.textContent ?? ""),
	);
}

// 640 × 400 is a window of 1280 × 800 at 200%.
for (const [width, height, least] of [
	[900, 600, 0.45],
	[640, 400, 0.7],
	[450, 300, 0.6],
] as const)
	test(`at ${width} × ${height} the canvas has most of the window, and everything can be reached`, {
		timeout: 90_000,
	}, async () => {
		const app = await openCircuit(width, height);
		const { page } = app;
		const box = (await page.locator(".canvas").boundingBox()) ?? { width: 0, height: 0 };
		expect((box.width * box.height) / (width * height)).toBeGreaterThan(least);
		expect(await unreachable(page, ".top, .canvas-tools")).toEqual([]);
		// Each panel comes where it can be used, and goes again.
		const toggle = (name: string) => page.getByRole("button", { name, exact: true }).click();
		const isSmall = width < 720;
		if (isSmall) await toggle("Trace panel");
		else await page.getByRole("radio", { name: "Trace", exact: true }).click();
		expect(await unreachable(page, ".trace-go")).toEqual([]);
		await page.locator(".trace-scroll").evaluate((form) => form.scrollTo(0, form.scrollHeight));
		expect(await unreachable(page, ".trace-go")).toEqual([]);
		await toggle("Inspector");
		await panel(page, "Inspector").waitFor();
		expect(await panel(page, "Trace").count()).toBe(0);
		if (isSmall) {
			// A press on the circuit puts it away.
			await page.mouse.click(20, height - 60);
			expect(await panel(page, "Inspector").count()).toBe(0);
			await toggle("Pin tray");
			expect(await unreachable(page, "[data-pin-tray] .pins-tools button:enabled")).toEqual([]);
			await toggle("Pin tray");
			await page.getByRole("button", { name: "Filter edges and nodes" }).click();
			expect(await unreachable(page, ".popover")).toEqual([]);
			await app.press("Escape");
		}
		await page.getByRole("button", { name: "More", exact: true }).click();
		const offered = await page.getByRole("menuitem").allTextContents();
		expect(offered.join("\n")).toMatch(/Library[\s\S]*Settings/);
		if (isSmall) expect(offered.join("\n")).toMatch(/Compare[\s\S]*Export or print[\s\S]*Browse features/);
		await app.press("Escape");
		expect(app.faults).toEqual([]);
		await page.close();
	});
