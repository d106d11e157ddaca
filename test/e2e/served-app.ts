import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { AppDriver } from "./app-driver.ts";
import { openBrowser, type Served, serveApp } from "./browser.ts";

/** A browser for all tests of a file, and for each of them a host with a database of its own and a window without faults. */
export function serveForTests() {
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
	return {
		get served(): Served {
			return served;
		},
		async open(): Promise<AppDriver> {
			served = await serveApp();
			const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
			app = new AppDriver(await context.newPage());
			return await app.open(served.url);
		},
	};
}
