import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type HubServer, startHub } from "../hub/hub-server.ts";
import { publishStarter } from "../hub/published-files.ts";
import { temporaryFolder } from "../model/temporary-folder.ts";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** The way of somebody who has just installed the program: from the start screen to a circuit of GPT-2. */
let browser: Browser;
let served: Served;
let hub: HubServer;
beforeAll(async () => {
	browser = await openBrowser();
});
afterAll(async () => await browser.close());
afterEach(async () => {
	vi.unstubAllEnvs();
	await served.dispose();
	await hub.dispose();
});

describe("first use", { retry: 1 }, () => {
	test("GPT-2 is fetched from the start screen, stopped, resumed, there after a restart, and a known prompt is traced on it", async () => {
		hub = await startHub({
			...publishStarter(),
			"datasets/NeelNanda/pile-10k": { "data/text.parquet": "of no matter here" },
		});
		vi.stubEnv("HF_HOME", temporaryFolder());
		vi.stubEnv("HF_ENDPOINT", hub.url);
		served = await serveApp();
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
		const app = await new AppDriver(await context.newPage()).open(served.url);
		const { page } = app;
		const card = page.locator(".start-gpt2");
		await card.getByText("It needs the model, 548 MB").waitFor();

		// The hub is in trouble: said in its place, and tried again.
		hub.faults = {
			answer({ file }, response) {
				if (!file?.endsWith("sae_weights.safetensors")) return false;
				response.writeHead(403, { "x-error-code": "GatedRepo" }).end();
				return true;
			},
		};
		await page.locator("[data-fetch-gpt2]").click();
		await card.getByRole("alert").waitFor();
		expect(await card.getByRole("alert").textContent()).toMatch(/only to people who have access.*HF_TOKEN/);
		expect(await findAccessibilityFaults(page)).toEqual([]);
		// Some of it has come: that is no reason to say that it is here, nor that what is being fetched is broken.
		expect(await card.locator("[data-sample]").count()).toBe(0);
		await app.press("Control+l");
		await page.getByRole("radio", { name: "Catalogue" }).click();
		const row = page.locator('[data-model="gpt2"]');
		await row.getByText("did not come, see above").waitFor();
		expect(await row.textContent()).not.toContain("Here in part");
		const early = page.locator('[data-set="gpt2-small-res-jb"]');
		await early.locator(".shelf-row").click();
		expect(await early.textContent()).toMatch(/Named res-jb on the command line/);
		expect(await early.textContent()).toContain("resid_5 = blocks.6.hook_resid_pre, 6-res-jb on Neuronpedia");
		await early.getByRole("button", { name: "9", exact: true }).hover();
		await page.getByRole("tooltip", { name: /resid_9 = blocks\.10\.hook_resid_pre, 10-res-jb/ }).waitFor();
		await app.press("Escape", "Escape");
		// Progress that nobody measures any more is not shown as if it were.
		await served.kill();
		await card.getByText(/connection lost/i).waitFor();
		expect(await card.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
		await served.restart();
		await app.open(served.url);
		hub.faults = {};
		await card.getByRole("button", { name: "Try again" }).click();
		await card.locator('[data-sample="Copyright"]').waitFor();
		expect(await findAccessibilityFaults(page)).toEqual([]);

		await card.locator('[data-sample="Copyright"]').click();
		await page.waitForSelector('.job[data-state="done"]');
		await app.settle();
		expect((await app.drawn())[0]).toBeGreaterThan(10);
		await page.getByRole("combobox", { name: "Model", exact: true }).getByText("GPT-2 small").waitFor();
		expect(await page.locator(".set input:checked").count()).toBe(3);

		await page.getByRole("button", { name: "Library", exact: true }).first().click();
		await page.getByRole("radio", { name: "Catalogue" }).click();
		await page.locator('[data-model="gpt2"] >> text=here').waitFor();
		const slice = page.locator('[data-set="oai-v5-32k"]');
		expect(await slice.textContent()).toContain("2 of 12 here");
		await slice.locator(".shelf-row").click();
		await slice.getByRole("button", { name: "8", exact: true }).click();
		expect(await slice.locator(".shelf-go").textContent()).toMatch(/Needs 605 MB/);
		expect(await findAccessibilityFaults(page)).toEqual([]);
		// This hub holds layers 9 and 10 only.
		await slice.getByRole("button", { name: "Download" }).click();
		await page.locator(".downloads .field-error").waitFor();
		expect(await page.locator(".downloads .field-error").textContent()).toMatch(
			/no longer holds the dictionary v5_32k_layer_8/,
		);
		await page.locator(".downloads").getByRole("button", { name: "Cancel" }).click();
		await page.locator('[data-download="failed"]').waitFor({ state: "detached" });

		const text = page.locator('[data-text="pile-10k"]');
		await text.getByRole("button", { name: "Download" }).click();
		await text.getByText("here, and read").waitFor();
		expect(await findAccessibilityFaults(page)).toEqual([]);
		expect(app.faults).toEqual([]);
		await context.close();
	});
});
