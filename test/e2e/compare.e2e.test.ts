import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** Two circuits as one on the canvas, in Chromium against the loopback host. */
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

/** Traces "Copyright (C)" and another circuit, which is left open. */
async function openTwo(change: () => Promise<unknown>): Promise<AppDriver> {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	app = new AppDriver(await context.newPage());
	await app.open(served.url);
	await app.trace();
	await app.page.getByRole("button", { name: "New trace" }).click();
	await change();
	await app.trace();
	return await app.saved();
}

function circuitOf(name: string) {
	const store = new Store(served.database, { readonly: true });
	const { nodes, edges } = store.circuits.load(name);
	store.dispose();
	return {
		nodes: new Set(nodes.map(({ id }) => id)),
		edges,
		attributions: new Map(nodes.map((node) => [node.id, node])),
	};
}

/** A figure as it is written, with a minus of its own. */
const read = (text = "") => Number(text.replace("−", "-"));

const names = () => {
	const store = new Store(served.database, { readonly: true });
	const found = store.circuits.list().map(({ name }) => name);
	store.dispose();
	return found;
};

describe("comparing on the canvas", { retry: 1 }, () => {
	test("the union of two circuits, in colour and form by who has what; the open circuit stays as it is", async () => {
		const { page } = await openTwo(() => app.page.getByLabel("Nodes a site").fill("4"));
		await app.find("mlp_3.166");
		await app.press("p");
		await app.saved();
		const drawn = await app.drawn();
		const camera = await page.locator(".canvas-tools .mono").first().textContent();
		const [open = "", other = ""] = names();
		const [left, right] = [circuitOf(open), circuitOf(other)];
		const only = (one: ReadonlySet<string>, two: ReadonlySet<string>) => [...one].filter((id) => !two.has(id)).length;
		const counts = [
			only(left.nodes, right.nodes),
			left.nodes.size - only(left.nodes, right.nodes),
			only(right.nodes, left.nodes),
		];

		await page.getByRole("button", { name: "Compare", exact: true }).click();
		await page.waitForSelector(".compare-bar");
		await app.settle();
		const told = await page.locator("[data-side-count]").allTextContents();
		expect(told.map((text) => Number.parseInt(text, 10))).toEqual(counts);
		expect(counts.every((count) => count > 0)).toBe(true);
		expect(await page.locator(".compare-how").textContent()).toMatch(
			/^The prompt is the same: a feature is matched at its position/,
		);
		// What is drawn is drawn in the colours of the legend.
		const seen = await page.locator(".canvas").evaluate((canvas: HTMLCanvasElement) => {
			const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
			const colours = new Set<string>();
			for (let i = 0; i < data.length; i += 4) colours.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
			return [...colours];
		});
		for (const colour of ["106,53,201", "163,90,0", "107,112,120"]) expect(seen).toContain(colour);
		// Neither features' nor errors' own colours are left.
		for (const colour of ["122,76,194", "18,135,107"]) expect(seen).not.toContain(colour);

		// Keys that would change the circuit change nothing, and say why.
		const before = circuitOf(open);
		await app.find("mlp_3.");
		await app.press("h", "p", "Delete");
		expect(await app.toast()).toMatch(/Two circuits are being compared, and nothing is changed/);
		await page.getByRole("button", { name: "Close", exact: true }).first().click();
		await app.settle();
		expect(await page.locator(".compare-bar").count()).toBe(0);
		expect(circuitOf(open)).toEqual(before);
		expect(await app.drawn()).toEqual(drawn);
		expect(await page.locator(".canvas-tools .mono").first().textContent()).toBe(camera);
		expect(await app.pins()).toEqual(["mlp_3.166"]);
	});

	test("figures of both stand side by side, and only what differs is left when that is asked", async () => {
		const { page } = await openTwo(() => app.prompt("Copyright (D)"));
		const [open = "", other = ""] = names();
		const [left, right] = [circuitOf(open), circuitOf(other)];
		await page.getByRole("button", { name: "Compare", exact: true }).click();
		await page.waitForSelector(".compare-bar");
		await app.settle();
		// One that both have, by its form in the legend.
		const id = [...left.nodes].find((one) => right.nodes.has(one) && /^(mlp|attn)_3/.test(one)) ?? "";
		await app.find(id.split("@")[0] ?? "");
		const cells = await page.locator(".compare-figures tbody tr").first().locator("td").allTextContents();
		const effects = [left, right].map((one) => -(one.attributions.get(id)?.attribution ?? Number.NaN));
		for (const [i, effect] of effects.entries()) expect(read(cells[i])).toBeCloseTo(effect, 3);
		expect(read(cells[2])).toBeCloseTo((effects[1] ?? 0) - (effects[0] ?? 0), 3);

		await page.locator(".canvas").focus();
		await app.press("Control+t");
		await page.getByRole("radio", { name: "Edges" }).click();
		const head = await page.locator(".table-head button").allTextContents();
		expect(head.map((text) => text.replace(/ [↑↓]$/, "").trim())).toEqual([
			"From",
			"To",
			`${open}, weight`,
			`${other}, weight`,
			"Difference",
			"In",
		]);
		await page.getByRole("button", { name: `${open}, weight` }).click();
		const first = await page.locator('[role="row"][aria-rowindex="2"] [role="cell"]').allTextContents();
		const strongest = Math.max(...left.edges.map(({ weight }) => Math.abs(weight)));
		expect(Math.abs(read(first[2])) / strongest).toBeCloseTo(1, 2);
		await page.locator(".canvas-tools").getByRole("button", { name: "As a table" }).click();

		const whole = await app.drawn();
		await page.getByRole("switch", { name: "Only what differs" }).click();
		await app.settle();
		const differing = await app.drawn();
		expect(differing[0]).toBeLessThan(whole[0]);
		const slider = page.getByRole("slider", { name: "Smallest difference shown" });
		await slider.focus();
		await page.keyboard.press("End");
		await app.settle();
		// Of the largest difference alone little is left.
		expect((await app.drawn())[0]).toBeLessThanOrEqual(3);
		await slider.press("Home");

		await page.getByRole("button", { name: "Swap left and right" }).click();
		await app.settle();
		await app.find(id.split("@")[0] ?? "");
		const swapped = await page.locator(".compare-figures tbody tr").first().locator("td").allTextContents();
		expect(swapped.slice(0, 2)).toEqual(cells.slice(0, 2).reverse());
		await page.getByRole("radio", { name: "By feature" }).click();
		await app.settle();
		await app.find(id.split("@")[0] ?? "");
		expect(await app.inspected()).toBe(id.split("@")[0]);
		for (const theme of ["light", "dark"]) {
			expect([theme, await findAccessibilityFaults(page)]).toEqual([theme, []]);
			await page.locator(".canvas").focus();
			await app.press("Control+Shift+d");
		}
	});
});
