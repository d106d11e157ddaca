import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PathGraph } from "../../main/shared/paths.ts";
import { choosePaths } from "../../main/shared/story.ts";
import { Store } from "../../main/store/store.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/** How long the strongest paths of a large circuit take: processor time, without reading it from the store. */
const folder = mkdtempSync(join(tmpdir(), "scd-bench-paths-"));
for (const [nodes, edges] of [
	[2_000, 10_000],
	[20_000, 1_000_000],
] as const) {
	const database = join(folder, `${nodes}.sqlite`);
	storeLargeCircuit(database, "large", nodes, edges);
	const store = new Store(database);
	const circuit = store.circuits.load("large");
	store.dispose();
	const busiest = circuit.nodes.filter(({ kind }) => kind === "feature").slice(0, 50);
	const spend = (what: string, action: () => void) => {
		const before = process.cpuUsage();
		action();
		const { user, system } = process.cpuUsage(before);
		console.log(`${nodes}/${edges} ${what}: ${((user + system) / 1000).toFixed(0)} ms`);
	};
	let graph = new PathGraph({ nodes: [], edges: [], metricName: "cross_entropy" });
	spend("shares and order", () => {
		graph = new PathGraph({ ...circuit, metricName: "cross_entropy" });
	});
	spend("first node, 10 paths each way", () => {
		graph.toTarget([busiest[0]?.id ?? ""], 10);
		graph.fromTokens([busiest[0]?.id ?? ""], 10);
	});
	spend("50 more nodes", () => {
		for (const { id } of busiest) {
			graph.toTarget([id], 10);
			graph.fromTokens([id], 10);
		}
	});
	spend("story of 4 of the 300 strongest throughout", () => {
		choosePaths(graph.throughout(300).paths, 4);
	});
}
rmSync(folder, { recursive: true });
