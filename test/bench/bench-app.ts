import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { reference } from "../../main/app/locations.ts";
import { writeShapes } from "../../main/export/svg-shapes.ts";
import { drawCard, measureFullCard } from "../../main/shared/drawing/feature-card.ts";
import { laneOfView } from "../../main/shared/drawing/laid-node.ts";
import { measureLanes } from "../../main/shared/drawing/lanes.ts";
import { escapeXml } from "../../main/shared/drawing/svg-text.ts";
import { findTheme } from "../../main/shared/drawing/theme.ts";
import { loadShippedFacts } from "../../main/store/shipped-facts.ts";
import { Store } from "../../main/store/store.ts";
import { openBrowser, serveApp, settle } from "../e2e/browser.ts";
import { measureSlider, moveOurs } from "./hand.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/** The app in Chromium with software rendering: first paint, large circuits, frames while moving, long tasks. */
const seconds = 3;
const circuits = [
	{ name: "small", nodes: 300, edges: 1500, goal: "under 2.5 s" },
	{ name: "large", nodes: 2000, edges: 10_000, goal: "under 6 s" },
	{ name: "huge", nodes: 5000, edges: 50_000, goal: "usable" },
] as const;

const served = await serveApp((database) => {
	for (const { name, nodes, edges } of circuits) storeLargeCircuit(database, name, nodes, edges);
});
const browser = await openBrowser();
try {
	for (const circuit of circuits) await measureCircuit(browser, circuit);
	await measureTrace();
} finally {
	await browser.close();
	await served.dispose();
}

async function open(hash: string): Promise<Page> {
	const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
	await page.addInitScript(() => {
		const tasks: number[] = [];
		Object.assign(globalThis, { longTasks: tasks });
		new PerformanceObserver((list) => {
			for (const { duration } of list.getEntries()) tasks.push(duration);
		}).observe({ type: "longtask", buffered: true });
	});
	await page.goto(`${served.url}#${hash}`);
	return page;
}

async function measureCircuit(
	chromium: Browser,
	{ name, nodes, edges, goal }: (typeof circuits)[number],
): Promise<void> {
	const began = performance.now();
	const page = await open(name);
	await page.waitForFunction(
		() => Number(document.querySelector(".canvas")?.getAttribute("data-nodes")) > 100,
		undefined,
		{ timeout: 60_000 },
	);
	await settle(page);
	const opened = performance.now() - began;
	const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
	console.log(
		`app: first paint ${paint.toFixed(0)} ms (goal 1500); ${nodes} nodes, ${edges} edges drawn ${(opened / 1000).toFixed(2)} s after the address was opened (goal ${goal})`,
	);
	// All edges, so that nothing is easier than it is for plain Cytoscape.
	await page.getByRole("slider", { name: "Smallest edge shown" }).focus();
	await page.keyboard.press("Home");
	await settle(page);
	const zooms = [];
	for (const zoom of ["whole", "cards"] as const) {
		if (zoom === "cards") {
			await page.locator(".canvas").dblclick({ position: { x: 500, y: 300 } });
			for (let i = 0; i < 8; i++) await page.keyboard.press("+");
			await page.waitForTimeout(600);
			await settle(page);
		}
		zooms.push({ zoom, ...(await moveOurs(page, seconds)) });
	}
	const slider = await measureSlider(page);
	const tasks = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
	await page.close();
	const plain = nodes > 2000 ? undefined : await movePlain(chromium, buildPlainElements(served.database, name));
	for (const { zoom, frames, back } of zooms) {
		const ratio =
			plain === undefined ? "" : `, ${(frames / plain).toFixed(0)} × plain Cytoscape's ${plain.toFixed(1)} (goal 10 ×)`;
		console.log(
			`app: ${nodes} nodes, ${zoom}: panning and zooming ${frames.toFixed(0)} frames/s${ratio}; full detail ${back.toFixed(0)} ms after the last move (goal 300)`,
		);
	}
	console.log(
		`app: ${nodes} nodes: a filter slider answers in ${slider.toFixed(0)} ms (goal 100); longest task ${Math.max(0, ...tasks).toFixed(0)} ms`,
	);
}

