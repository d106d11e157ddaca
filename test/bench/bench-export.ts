import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { papers } from "../../main/shared/drawing/paper.ts";
import { openBrowser, serveApp, settle } from "../e2e/browser.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/** Exports of 2,000 nodes and 10,000 edges, all of them drawn, each in a process of its own; then beside a page that moves. */
interface Measured {
	readonly seconds: number;
	readonly cpuSeconds: number;
	readonly megabytes: number;
	readonly bytes: number;
	readonly sheets?: number;
}

const folder = mkdtempSync(join(tmpdir(), "scd-bench-export-"));
const database = join(folder, "large.sqlite");
storeLargeCircuit(database, "large", 2000, 10_000);
const poster = {
	...papers.A3,
	margin: 36,
	overlap: 36,
	fill: { sheets: 20 },
	shift: { x: 0, y: 0 },
	cropMarks: true,
	labels: true,
	map: true,
};

const cases = [
	["SVG", "x.svg", { format: "svg" }, "3 s"],
	["PDF", "x.pdf", { format: "pdf" }, "8 s"],
	["poster over 20 sheets of A3", "poster.pdf", { format: "pdf", paper: poster }, "12 s"],
	["PNG of 20,000 pixels", "x.png", { format: "png", pixelWidth: 20_000 }, "15 s, 1 GB"],
] as const;

for (const [name, file, change, goal] of cases) {
	const once = join(import.meta.dirname, "export-once.ts");
	const { stdout, stderr, status } = spawnSync(
		process.execPath,
		[once, database, join(folder, file), JSON.stringify(change)],
		{ encoding: "utf8" },
	);
	if (status !== 0) throw new Error(`${name}: ${stderr}`);
	const { seconds, cpuSeconds, megabytes, bytes } = JSON.parse(stdout) as Measured;
	console.log(
		`2,000 nodes, 10,000 edges as ${name}: ${seconds.toFixed(1)} s (goal ${goal}), ${cpuSeconds.toFixed(1)} s of processor, ${megabytes.toFixed(0)} MB at most, ${(bytes / 1e6).toFixed(1)} MB written`,
	);
}

const browser = await openBrowser();
const served = await serveApp((path) => storeLargeCircuit(path, "large", 2000, 10_000));
try {
	const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
	await page.goto(served.url);
	await page.waitForSelector(".app:not([aria-busy])");
	await page.keyboard.press("Control+o");
	await page.locator(".dialog").getByText("large", { exact: true }).first().click();
	await page.waitForSelector(".canvas");
	await settle(page);
	await page.keyboard.press("Control+Shift+e");
	const frames = await page.evaluate(
		() =>
			new Promise<number>((resolve) => {
				const canvas = document.querySelector(".canvas") as HTMLElement;
				const began = performance.now();
				let count = 0;
				const turn = () => {
					count++;
					canvas.dispatchEvent(new WheelEvent("wheel", { deltaX: 6, deltaY: 4, bubbles: true, cancelable: true }));
					if (performance.now() - began < 3000) requestAnimationFrame(turn);
					else resolve((1000 * count) / (performance.now() - began));
				};
				requestAnimationFrame(turn);
			}),
	);
	console.log(`frames a second of the page while an export is drawn: ${frames.toFixed(0)} (goal 30)`);
} finally {
	await browser.close();
	await served.dispose();
	rmSync(folder, { recursive: true });
}
