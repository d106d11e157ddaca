import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import type { AppDriver } from "./app-driver.ts";
import { serveForTests } from "./served-app.ts";

const host = serveForTests();
let app: AppDriver;

async function openApp(): Promise<Page> {
	app = await host.open();
	return app.page;
}

const prompt = (page: Page) => page.getByLabel("Prompt", { exact: true });
const other = (page: Page) => page.getByLabel("Other prompt, of as many tokens");
const others = (page: Page) => page.getByLabel("Other prompts, one a line");

test("a pair, further prompts and layers are there when the page is loaded again, and after a restart", async () => {
	const page = await openApp();
	await app.prompt("Copyright (C) and");
	await page.getByRole("switch", { name: /Prompt pair/ }).click();
	await other(page).fill("Copyright (D) and");
	await page.getByRole("switch", { name: /Several prompts/ }).click();
	await others(page).fill("abda\nabea");
	await page.getByRole("slider", { name: "First layer" }).press("ArrowRight");
	const layers = await page.getByRole("slider", { name: "First layer" }).getAttribute("aria-valuenow");
	// At once: what was typed last is not lost either.
	await page.reload();
	await page.waitForSelector(".app:not([aria-busy])");
	const left = async () => [
		await prompt(page).inputValue(),
		await other(page).inputValue(),
		await others(page).inputValue(),
		await page.getByRole("slider", { name: "First layer" }).getAttribute("aria-valuenow"),
	];
	const expected = ["Copyright (C) and", "Copyright (D) and", "abda\nabea", layers];
	expect(await left()).toEqual(expected);
	await host.served.restart();
	await app.open(host.served.url);
	expect(await left()).toEqual(expected);
});

test("what was stored and cannot be read is as usual, and the rest of it stays", async () => {
	const page = await openApp();
	const usual = await prompt(page).inputValue();
	await host.served.kill();
	const store = new Store(host.served.database);
	store.settings.save("workspace", {
		trace: { prompt: 3, patchPrompt: "abcd", layers: "all", method: "guess", upNodes: -4, morePrompts: {} },
		panels: { trace: "open" },
	});
	store.dispose();
	await host.served.restart();
	await app.open(host.served.url);
	expect(await prompt(page).inputValue()).toBe(usual);
	expect(await other(page).inputValue()).toBe("abcd");
	expect(await others(page).count()).toBe(0);
	await page.waitForSelector(".forecast dd:has-text('MB'), .field-error");
});
