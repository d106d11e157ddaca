import { describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import type { AppDriver } from "./app-driver.ts";
import { serveForTests } from "./served-app.ts";

/** Nodes that mean one thing together, in Chromium against the loopback host. */
const host = serveForTests();
let app: AppDriver;

async function openApp(): Promise<AppDriver> {
	app = await host.open();
	return await app.trace();
}

function groups() {
	const store = new Store(host.served.database, { readonly: true });
	const [circuit] = store.circuits.list();
	const found = circuit ? store.circuits.load(circuit.name).groups : [];
	store.dispose();
	return found;
}

describe("supernodes", { retry: 1 }, () => {
	test("one keystroke makes one, named by what its members share; the name is written over where it stands", async () => {
		const { page } = await openApp();
		await app.find("mlp_3.166");
		await app.press("]", "g");
		const name = page.locator(".supernode-name");
		// The feature and its site’s error stand where the prompt has "C"; the logit is the target and stays out.
		expect(await name.inputValue()).toBe("at “C”");
		await name.press("Escape");
		await app.saved();
		expect(groups().map((group) => [group.name, [...group.members].sort()])).toEqual([
			["at “C”", ["mlp_3.166@4", "resid_error_3@4"]],
		]);

		await app.press("F2");
		await name.fill("what comes first");
		await name.press("Enter");
		await app.saved();
		expect(groups().map((group) => group.name)).toEqual(["what comes first"]);
		expect(await page.getByLabel("Name of the supernode").inputValue()).toBe("what comes first");
		expect(await page.locator(".canvas").evaluate((canvas) => canvas === document.activeElement)).toBe(true);
		await app.press("Control+z", "Control+z");
		await app.saved();
		expect(groups()).toEqual([]);
	});

	test("the inspector tells what several of its features share, and each of them; one is taken out", async () => {
		const { page } = await openApp();
		await app.find("attn_3.397");
		await app.press("[", "g");
		await page.locator(".supernode-name").press("Enter");
		const shared = page.getByRole("group", { name: "Tokens that several of them raise" });
		const counts = (await shared.locator(".effect").allTextContents()).map((text) => / (\d+)\/(\d+)$/.exec(text));
		expect(counts.length).toBeGreaterThan(0);
		for (const found of counts) expect(Number(found?.[1])).toBeGreaterThan(1);
		const members = page.locator(".member-row");
		const all = await members.count();
		expect(all).toBe(groups()[0]?.members.length);
		await members
			.nth(0)
			.getByRole("button", { name: /^Take .* out$/ })
			.click();
		await page.waitForFunction((before) => document.querySelectorAll(".member-row").length === before - 1, all);
		await app.saved();
		expect(groups()[0]?.members.length).toBe(all - 1);
	});

	test("steering and scaling take it as one: each of its features alike", async () => {
		const { page } = await openApp();
		await app.find("attn_3.397");
		await app.press("[", "g");
		await page.locator(".supernode-name").fill("what comes first");
		await page.keyboard.press("Enter");
		await app.press("s");
		const changes = page.locator(".steer-change");
		expect(await changes.count()).toBe(1);
		const features = new Set(
			(groups()[0]?.members ?? []).filter((id) => /^(attn|mlp|resid)_\d/.test(id)).map((id) => id.split("@")[0]),
		);
		expect(await changes.first().textContent()).toContain(`what comes firstall ${features.size} features`);
		await page.getByLabel("Number for what comes first").fill("0.5");
		await page.getByLabel("Tokens", { exact: true }).fill("2");
		await page.getByRole("button", { name: "Write on" }).click();
		await page.waitForFunction(() => document.querySelectorAll(".bench-result .data-table tbody tr").length === 2);
		await app.press("Escape");

		await page.locator(".canvas").focus();
		await app.press("a");
		await page.waitForSelector('.dialog:has-text("Response to what comes first")');
		// One curve for all of them.
		await page.waitForSelector(".dialog .plot");
		expect(await page.getByRole("switch", { name: "All together" }).getAttribute("aria-checked")).toBe("true");
	});

	test("what features share suggests supernodes; those that are chosen are made in one step", async () => {
		const { page } = await openApp();
		await page.keyboard.press("Control+k");
		await page.keyboard.type("Suggest supernodes");
		await page.keyboard.press("Enter");
		const rows = page.locator(".suggested li");
		await rows.first().waitFor();
		// What is known of features comes in parts.
		const read = () => rows.locator("strong").allTextContents();
		let names = await read();
		for (let before: readonly string[] = []; String(before) !== String(names); names = await read()) {
			before = names;
			await page.waitForTimeout(500);
		}
		expect(names.length).toBeGreaterThan(1);
		// Those of which all share more than one thing are chosen; here all but the first are.
		for (const [i, row] of (await rows.all()).entries()) await row.getByRole("checkbox").setChecked(i > 0);
		await page.getByRole("button", { name: /^Make / }).click();
		await app.saved();
		expect(
			groups()
				.map(({ name }) => name)
				.sort(),
		).toEqual(names.slice(1).sort());
		const members = groups().flatMap((group) => group.members);
		expect(new Set(members).size).toBe(members.length);
		await page.locator(".canvas").focus();
		await app.press("Control+z");
		await app.saved();
		expect(groups()).toEqual([]);
	});
});
