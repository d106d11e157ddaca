import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { type FakeNeuronpedia, publishFeature, startNeuronpedia } from "../hub/fake-neuronpedia.ts";
import { explanation, writeRows } from "../import/pack-files.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeRandomModel } from "../random/write-model.ts";
import { AppDriver } from "./app-driver.ts";
import { findAccessibilityFaults } from "./axe.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** Labels as a person gets them: asked for, imported, refused, offline; contexts that come by themselves. */
const folder = mkdtempSync(join(tmpdir(), "scd-e2e-labels-"));
const [model, dictionaries, prepared] = [join(folder, "model"), join(folder, "saes"), join(folder, "prepared.sqlite")];
let browser: Browser;
let fake: FakeNeuronpedia;
let served: Served | undefined;
let driver: AppDriver | undefined;
/** The strongest feature of the circuit, and another. */
let strongest = "";
let other = "";

beforeAll(async () => {
	browser = await openBrowser();
	fake = await startNeuronpedia();
	writeRandomModel(model, { layers: 1, heads: 2, width: 12, vocabularySize: 257 });
	for (const hook of ["mlp_out", "resid_post"])
		writeRandomDictionary(join(dictionaries, hook), `blocks.0.hook_${hook}`, {
			...{ dIn: 12, dSae: 30, kind: "standard", seed: hook.length },
			fields: { neuronpedia_id: `gpt2-small/0-${hook}` },
		});
	const traced = await runScd([
		"trace",
		"--model",
		model,
		"--saes",
		dictionaries,
		"--prompt",
		"abcdef",
		"--circuit",
		"c",
		"--db",
		prepared,
	]);
	expect(traced.code).toBe(0);
	const store = new Store(prepared);
	const nodes = store.circuits.load("c").nodes.filter(({ kind }) => kind === "feature");
	store.dispose();
	const ids = new Set(
		nodes.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution)).map(({ id }) => id.replace(/@.*/, "")),
	);
	[strongest = "", other = ""] = ids;
});
afterAll(async () => {
	await browser.close();
	await fake.dispose();
	rmSync(folder, { recursive: true });
});
afterEach(async () => {
	await driver?.page.context().close();
	await served?.dispose();
	expect(driver?.faults).toEqual([]);
	fake.features.clear();
	fake.answer = undefined;
	fake.key = undefined;
});

async function open(settings: Readonly<Record<string, unknown>> = {}, url = fake.url): Promise<AppDriver> {
	process.env["NEURONPEDIA_URL"] = url;
	try {
		served = await serveApp((database) => {
			writeFileSync(database, readFileSync(prepared));
			const store = new Store(database);
			for (const [key, value] of Object.entries({ lastCircuit: "c", backgroundContexts: false, ...settings }))
				store.settings.save(key, value);
			store.dispose();
		});
	} finally {
		delete process.env["NEURONPEDIA_URL"];
	}
	const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
	driver = new AppDriver(await context.newPage());
	await driver.open(served.url);
	return await driver.settle();
}

const publish = (id: string, text: string) => {
	const [, site, feature] = /^([a-z]+)_0\.(\d+)$/.exec(id) ?? [];
	publishFeature(fake, site === "mlp" ? "0-mlp_out" : "0-resid_post", Number(feature), text);
};

