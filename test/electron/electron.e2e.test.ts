import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { _electron } from "playwright-core";
import { expect, test } from "vitest";
import { findElectron } from "../../main/cli/find-electron.ts";

const found = findElectron();
if ("why" in found) console.log(`Skipped: the desktop window, because ${found.why}.`);

test.skipIf("why" in found)("the desktop window traces the sample prompt", async () => {
	const folder = mkdtempSync(join(tmpdir(), "scd-electron-e2e-"));
	const app = await _electron.launch({
		...("path" in found && { executablePath: found.path }),
		args: [
			join(import.meta.dirname, "../.."),
			"--no-sandbox",
			"--db",
			join(folder, "e2e.sqlite"),
			`--user-data-dir=${folder}`,
		],
	});
	try {
		const page = await app.firstWindow();
		await page.locator("[data-trace]").click();
		await page.waitForSelector('.job[data-state="done"]');
		expect(Number(await page.locator(".canvas").getAttribute("data-nodes"))).toBeGreaterThan(20);
	} finally {
		await app.close();
		rmSync(folder, { recursive: true, force: true });
	}
});
