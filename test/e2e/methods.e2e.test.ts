import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { reference } from "../../main/app/locations.ts";
import { describeCircuit } from "../../main/reference/ground-truth.ts";
import { runScd } from "../cli/run-scd.ts";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** Every method through the door that people take, with the numbers that the command line gives. */
let browser: Browser;
let served: Served;
const drivers: AppDriver[] = [];
const folder = mkdtempSync(join(tmpdir(), "scd-e2e-methods-"));
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => {
	await browser.close();
	rmSync(folder, { recursive: true });
});
afterEach(async () => {
	for (const { page } of drivers) await page.context().close();
	const faults = drivers.splice(0).flatMap((driver) => driver.faults);
	await served.dispose();
	expect(faults).toEqual([]);
});

async function openApp(): Promise<AppDriver> {
	served = await serveApp();
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	const driver = new AppDriver(await context.newPage());
	drivers.push(driver);
	return await driver.open(served.url);
}

/** What the work will take stands in the dialog before it is asked for. */
async function forecastShown(page: Page): Promise<void> {
	const figures = page.getByRole("dialog").locator(".forecast dd");
	await figures.filter({ hasText: /^≈ [\d.]+ (s|min|h)/ }).waitFor();
	await figures.filter({ hasText: /^[\d.]+ [MG]B$/ }).waitFor();
}

