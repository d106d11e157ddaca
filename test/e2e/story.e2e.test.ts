import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { EdgeExplanation } from "../../main/shared/edge-explanation.ts";
import type { CircuitFile } from "../../main/shared/exchange/circuit-file.ts";
import type { StrongestPaths } from "../../main/shared/paths.ts";
import { runScd } from "../cli/run-scd.ts";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** Reading a circuit: edges that explain themselves, paths through a node, and the story that is told of them. */
const folder = mkdtempSync(join(tmpdir(), "scd-story-"));
let browser: Browser;
let served: Served;
let app: AppDriver;
let page: Page;
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => {
	await browser.close();
	rmSync(folder, { recursive: true });
});
beforeEach(async () => {
	served = await serveApp();
	app = new AppDriver(await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage());
	page = app.page;
	await app.open(served.url);
	await app.prompt("Copyright (C)");
	await app.trace();
});
afterEach(async () => {
	await page.context().close();
	await served.dispose();
	expect(app.faults).toEqual([]);
});

async function ask<T>(...words: readonly string[]): Promise<T> {
	const { code, out } = await runScd([...words, "--db", served.database, "--json"]);
	expect(code).toBe(0);
	return JSON.parse(out) as T;
}

const number = (text: string | null) => Number((text ?? "").replace("−", "-").replace("%", ""));
const rounded = (value: number) => Number(value.toPrecision(3));

test("an edge says how it gets there, what share it is, and what taking its source out really does", {
	timeout: 90_000,
}, async () => {
	await app.find("attn_3.196@4");
	await page.locator("section", { hasText: "Edges in" }).locator("td[data-number] .link").first().click();
	const sentence = await page.locator("[data-sentence]").textContent();
	expect(sentence).toMatch(/^Through attention of layer 3, from “·\(” at 3 to “C” at 4, .+ \(resid_2\.231\) reaches /);
	expect(sentence).toMatch(/: ablating it along this edge raises “\)” by 0\.0222 nats\.$/);

	const [source, target] = ["resid_2.231@3", "attn_3.196@4"];
	const { edges, nodes } = await ask<Pick<CircuitFile, "edges" | "nodes">>("export", "copyright-c", "--format", "json");
	const sum = (some: typeof edges) => some.reduce((total, { weight }) => total + Math.abs(weight), 0);
	const { weight = 0 } = edges.find((edge) => edge.source === source && edge.target === target) ?? {};
	const figure = async (name: string) =>
		number(await page.locator(".numbers > div", { hasText: name }).locator("dd").textContent());
	expect(await figure("source’s output")).toBeCloseTo(
		(100 * Math.abs(weight)) / sum(edges.filter((edge) => edge.source === source)),
		1,
	);
	// What the trace cut off counts as input.
	const { features = 0, errors = 0, tokens = 0 } = nodes.find(({ id }) => id === target)?.inflow ?? {};
	expect(await figure("end’s input")).toBeCloseTo((100 * Math.abs(weight)) / (features + errors + tokens), 1);

	await page.getByRole("button", { name: "Measure it" }).click();
	const found = await ask<EdgeExplanation>("circuits", "edge", "copyright-c", source, target, "--measure");
	const row = (name: string) => page.locator(".predicted tr", { hasText: name }).locator("td");
	await page.waitForSelector(".predicted");
	const { measured } = found as Required<EdgeExplanation>;
	expect(
		(await row("attn_3.196, this edge alone").allTextContents()).map((text) => number(text.split(" → ")[1] ?? "")),
	).toEqual([measured.before + measured.predicted, measured.held].map(rounded));
	// With cross-entropy ablating an edge moves the target by minus its weight.
	expect((await row("“)”, this edge alone").allTextContents()).map(number)).toEqual(
		[-found.weight, -measured.weight].map(rounded),
	);
	const [strongest] = found.heads.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	expect(await page.locator(".heads li").first().textContent()).toContain(
		`layer ${strongest?.layer}, head ${strongest?.head}`,
	);
});

test("edges that are seen as one are told of one by one", { timeout: 90_000 }, async () => {
	await app.press("o");
	await app.find("resid_2.231");
	await page.locator("section", { hasText: "Edges in" }).locator("td[data-number] .link").first().click();
	const sentence = page.locator("[data-sentence]");
	const positions = page.locator("section", { hasText: "Positions" }).locator("li button");
	expect(await positions.count()).toBeGreaterThan(1);
	expect(await sentence.textContent()).toMatch(
		new RegExp(`^The strongest of ${await positions.count()}: Straight along`),
	);
	const [first, second] = [await positions.nth(0).textContent(), await positions.nth(1).textContent()];
	await positions.nth(1).click();
	expect(await sentence.textContent()).toMatch(/^One of \d: /);
	await page.getByRole("button", { name: "Measure it" }).click();
	await page.waitForSelector(".predicted");
	// Each is measured by itself.
	await positions.nth(0).click();
	expect(await page.locator(".predicted").count()).toBe(0);
	expect(first).not.toBe(second);
});

