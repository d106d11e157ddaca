import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Page } from "playwright-core";
import { openBrowser, serveApp, settle } from "../e2e/browser.ts";
import { measureSlider, moveOurs } from "./hand.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/**
 * A big circuit in the app: size of the store, opening, panning, the slider, memory of page and service together.
 * `bench-big.ts [nodes] [edges]`.
 */
const [nodes, edges] = [Number(process.argv[2] ?? 14_000), Number(process.argv[3] ?? 1_000_000)];

const storing = process.cpuUsage();
const served = await serveApp((database) => {
	storeLargeCircuit(database, "big", nodes, edges);
	const { user, system } = process.cpuUsage(storing);
	console.log(
		`big: ${nodes} nodes and ${edges} edges made and stored in ${((user + system) / 1e6).toFixed(1)} s of processor time; ${(statSync(database).size / 1e6).toFixed(0)} MB on disk`,
	);
});
const browser = await openBrowser();
try {
	const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
	await open(page, "for the first time");
	// The second time its layout is known.
	await page.waitForTimeout(1500);
	await page.goto("about:blank");
	await open(page, "again");
	await move(page, "as it opens");
	await page.getByRole("slider", { name: "Smallest edge shown" }).focus();
	await page.keyboard.press("Home");
	await settle(page);
	await move(page, "all edges");
	console.log(`big: all edges: memory ${describeMemory()}`);
	const slider = await withProcessorTime(page, () => measureSlider(page));
	console.log(
		`big: a filter slider answers in ${slider.result.toFixed(0)} ms (goal 50); ${((1000 * slider.busy) / 8).toFixed(0)} ms of the page's thread a step, painting included`,
	);
	console.log(`big: at the end: memory ${describeMemory()}`);
} finally {
	await browser.close();
	await served.dispose();
}

async function open(page: Page, when: string): Promise<void> {
	const before = processorTime();
	const began = performance.now();
	await page.goto(`${served.url}#big`);
	await page.waitForFunction(
		() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 100,
		undefined,
		{ timeout: 300_000 },
	);
	const seen = performance.now() - began;
	await settle(page);
	console.log(
		`big: opened ${when} in ${((performance.now() - began) / 1000).toFixed(1)} s (goal 5), nodes after ${(seen / 1000).toFixed(1)} s, ${(processorTime() - before).toFixed(1)} s of processor time; memory ${describeMemory()}`,
	);
}

async function move(page: Page, what: string): Promise<void> {
	const { result, busy } = await withProcessorTime(page, () => moveOurs(page, 3));
	const { frames, back } = result;
	console.log(
		`big: ${what}: panning and zooming ${frames.toFixed(0)} frames/s (goal 30), ${((1000 * busy) / (3 * frames)).toFixed(1)} ms of the page's thread a frame; full detail ${back.toFixed(0)} ms after the last move`,
	);
}

/** Seconds that the page's own thread was busy, in processor time: other programs do not count. */
async function withProcessorTime<T>(
	page: Page,
	action: () => Promise<T>,
): Promise<{ readonly result: T; readonly busy: number }> {
	const client = await page.context().newCDPSession(page);
	await client.send("Performance.enable", { timeDomain: "threadTicks" });
	const read = async () => {
		const { metrics } = await client.send("Performance.getMetrics");
		return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
	};
	const before = await read();
	const result = await action();
	const busy = (await read()) - before;
	await client.detach();
	return { result, busy };
}

/** Every process that this one started: the service, its engine, the browser. */
function descendants(): readonly number[] {
	const parents = new Map<number, number>();
	for (const name of readdirSync("/proc")) {
		if (!/^\d+$/.test(name)) continue;
		const parent = /^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1];
		if (parent !== undefined) parents.set(Number(name), Number(parent));
	}
	const isOurs = (pid: number): boolean => {
		const parent = parents.get(pid);
		return parent !== undefined && (parent === process.pid || isOurs(parent));
	};
	return [...parents.keys()].filter(isOurs);
}

function read(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

/** What is resident, shared pages counted once for each process, and in shares (PSS). */
function describeMemory(): string {
	const kilobytes = (pid: number, field: string) =>
		Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
	const sum = (field: string) => descendants().reduce((all, pid) => all + kilobytes(pid, field), 0) / 1000;
	return `${sum("Rss").toFixed(0)} MB resident, ${sum("Pss").toFixed(0)} MB in shares (goal 1500)`;
}

function processorTime(): number {
	const ticks = descendants().reduce((all, pid) => {
		const fields = read(`/proc/${pid}/stat`).replace(/.*\) /, "").split(" ");
		return all + Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
	}, 0);
	return ticks / 100;
}