describe("the methods", { retry: 1 }, () => {
	test("a known circuit: traced, pinned, validated with the command line's numbers, out of date when the pins change, kept", async () => {
		const app = await openApp();
		const { page } = app;
		await page.locator(".start-known").click();
		await page.waitForSelector('.job[data-state="done"]');
		await app.settle();
		const { features } = describeCircuit("abca");
		for (const feature of features) {
			await app.find(feature);
			await app.press("p");
		}
		expect([...(await app.pins())].sort()).toEqual([...features].sort());
		await app.saved();
		const corpus = join(folder, "induction.txt");
		writeFileSync(corpus, "abcab\n\nabdab\n\nabeab\n");
		await page.getByRole("button", { name: "Validate" }).click();
		const bench = page.locator(".bench");
		// As it comes, it is the traced prompt by its metric.
		await bench.locator(".validated-prompt").filter({ hasText: "abca" }).waitFor();
		await forecastShown(page);
		await page.locator("[data-validate]").click();
		await page.waitForSelector("[data-score=patching]");
		await page.waitForFunction(() => !document.querySelector("[role=progressbar]"));
		const asked = await runScd([
			...["validate", "--db", served.database, "--circuit", "abca", "--json"],
			...["--leave-one-out", "--curve", "6", "--controls", "5", "--subsets", "10", "--patching", "40"],
		]);
		const onPrompt = JSON.parse(asked.out) as Record<string, unknown> & {
			faithfulness: number;
			completeness: number;
			subsets: { mean: number; lowest: { share: number }; highest: { share: number } };
			patching: { spearman: number; kendall: number; pearson: number };
			known: { nodes: { auroc: number } };
		};
		const shownFigures = await page.locator(".bench-result .figures dd").allTextContents();
		const { subsets, patching, known } = onPrompt;
		expect(shownFigures.slice(2)).toEqual(
			[
				...[onPrompt.faithfulness, onPrompt.completeness],
				...[subsets.mean, subsets.lowest.share, subsets.highest.share],
				...[patching.spearman, patching.kendall, patching.pearson, known.nodes.auroc],
			].map((figure) => figure.toFixed(3)),
		);
		expect(await page.locator("[data-verdict]").textContent()).toMatch(
			/alone keeps (9\d|10\d)% .*it does the work, and nothing else does it too/,
		);
		await bench.getByRole("radio", { name: "A text" }).click();
		// What all features do helps one of these texts and harms the other: shares are in the JSON, and not told here.
		const mixed = join(folder, "mixed.txt");
		writeFileSync(mixed, "abcab\n\nabcdefgh\n");
		await bench.getByLabel(/Text: a/).fill(mixed);
		await forecastShown(page);
		await page.locator("[data-validate]").click();
		const verdict = page.locator("[data-verdict]");
		await page.locator(".bench-result").filter({ hasText: "2 sequences of mixed.txt" }).waitFor();
		await page.locator("[data-validate]:enabled").waitFor();
		const main = page.locator(".bench-result > .figures dd");
		await expect.poll(async () => (await main.allTextContents()).slice(2), { timeout: 10_000 }).toEqual(["–", "–"]);
		await verdict.filter({ hasText: "effect is too small to divide by" }).waitFor();
		await bench.getByLabel(/Text: a/).fill(corpus);
		await bench.getByLabel("Sequences").fill("3");
		await bench.getByLabel("Tokens of each").fill("12");
		await forecastShown(page);
		await page.locator("[data-validate]").click();
		await page.waitForFunction(() => document.querySelector(".bench-result")?.textContent?.includes("induction.txt"));
		await page.waitForFunction(() => !document.querySelector("[role=progressbar]"));
		const told = await runScd([
			...["validate", "--db", served.database, "--circuit", "abca", "--corpus", corpus, "--json"],
			...["--sequences", "3", "--max-length", "12", "--leave-one-out", "--curve", "6", "--controls", "5"],
		]);
		const { faithfulness, completeness, base_loss } = JSON.parse(told.out) as Record<string, number>;
		const figures = await main.allTextContents();
		expect(figures.slice(2)).toEqual([faithfulness?.toFixed(3), completeness?.toFixed(3)]);
		expect(figures[0]).toContain(base_loss?.toPrecision(3));
		expect(Number(figures[2])).toBeGreaterThan(0.9);
		expect(await page.locator("[data-worth] .mono").first().textContent()).toMatch(/^(attn|resid)_/);
		await app.press("Escape");
		await page.locator("[data-pin]").first().focus();
		await app.press("Delete");
		await page.waitForSelector(".pins-stale");
		await page.getByRole("button", { name: "Validate" }).click();
		await page.waitForSelector("[data-stale]");
		await app.press("Escape");
		await app.press("Control+z");
		await page.waitForSelector(".pins-stale", { state: "detached" });
		await app.saved();
		await served.restart();
		await app.open(served.url);
		await page.waitForSelector("[title^='Faithfulness of the pinned circuit']");
		await page.getByRole("button", { name: "Validate" }).click();
		await page.waitForSelector("[data-worth]");
		expect((await main.allTextContents()).slice(2)).toEqual(figures.slice(2));
	});

	test("ablation and Jacobian circuits; several prompts with a slider over how many have it", async () => {
		const app = await openApp();
		const { page } = app;
		await page.locator(".start-known").click();
		await page.waitForSelector('.job[data-state="done"]');
		await app.settle();
		await page.getByRole("radio", { name: "Ablation" }).click();
		await page.getByLabel("Share of the first layer's").fill("1");
		await app.trace();
		const told = JSON.parse(
			(
				await runScd([
					...["ablate", "--model", reference.groundTruth.model, "--saes", reference.groundTruth.dictionaries],
					...[
						"--db",
						join(folder, "cli.sqlite"),
						"--prompt",
						"abca",
						"--threshold-exp",
						"-4",
						"--up-nodes",
						"6",
						"--json",
					],
				])
			).out,
		) as { nodes: unknown[]; edges: unknown[] };
		expect(await app.counts()).toBe(`${told.nodes.length} nodes · ${told.edges.length} edges · 1 run`);
		await page.getByRole("radio", { name: "Jacobian" }).click();
		await app.trace();
		expect(await app.counts()).toMatch(/^\d+ nodes · \d+ edges · 1 run$/);
		await page.getByRole("radio", { name: "Gradient" }).click();
		await page.getByRole("switch", { name: /Several prompts/ }).click();
		await page.getByLabel("Other prompts, one a line").fill("abda\nabea\nabfga");
		await page.getByLabel("Keep what this share has").fill("0.25");
		await app.trace();
		await page.waitForSelector("[data-recurrence]");
		const [before] = await app.drawn();
		await page.locator("[data-recurrence] [role=slider]").focus();
		await app.press("End");
		await app.settle();
		const [after] = await app.drawn();
		expect(after).toBeLessThan(before);
		expect(await page.locator("[data-recurrence] .filter-value").textContent()).toBe("4 of 4");
	});

	test("steering writes beside the unsteered text; a response curve watches another feature", async () => {
		const app = await openApp();
		const { page } = app;
		await page.locator(".start-known").click();
		await page.waitForSelector('.job[data-state="done"]');
		await app.settle();
		const [copied, , , , found] = describeCircuit("abca").features as [string, string, string, string, string];
		await app.find(copied);
		await app.press("s");
		await page.getByRole("combobox", { name: /What becomes of/ }).click();
		await page.getByRole("option", { name: "ablate" }).click();
		await page.locator(".bench").getByLabel("Tokens").fill("3");
		await page.locator(".bench").getByLabel("Temperature").fill("0");
		await forecastShown(page);
		await page.locator("[data-start]").click();
		await page.waitForFunction(() => document.querySelectorAll(".bench-result tbody tr").length === 3);
		expect(await page.locator("[data-text=plain]").textContent()).toMatch(/^abcab/);
		expect(await page.locator("[data-text=steered]").textContent()).not.toMatch(/^abcab/);
		await app.press("Escape");
		await app.find(copied);
		await app.press("a");
		await page.getByLabel("Also watch a feature or a token").fill(found);
		await page.getByRole("button", { name: "Watch", exact: true }).click();
		await page.waitForSelector(`.plot-point[aria-label*="at 1: 0.9"]`);
		await page.locator('.plot-point[aria-label*="at 0:"]').click();
		expect(await page.locator(".response-value").textContent()).toMatch(/Ablated.*0\.9\d+ → 0/);
	});

	test("features are browsed, searched and gathered; a dictionary is trained, joins the library and is compared", {
		timeout: 180_000,
	}, async () => {
		const app = await openApp();
		const { page } = app;
		await app.press("Shift+F");
		await page.getByPlaceholder("Search by token, context or label").fill("copyright");
		await page.waitForFunction(() =>
			/^\d{1,3} of 512 features/.test(document.querySelector(".features-foot")?.textContent ?? ""),
		);
		await page.locator(".features-table tbody tr").first().click();
		await page.waitForSelector(".features-detail [data-feature]");
		await page.getByRole("button", { name: "Gather activations over a text" }).click();
		await page.getByLabel("Stop after, in millions of tokens").fill("0.005");
		await forecastShown(page);
		await page.locator("[data-gather]").click();
		await page.waitForFunction(() =>
			/tokens, [\d,]+ activations/.test(document.querySelector(".features-gather")?.textContent ?? ""),
		);
		// The feature that was open all the while is told anew.
		await page.waitForSelector("h2:has-text('Fires together with')");
		await page.getByPlaceholder("Search by token, context or label").fill("");
		await page.waitForFunction(() =>
			/gathered over 4,\d{3} tokens/.test(document.querySelector(".features-foot")?.textContent ?? ""),
		);
		await page.locator(".features-table tbody tr").nth(2).click();
		await page.waitForSelector("h2:has-text('Fires together with')");
		await app.press("Escape");
		const tool = async (name: string) => {
			await page.getByRole("button", { name: "Tools" }).click();
			await page.getByRole("menuitem", { name }).click();
		};
		await tool("Train a dictionary");
		const bench = page.locator(".bench");
		await bench.getByLabel("Features").fill("64");
		await bench.getByLabel("Active at a position (k)").fill("8");
		await bench.getByLabel("Steps").fill("60");
		await bench.getByLabel("Folder that gets it").fill(join(folder, "trained"));
		await forecastShown(page);
		await page.locator("[data-start]").click();
		await page.waitForSelector(".bench-result .data-table", { timeout: 120_000 });
		expect(await page.locator(".plot").count()).toBe(4);
		await app.press("Escape");
		await tool("Compare dictionaries");
		await page.locator(".measure-list label", { hasText: "trained" }).locator("input").check();
		for (const site of ["attn", "mlp", "resid_0", "resid_1", "resid_2"])
			for (const box of await page.locator(".measure-list label", { hasText: site }).locator("input").all())
				await box.uncheck();
		await bench.getByLabel("Sequences").fill("3");
		await forecastShown(page);
		await page.locator("[data-start]").click();
		await page.waitForFunction(() => document.querySelectorAll(".bench-result tbody tr").length === 2);
		// Two at one site are measured one by one, and nothing is said against it.
		expect(await page.locator(".bench .field-error").allTextContents()).toEqual([]);
	});

	test("clusters are traced; the seed's graph and settings are taken over, unknown keys named", async () => {
		const app = await openApp();
		const { page } = app;
		await page.getByRole("button", { name: "Tools" }).click();
		await page.getByRole("menuitem", { name: "Clusters" }).click();
		const bench = page.locator(".bench");
		await bench.getByLabel("Clusters").fill("4");
		await bench.getByLabel("Token positions").fill("200");
		await forecastShown(page);
		await page.locator("[data-start]").click();
		await page.waitForSelector(".cluster");
		expect(await page.locator(".cluster").count()).toBe(4);
		await app.press("Escape");
		await page.getByRole("button", { name: "From YAML" }).click();
		await page
			.locator(".dialog textarea")
			.fill('PROMPT: "Call me Ishmael"\nNUM_UP_NODES: 4\nLEARNING_RATE: 3\nACTS_LAYERS_SLICE: "1:3"');
		await page.getByRole("button", { name: "Take over" }).click();
		expect(await app.toast()).toMatch(/LEARNING_RATE is not used/);
		expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("Call me Ishmael");
		await page.getByRole("button", { name: "From YAML" }).click();
		await page.locator(".dialog textarea").fill("NUM_UP_NODES: many");
		await page.getByRole("button", { name: "Take over" }).click();
		expect(await page.locator(".dialog [role=alert]").textContent()).toMatch(/NUM_UP_NODES is "many"/);
		await app.press("Escape");
		const choosing = page.waitForEvent("filechooser");
		await page.getByRole("button", { name: "Tools" }).click();
		await page.getByRole("menuitem", { name: "Import circuits and graphs" }).click();
		const dot = join(folder, "old.dot");
		writeFileSync(
			dot,
			'digraph { "resid_1.1" -> "resid_2.2" [color="#ff0000ff"]; "mlp_error_1.0" -> "resid_1.1" [color="#0000ff80"]; }',
		);
		await (await choosing).setFiles(dot);
		await page.waitForSelector(".circuit-name:has-text('old')");
		await app.settle();
		expect(await app.counts()).toBe("3 nodes · 2 edges · 1 run");
		await app.find("resid_1.1");
		expect(await page.locator(".inspector").textContent()).toMatch(/imported/i);
	});
});