test("a node lists its strongest paths with their shares, and shows them on the canvas", {
	timeout: 90_000,
}, async () => {
	await app.find("resid_2.231@4");
	const found = await ask<{ readonly to_target: StrongestPaths; readonly from_tokens: StrongestPaths }>(
		...["circuits", "paths", "copyright-c", "resid_2.231@4"],
	);
	for (const [title, { paths, carried }] of [
		["Paths to the target", found.to_target],
		["Paths from the tokens", found.from_tokens],
	] as const) {
		const section = page.locator("section", { has: page.getByRole("heading", { name: title }) });
		expect(await section.locator("p").textContent()).toContain(`The 10 strongest carry ${(100 * carried).toFixed(1)}%`);
		const first = section.locator(".paths li").first();
		expect(await first.textContent()).toContain(`${(100 * (paths[0]?.share ?? 0)).toFixed(1)}%`);
		await first.hover();
		expect(await page.locator(".canvas").getAttribute("data-path")).toBe(paths[0]?.nodes.join(" "));
		await page.getByRole("heading", { name: "Feature", exact: true }).hover();
		expect(await page.locator(".canvas").getAttribute("data-path")).toBeNull();
		// Pressed, it stays and comes into view, until it is pressed again.
		const zoom = async () => await page.locator(".zoom-value").textContent();
		const before = await zoom();
		await first.getByRole("button").first().click();
		await page.getByRole("heading", { name: "Feature", exact: true }).hover();
		await app.settle();
		expect(await page.locator(".canvas").getAttribute("data-path")).toBe(paths[0]?.nodes.join(" "));
		// One that is longer than the window is seen whole.
		if (found.from_tokens.paths === paths) expect(await zoom()).not.toBe(before);
		await first.getByRole("button").first().click();
		await page.getByRole("heading", { name: "Feature", exact: true }).hover();
		expect(await page.locator(".canvas").getAttribute("data-path")).toBeNull();
		await app.find("resid_2.231@4");
	}
});

test("a story begins with the strongest paths, is told in one’s own words, and goes where the circuit goes", {
	timeout: 120_000,
}, async () => {
	await app.press("Control+5");
	await page.getByRole("button", { name: "Begin with the strongest paths" }).click();
	const words = page.getByLabel(/What step \d says/);
	await words.nth(3).waitFor();
	expect(await words.count()).toBe(4);
	expect(await words.first().inputValue()).toMatch(/^“.+” at \d (excites|inhibits) .+ (raises|lowers) “\)”\.$/);
	const shown = () => page.locator(".canvas").getAttribute("data-path");
	const first = await shown();
	expect(await page.locator(".story-share").textContent()).toMatch(
		/^Together they carry \d+\.\d% of what leads from the tokens to “\)”\.$/,
	);
	await app.press("ArrowRight");
	expect(await page.locator(".story [aria-live]").textContent()).toBe("2 of 4");
	expect(await shown()).not.toBe(first);
	await app.press("ArrowLeft");
	expect(await shown()).toBe(first);

	await words.first().fill("It counts brackets.");
	await words.first().blur();
	await app.saved();
	await page.getByLabel("Later").click();
	await app.saved();
	expect(await words.nth(1).inputValue()).toBe("It counts brackets.");
	// Another window follows, and takes it back for both.
	const other = new AppDriver(await page.context().newPage());
	await other.open(`${served.url}#copyright-c`);
	await other.page.waitForSelector(".story-steps li");
	expect(await other.page.getByLabel("What step 2 says").inputValue()).toBe("It counts brackets.");
	await other.press("Control+z");
	await page.waitForFunction(
		() => document.querySelector<HTMLTextAreaElement>(".story textarea")?.value === "It counts brackets.",
	);

	const file = join(folder, "told.json");
	await ask("export", "copyright-c", "-o", file);
	const told = (JSON.parse(readFileSync(file, "utf8")) as CircuitFile).document.story.toSorted(
		(a, b) => a.order - b.order,
	);
	expect(told.map(({ text }) => text)[0]).toBe("It counts brackets.");
	expect(told[0]?.path.join(" ")).toBe(first);
	await ask("import", file, "--circuit", "again");
	const again = new AppDriver(await page.context().newPage());
	await again.open(`${served.url}#again`);
	await again.page.waitForSelector(".story-steps li");
	expect(await again.page.getByLabel("What step 1 says").inputValue()).toBe("It counts brackets.");
	expect([...other.faults, ...again.faults]).toEqual([]);
});

test("axe finds nothing in a measured edge, a node’s paths and a story, in both themes at three sizes", {
	timeout: 180_000,
}, async () => {
	const faults: unknown[] = [];
	const check = async (screen: string) => {
		for (const theme of ["light", "dark"]) {
			for (const [width, height] of [
				[900, 600],
				[1280, 800],
				[2560, 1440],
			] as const) {
				await page.setViewportSize({ width, height });
				await page.waitForTimeout(100);
				const found = await findAccessibilityFaults(page);
				if (found.length > 0) faults.push([screen, theme, width, found]);
			}
			await page.setViewportSize({ width: 1440, height: 900 });
			await app.press("Control+Shift+d");
		}
	};
	await app.find("attn_3.196@4");
	await check("paths");
	await page.locator("section", { hasText: "Edges in" }).locator("td[data-number] .link").first().click();
	await page.getByRole("button", { name: "Measure it" }).click();
	await page.waitForSelector(".predicted");
	await check("edge");
	await app.press("Control+5");
	await page.getByRole("button", { name: "Begin with the strongest paths" }).click();
	await page.waitForSelector(".story-steps li");
	await check("story");
	expect(faults).toEqual([]);
});