/** The same nodes with their cards as pictures, at the same places, and the same edges, in Cytoscape's own renderer. */
async function movePlain(chromium: Browser, elements: readonly object[]): Promise<number> {
	const page = await chromium.newPage({ viewport: { width: 1440, height: 900 } });
	await page.setContent('<body style="margin:0"><div id="cy" style="width:824px;height:740px"></div></body>');
	await page.addScriptTag({
		content: readFileSync(createRequire(import.meta.url).resolve("cytoscape/dist/cytoscape.min.js"), "utf8"),
	});
	const rate = await page.evaluate(
		async ([parts, duration]) => {
			interface Plain {
				panBy(by: object): void;
				zoom(): number;
				zoom(to: object): void;
				on(event: string, listener: () => void): void;
			}
			const { cytoscape } = globalThis as unknown as { cytoscape(options: object): Plain };
			const graph = cytoscape({
				container: document.getElementById("cy"),
				elements: parts,
				style: [
					{
						selector: "node",
						style: {
							width: "data(width)",
							height: "data(height)",
							shape: "rectangle",
							"background-image": "data(card)",
							"background-fit": "cover",
						},
					},
					{
						selector: "edge",
						style: {
							"curve-style": "unbundled-bezier",
							"target-arrow-shape": "triangle",
							"line-color": "data(colour)",
							"target-arrow-color": "data(colour)",
							opacity: "data(opacity)",
							width: 1.5,
						},
					},
				],
				layout: { name: "preset", fit: true },
			});
			let drawn = 0;
			graph.on("render", () => drawn++);
			await new Promise((resolve) => setTimeout(resolve, 4000));
			drawn = 0;
			const began = performance.now();
			for (let i = 0; performance.now() - began < 1000 * duration || drawn < 2; i++) {
				if (i % 3 === 0)
					graph.zoom({
						level: graph.zoom() * (1 + 0.06 * Math.sign(Math.sin(i / 20))),
						renderedPosition: { x: 412, y: 370 },
					});
				else graph.panBy({ x: 14 * Math.cos(i / 20), y: 9 * Math.sin(i / 20) });
				await new Promise((resolve) => requestAnimationFrame(resolve));
				if (performance.now() - began > 30_000) break;
			}
			return (1000 * drawn) / (performance.now() - began);
		},
		[elements, seconds] as const,
	);
	await page.close();
	return rate;
}

/** What the app shows of a stored circuit, for Cytoscape. */
function buildPlainElements(database: string, name: string): readonly object[] {
	const store = new Store(database, { readonly: true });
	const { nodes, edges, places } = store.circuits.load(name);
	const dictionaries = store.circuits.dictionaries(name);
	store.dispose();
	const known = new Map(places.map((place) => [place.id, place]));
	const lanes = new Map(measureLanes(nodes, known).map((lane) => [lane.rank, lane.y]));
	const theme = findTheme("light");
	return [
		...nodes.map((node) => {
			const { width, height } = measureFullCard(node);
			const hash = dictionaries.get(`${node.site}_${node.layer}`)?.hash;
			const facts =
				hash === undefined || node.feature === undefined
					? undefined
					: loadShippedFacts(reference.facts, hash, [node.feature]).get(node.feature);
			const shapes = drawCard(
				node,
				{ effect: 0, token: "token", name: { text: node.id, kind: "id" }, ...(facts && { facts }) },
				theme,
				{ width, height },
			);
			const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="monospace">${writeShapes(shapes, ({ x, y, size, fill, text }) => `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}">${escapeXml(text)}</text>`)}</svg>`;
			const place = known.get(node.id);
			return {
				data: { id: node.id, width, height, card: `data:image/svg+xml;utf8,${encodeURIComponent(svg)}` },
				position: { x: place?.x ?? 0, y: (lanes.get(laneOfView(node).rank) ?? 0) + (place?.dy ?? 0) },
			};
		}),
		...edges.map(({ source, target, weight }) => ({
			data: {
				id: `${source} ${target}`,
				source,
				target,
				colour: weight > 0 ? theme.raise : theme.lower,
				opacity: 0.14 + 0.8 * Math.sqrt(Math.min(1, Math.abs(weight) * 32)),
			},
		})),
	];
}

async function measureTrace(): Promise<void> {
	const page = await open("");
	await page.waitForSelector("[data-trace]");
	await page.getByRole("button", { name: "New trace" }).click();
	await page.waitForTimeout(1500);
	await page.evaluate(() => {
		(globalThis as unknown as { longTasks: number[] }).longTasks.length = 0;
	});
	const began = performance.now();
	await page.locator("[data-trace]").click();
	await page.waitForSelector('.job[data-state="done"]', { timeout: 60_000 });
	await settle(page);
	const tasks = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
	console.log(
		`app: a trace of the bundled model, from the press to the picture ${((performance.now() - began) / 1000).toFixed(2)} s; longest task on the page ${Math.max(0, ...tasks).toFixed(0)} ms (goal 200)`,
	);
	await page.close();
}
