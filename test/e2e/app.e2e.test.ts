import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { AppDriver } from "./app-driver.ts";
import { findFreePort, openBrowser, type Served, serveApp } from "./browser.ts";

/** The app as a person has it, in Chromium against the loopback host. Numbers are those that `scd trace` gives. */
let browser: Browser;
let served: Served;
const drivers: AppDriver[] = [];
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => await browser.close());
afterEach(async () => {
	for (const { page } of drivers) await page.context().close();
	const faults = drivers.splice(0).flatMap((driver) => driver.faults);
	await served.dispose();
	expect(faults).toEqual([]);
});

async function openApp(): Promise<AppDriver> {
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	const driver = new AppDriver(await context.newPage());
	drivers.push(driver);
	return await driver.open(served.url);
}

// Once more where a busy machine kept the browser waiting; a fault shows both times.
describe("the app", { retry: 1 }, () => {
	test("first minute: three clicks at most to a circuit; edit, pin, restart, still there, undo", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await page.waitForSelector(".forecast dd:has-text('MB')");
		await app.trace();
		expect(await app.counts()).toBe("116 nodes · 547 edges · 1 run");
		const drawn = await app.drawn();
		// As many of the strongest edges as keep it readable; what is not shown is counted.
		expect(drawn).toEqual([94, 183]);
		expect(await page.locator("[data-hidden]").first().textContent()).toBe("364 edges and 22 nodes hidden");

		await app.find("mlp_3.166");
		expect(await app.inspected()).toBe("mlp_3.166@4");
		const label = page.getByLabel("Label", { exact: true });
		await label.fill("capture and catch");
		await label.press("Enter");
		await page.locator(".canvas").focus();
		await app.press("p");
		expect(await app.pins()).toEqual(["mlp_3.166"]);
		await app.press("h");
		expect(await app.counts()).toBe("116 nodes · 547 edges · 1 run");
		await page.waitForSelector("[data-left]:has-text('1 hidden by you')");
		await app.press("Control+z");
		await page.waitForSelector("[data-left]", { state: "detached" });
		await app.find("attn_3");
		const selected = await app.inspected();
		await app.saved();
		await page.waitForTimeout(600);

		await served.restart();
		await app.open(served.url);
		await app.settle();
		expect(await app.counts()).toBe("116 nodes · 547 edges · 1 run");
		expect(await app.drawn()).toEqual(drawn);
		expect(await app.inspected()).toBe(selected);
		expect(await app.pins()).toEqual(["mlp_3.166"]);
		await app.find("capture");
		expect(await app.inspected()).toBe("mlp_3.166@4");
		await app.press("Control+z");
		await page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 0);
		await app.press("Control+z", "Control+z");
		await page.waitForFunction(() => document.querySelector("[data-counts]")?.textContent?.startsWith("0 nodes"));
		await app.press("Control+Shift+z", "Control+Shift+z", "Control+Shift+z");
		await page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 1);
		expect(await app.counts()).toMatch(/^116 nodes · 547 edges/);
	});

	test("extends by tracing upstream from a node; the history goes back, branches and compares", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await app.trace();
		await app.find("mlp_3.166");
		await app.press("u");
		await page.waitForFunction(() => document.querySelectorAll('.job[data-state="done"]').length === 2);
		await app.settle();
		expect(await app.counts()).toBe("126 nodes · 557 edges · 2 runs");
		await app.press("Control+h");
		await page.locator(".step").nth(1).click();
		await page.waitForSelector(".preview-bar");
		expect(await app.counts()).toMatch(/^116 nodes · 547 edges/);
		await page.getByRole("button", { name: "Branch" }).click();
		await page.getByLabel("Name", { exact: true }).fill("as it was");
		await page.getByRole("button", { name: "Branch", exact: true }).last().click();
		await page.waitForSelector(".circuit-name:has-text('as it was')");
		expect(await app.counts()).toBe("116 nodes · 547 edges · 1 run");
		await page.getByRole("button", { name: "Compare" }).click();
		await page.waitForSelector(".compare-bar");
		await app.settle();
		const told = await page.locator("[data-side-count]").allTextContents();
		expect(told).toEqual(["0 nodes", "116 nodes", "10 nodes"]);
		await page.getByRole("button", { name: "Close", exact: true }).click();
	});

	test("moves by mouse and keys, groups into a supernode and expands it, writes notes, folds", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await app.trace();
		const [nodes] = await app.drawn();
		await app.find("mlp_3.166");
		const box = await page.locator(".canvas").boundingBox();
		if (!box) throw new Error("There is no canvas.");
		const [x, y] = [box.x + box.width / 2 + 39, box.y + box.height / 2];
		await page.mouse.move(x, y);
		await page.mouse.down();
		await page.mouse.move(x + 60, y + 30, { steps: 4 });
		await page.mouse.up();
		await app.saved();
		expect(lastStep(served.database)).toMatch(/^Move node/);
		await app.press("Shift+ArrowRight");
		await app.saved();
		// Dragged onto the tray, a node is pinned and stays where it was.
		const tray = await page.locator("[data-pin-tray]").boundingBox();
		await app.find("mlp_3.166");
		await page.mouse.move(x, y);
		await page.mouse.down();
		await page.mouse.move(x, (tray?.y ?? 0) + 20, { steps: 5 });
		await page.mouse.up();
		await page.waitForSelector('[data-pin="mlp_3.166"]');
		await app.press("f");
		await app.settle();

		await page.locator(".canvas").focus();
		await app.find("attn_3.397");
		await app.press("]", "g");
		await page.locator(".supernode-name").fill("the end");
		await page.keyboard.press("Enter");
		await app.settle();
		expect((await app.drawn())[0]).toBeLessThan(nodes);
		expect(await page.locator(".inspector .heading").first().textContent()).toBe("Supernode");
		await app.press("Control+z", "Control+z");
		await app.settle();
		expect((await app.drawn())[0]).toBe(nodes);

		await page.locator(".canvas").focus();
		await app.press("n");
		await page.getByLabel("Note", { exact: true }).fill("why here?");
		await page.locator(".canvas").focus();
		await app.saved();
		expect(lastStep(served.database)).toBe("Write note");
		await app.press("o");
		await app.settle();
		expect((await app.drawn())[0]).toBeLessThan(nodes);
		await app.press("o", "t");
		await app.settle();
		expect((await app.drawn())[0]).toBe(nodes);
	});

	test("exports what is seen as SVG and PNG", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await app.trace();
		const [nodes, edges] = await app.drawn();
		await app.press("Control+e");
		await page.getByRole("radio", { name: "SVG" }).click();
		const [svg] = await Promise.all([
			page.waitForEvent("download"),
			page.getByRole("button", { name: "Save", exact: true }).click(),
		]);
		const text = readFileSync((await svg.path()) ?? "", "utf8");
		expect(text.match(/role="listitem"/g)).toHaveLength(nodes);
		expect(text.match(/<title>Edge /g)).toHaveLength(edges);
		expect(text).toContain("scd:circuit");
		await page.keyboard.press("Escape");
		const [png] = await Promise.all([page.waitForEvent("download"), app.press("Control+Shift+e")]);
		const bytes = readFileSync((await png.path()) ?? "");
		expect(bytes.subarray(1, 4).toString()).toBe("PNG");
		expect(bytes.readUInt32BE(16)).toBeGreaterThan(1500);
	});

	test("two windows on one circuit: what each changes, both have, and nothing is lost", async () => {
		served = await serveApp();
		const one = await openApp();
		await one.trace();
		const two = await openApp();
		await two.page.waitForSelector(".canvas");
		await two.settle();
		await one.find("mlp_3.166");
		await two.find("attn_3.397");
		await Promise.all([one.press("p"), two.press("p")]);
		for (const app of [one, two]) {
			await app.page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 2);
			expect([...(await app.pins())].sort()).toEqual(["attn_3.397", "mlp_3.166"]);
		}
		await one.press("Control+z");
		await two.page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 1);
	});

	test("the engine dies in a trace: a message, what it had found stays, and it is resumed to the same circuit", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await page.getByText("More", { exact: true }).click();
		await page.getByLabel("Integrated gradients, steps").fill("40");
		await page.locator("[data-trace]").click();
		await page.waitForFunction(
			() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 12,
			undefined,
			{ timeout: 30_000 },
		);
		served.killEngine();
		await page.waitForSelector('.job[data-state="failed"]');
		expect(await page.locator(".job .field-error").textContent()).toMatch(
			/engine stopped unexpectedly.*what was finished is kept and will be reused/,
		);
		await app.settle();
		expect((await app.drawn())[0]).toBeGreaterThan(12);
		await page.getByRole("button", { name: "Resume" }).click();
		await page.waitForSelector('.job[data-state="done"]', { timeout: 60_000 });
		await app.settle();
		const resumed = await app.counts();
		await page.getByRole("button", { name: "New trace" }).click();
		await app.trace();
		expect(resumed.split(" · ").slice(0, 2)).toEqual((await app.counts()).split(" · ").slice(0, 2));
	});

	test("the connection drops: it is said, edits wait, and all of them are kept when it is back", async () => {
		served = await serveApp(undefined, ["--port", String(await findFreePort())]);
		const app = await openApp();
		const { page } = app;
		await app.trace();
		await app.find("mlp_3.166");
		await app.saved();
		await served.kill();
		await page.waitForSelector(".status:has-text('Connection lost')");
		await app.press("p");
		expect(await app.pins()).toEqual(["mlp_3.166"]);
		await served.restart();
		await page.waitForSelector(".status:has-text('Engine ready')", { timeout: 20_000 });
		await app.saved();
		await page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 1);
		expect(lastStep(served.database)).toBe("Pin feature");
	});

	test("the program is killed in a trace: the next start offers to resume it; what a terminal traces shows too", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await page.getByText("More", { exact: true }).click();
		await page.getByLabel("Integrated gradients, steps").fill("40");
		await page.locator("[data-trace]").click();
		await page.waitForFunction(
			() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 12,
			undefined,
			{ timeout: 30_000 },
		);
		await served.kill();
		await served.restart();
		await app.open(served.url);
		expect(await app.toast()).toMatch(/“Copyright \(C\)” was cut off when the program ended/);
		await page.getByRole("button", { name: "Resume" }).click();
		await page.waitForSelector('.job[data-state="done"]', { timeout: 60_000 });
		await app.settle();
		expect((await app.drawn())[0]).toBeGreaterThan(40);
		await app.open(served.url);
		expect(await page.locator(".toast").count()).toBe(0);
		const before = await app.counts();
		const { code, err } = await runScd([
			"trace",
			"--circuit",
			"copyright-c",
			"--prompt",
			"Copyright (C)",
			"--down-nodes",
			"12",
			"--db",
			served.database,
		]);
		expect([code, err]).toEqual([0, ""]);
		await page.waitForFunction((counts) => document.querySelector("[data-counts]")?.textContent !== counts, before);
		expect(await app.counts()).toMatch(/ · 2 runs$/);
	});

	test("wrong input leaves what was there: a folder that is no model, a prompt too long, a taken name, pins that are none", async () => {
		served = await serveApp();
		const app = await openApp();
		const { page } = app;
		await app.press("Control+l");
		await page.getByLabel("Folder", { exact: true }).fill("/proc/self/fdinfo");
		await page.getByRole("button", { name: "Add folder" }).click();
		await page.waitForSelector(".dialog [role=alert]:has-text('holds neither a model')");
		expect(await page.getByLabel("Folder", { exact: true }).inputValue()).toBe("/proc/self/fdinfo");
		await app.press("Escape");
		await app.prompt("word ".repeat(200));
		await page.waitForSelector(".field-error:has-text('reads at most 128')");
		await app.prompt("Copyright (C)");
		await app.trace();
		await app.press("Control+b");
		await page.getByLabel("Name", { exact: true }).fill("copyright-c");
		await page.keyboard.press("Enter");
		await page.waitForSelector(".dialog [role=alert]:has-text('There is a circuit \"copyright-c\" already')");
		await app.press("Escape");
		await page.getByRole("button", { name: "Paste from YAML" }).click();
		await page.getByLabel("YAML", { exact: true }).fill("VALIDATION_DIMS_PINNED:\n  x: [1]");
		await page.getByRole("button", { name: "Put on the tray" }).click();
		await page.waitForSelector(".dialog [role=alert]:has-text('is no layer')");
		await page.getByLabel("YAML", { exact: true }).fill("VALIDATION_DIMS_PINNED:\n  2: [13, 7]\n  3: [mlp_3.166]");
		await page.getByRole("button", { name: "Put on the tray" }).click();
		await page.waitForFunction(() => document.querySelectorAll("[data-pin]").length === 3);
		expect(await app.pins()).toEqual(["resid_2.13", "resid_2.7", "mlp_3.166"]);
	});
});

function lastStep(database: string): string | undefined {
	const store = new Store(database, { readonly: true });
	const [circuit] = store.circuits.list();
	const label = circuit && store.circuits.history(circuit.name).at(-1)?.label;
	store.dispose();
	return label;
}