describe("labels from Neuronpedia", { retry: 1, timeout: 120_000 }, () => {
	test("nothing goes out until it is asked for; then labels stand in inspector, search and table, contexts too, and stay", async () => {
		publish(strongest, "words about the time of day");
		const app = await open();
		const { page } = app;
		const asked = fake.requests.length;
		await app.find(strongest);
		await page.getByText("No label is here yet").waitFor();
		expect(await findAccessibilityFaults(page)).toEqual([]);
		expect(fake.requests).toHaveLength(asked);
		await page.getByRole("button", { name: "Get labels from Neuronpedia" }).click();
		await page.locator(".explanations .published").waitFor();
		await page.getByText(/^Neuronpedia: \d+ features asked for, something is published of 1\.$/).waitFor();
		expect(await page.locator(".explanations li").first().textContent()).toBe("words about the time of daygpt-4o-mini");
		expect(await page.locator(".explanations li").first().getAttribute("title")).toMatch(
			/^gpt2-small\/0-.*, stored \d+ /,
		);
		await page.getByPlaceholder("Add a label of your own").waitFor();
		await page.locator(".contexts .context").first().waitFor();
		expect(await page.locator(".inspector .heading-side", { hasText: "Neuronpedia" }).first().isVisible()).toBe(true);
		await page.locator("[data-search]").fill("time of day");
		await page.locator(".search-results").getByText("words about the time of day").first().waitFor();
		await page.locator("[data-search]").fill("");
		await app.find(other);
		await page.getByText("Nothing is published of it").waitFor();
		// A person's own word goes before it.
		await app.find(strongest);
		const label = page.getByLabel("Label", { exact: true });
		await label.fill("my word");
		await label.press("Enter");
		await app.saved();
		await app.press("Shift+T");
		await page.locator(".table-scroller").getByText("my word").first().waitFor();
		const count = fake.requests.length;
		await page.goto(await (served as Served).restart());
		await page.waitForSelector(".app:not([aria-busy])");
		await app.settle();
		await app.find(strongest);
		await page.locator(".explanations .published").waitFor();
		expect(fake.requests).toHaveLength(count);
		expect(await findAccessibilityFaults(page)).toEqual([]);
	});

	test("with consent what is on the screen is asked for by itself, in a batch, each feature once", async () => {
		publish(strongest, "words about the time of day");
		const app = await open();
		const before = fake.requests.length;
		await app.page.keyboard.press("Control+,");
		const consent = app.page.getByRole("switch", { name: "Ask Neuronpedia for features on the screen" });
		await consent.click();
		expect(await findAccessibilityFaults(app.page)).toEqual([]);
		await app.press("Escape");
		await app.find(strongest);
		await app.page.locator(".explanations .published").waitFor();
		const asked = fake.requests
			.slice(before)
			.flatMap(({ body }) =>
				(body as { layer: string; index: number }[]).map(({ layer, index }) => `${layer} ${index}`),
			);
		expect(new Set(asked).size).toBe(asked.length);
	});

	test("a key is set, refused, told by name of what to do, and forgotten; it is nowhere to be read", async () => {
		fake.key = "sk-np-right";
		publish(strongest, "words");
		const app = await open();
		const { page } = app;
		const setKey = async (key: string) => {
			await page.keyboard.press("Control+,");
			await page.getByLabel("Key for Neuronpedia").fill(key);
			await page.getByRole("button", { name: "Set", exact: true }).click();
			await page.getByText("A key is set until the program ends.").waitFor();
			expect(await page.getByLabel("Key for Neuronpedia").inputValue()).toBe("");
			await app.press("Escape");
		};
		await app.find(strongest);
		await page.getByRole("button", { name: "Get labels from Neuronpedia" }).click();
		await page
			.getByText(/asks for a key \(HTTP 401\)/)
			.first()
			.waitFor();
		await setKey("sk-np-wrong");
		await page.getByRole("button", { name: "Get labels from Neuronpedia" }).click();
		await page
			.getByText(/refused the key/)
			.first()
			.waitFor();
		expect(await page.content()).not.toContain("sk-np-wrong");
		await setKey("sk-np-right");
		await page.getByRole("button", { name: "Get labels from Neuronpedia" }).click();
		await page.locator(".explanations .published").waitFor();
		await page.keyboard.press("Control+,");
		await page.getByRole("button", { name: "Forget" }).click();
		await page.getByText("No key is set").waitFor();
		expect(await page.content()).not.toContain("sk-np");
		const { database } = served as Served;
		for (const file of [database, `${database}-wal`]) expect(readFileSync(file).includes("sk-np")).toBe(false);
	});

	test("too many requests and a machine that is offline are one sentence, and everything else works", async () => {
		const app = await open();
		const { page } = app;
		fake.answer = (_, response) => {
			response.writeHead(429, { "retry-after": "3600" }).end();
			return true;
		};
		await app.find(strongest);
		await page.getByRole("button", { name: "Get labels from Neuronpedia" }).click();
		await page
			.getByText(/asks to wait 60 minutes/)
			.first()
			.waitFor();
		await page.context().close();
		await served?.dispose();
		const offline = await open({ neuronpedia: true }, "http://127.0.0.1:9");
		await offline.find(strongest);
		await offline.page.getByRole("button", { name: "Get labels from Neuronpedia" }).click();
		await offline.page
			.getByText(/cannot be reached|broke again/)
			.first()
			.waitFor();
		expect(await offline.page.locator(".toast").count()).toBe(0);
	});

	test("a pack is imported from the library, and its labels are found in the feature browser", async () => {
		const pack = join(folder, "pack");
		writeRows(
			join(pack, "0-resid_post/explanations/batch-0.jsonl.gz"),
			Array.from({ length: 30 }, (_, i) => explanation("0-resid_post", i, `meaning number ${i}`)),
		);
		const app = await open();
		const { page } = app;
		await page.keyboard.press("Control+l");
		await page.getByLabel("Folder", { exact: true }).fill(dictionaries);
		await page.getByRole("button", { name: "Add folder" }).click();
		await page.getByText("Added: 2 dictionaries.").waitFor();
		await page.locator(".library-folder[data-added]").getByTitle(dictionaries).waitFor();
		await app.press("Escape");
		await page.getByRole("button", { name: "Tools" }).click();
		await page.getByRole("menuitem", { name: "Labels from Neuronpedia" }).click();
		await page.getByLabel("File or folder of exports").fill(pack);
		await page.getByRole("button", { name: "Import", exact: true }).click();
		await page.getByText("30 new labels").waitFor();
		await page.getByRole("cell", { name: "gpt2-small/0-resid_post" }).waitFor();
		expect(await findAccessibilityFaults(page)).toEqual([]);
		await app.press("Escape");
		await app.press("Shift+F");
		await page.getByLabel("Search features", { exact: true }).fill("number 17");
		await page.waitForFunction(() => document.querySelectorAll(".features-table tbody tr").length === 1);
		expect(await page.locator(".features-table .published").textContent()).toBe("meaning number 17");
		await page.locator(".features-table .link").click();
		await page.locator(".features-detail .explanations").waitFor();
		expect(await findAccessibilityFaults(page)).toEqual([]);
	});

	test("contexts of what is on the screen are gathered over a sample by themselves, and say so", async () => {
		const app = await open({ backgroundContexts: true });
		const { page } = app;
		await app.find(strongest);
		await page.locator(".contexts .context").first().waitFor();
		expect(await page.locator(".inspector .heading-side", { hasText: "sample of" }).first().textContent()).toMatch(
			/^sample of [\d,]+ tokens$/,
		);
	});
});
