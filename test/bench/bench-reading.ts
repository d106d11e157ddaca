import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildView } from "../../main/shared/circuit-view.ts";
import { uniteCircuits } from "../../main/shared/compare-circuits.ts";
import { compareView, keepDiffering } from "../../main/shared/compared-view.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { buildPinnedGraph, pinUnits } from "../../main/shared/pinned.ts";
import { scoreCircuit } from "../../main/shared/scores.ts";
import { Store } from "../../main/store/store.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/** What reading a large circuit takes of the page: comparing it with a part of itself, and its pin tray. Processor time. */
const folder = mkdtempSync(join(tmpdir(), "scd-bench-"));
try {
	for (const [nodes, edges] of [
		[2000, 10_000],
		[10_000, 100_000],
	] as const)
		measure(nodes, edges);
} finally {
	rmSync(folder, { recursive: true });
}

function measure(nodeCount: number, edgeCount: number): void {
	const file = join(folder, `${nodeCount}.sqlite`);
	storeLargeCircuit(file, "large", nodeCount, edgeCount);
	const store = new Store(file, { readonly: true });
	const { nodes, edges } = store.circuits.load("large");
	store.dispose();
	const list = EdgeList.from(edges);
	const run = { metricName: "cross_entropy", paired: false, tokens: [], dictionaries: [] };
	const half = { nodes, edges: list.where((edge) => edge % 2 === 0) };
	const pins = nodes
		.filter(({ kind }) => kind === "feature")
		.slice(0, 200)
		.map(({ id }, order) => ({ id: id.split("@")[0] as string, order }));
	console.log(`${nodeCount.toLocaleString("en")} nodes, ${edgeCount.toLocaleString("en")} edges`);
	const union = spend("  uniting two circuits", () =>
		uniteCircuits({ circuit: { nodes, edges: list }, run }, { circuit: half, run }),
	);
	const view = spend("  seeing the union", () => buildView({ ...union, groups: [] }, false));
	const compared = spend("  figures of both", () => compareView(view, union));
	spend("  only what differs", () => keepDiffering(compared, 0.01));
	const units = spend("  units of 200 pins", () => pinUnits(pins, { nodes, groups: [] }));
	spend("  their graph", () => buildPinnedGraph(units, { nodes, edges: list }));
	const features = new Set(nodes.filter(({ kind }) => kind === "feature").map(({ id }) => id));
	spend("  their scores", () => scoreCircuit({ nodes, edges: list, metricName: "cross_entropy", features }));
}

/** The least of five, in milliseconds of the processor. */
function spend<T>(title: string, work: () => T): T {
	let least = Number.POSITIVE_INFINITY;
	let result: T | undefined;
	for (let i = 0; i < 5; i++) {
		const before = process.cpuUsage();
		result = work();
		const { user, system } = process.cpuUsage(before);
		least = Math.min(least, (user + system) / 1000);
	}
	console.log(`${title.padEnd(26)} ${least.toFixed(0).padStart(6)} ms`);
	return result as T;
}
