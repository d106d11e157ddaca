import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Axe {
	run(context: Element | Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** Every fault of what is on screen, or of the dialog that lies over it, once it stands still. */
export async function findAccessibilityFaults(page: Page): Promise<readonly string[]> {
	await page.waitForTimeout(350);
	return await page.evaluate(async (script) => {
		const global = globalThis as unknown as { axe?: Axe };
		if (!global.axe) new Function(script)();
		const { violations } = (await global.axe?.run(document.querySelector("[role=dialog]") ?? document)) ?? {
			violations: [],
		};
		return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
	}, source);
}
