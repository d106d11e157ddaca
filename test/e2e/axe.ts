import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Serious and critical faults of what is on screen, once it stands still. */
export async function findAccessibilityFaults(page: Page): Promise<readonly string[]> {
	await page.waitForTimeout(350);
	return await page.evaluate(async (script) => {
		const global = globalThis as unknown as {
			axe?: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
		};
		if (!global.axe) new Function(script)();
		const { violations } = (await global.axe?.run()) ?? { violations: [] };
		return violations
			.filter(({ impact }) => impact === "serious" || impact === "critical")
			.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
	}, source);
}
