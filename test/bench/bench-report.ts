import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scoreCircuit } from "../../main/shared/scores.ts";
import { Store } from "../../main/store/store.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/** Scores of large circuits, and the report of 2,000 nodes and 10,000 edges from the command to its files. */
const folder = mkdtempSync(join(tmpdir(), "scd-bench-report-"));
const database = join(folder, "large.sqlite");
const say = (count: number) => count.toLocaleString("en");

for (const [nodes, edges] of [
	[2000, 10_000],
	[10_000, 1_000_000],
] as const) {
	const name = `of ${nodes}`;
	storeLargeCircuit(database, name, nodes, edges);
	const store = new Store(database, { readonly: true });
	const { nodes: found, edges: joined } = store.circuits.load(name);
	store.dispose();
	const used = process.cpuUsage();
	scoreCircuit({ nodes: found, edges: joined, metricName: "cross_entropy" });
	const { user, system } = process.cpuUsage(used);
	console.log(
		`both scores of ${say(nodes)} nodes and ${say(edges)} edges, the first time: ${((user + system) / 1000).toFixed(0)} ms of processor`,
	);
}

const scd = join(import.meta.dirname, "../../main/cli/scd.ts");
for (const endings of [["html", "pdf"], ["html"], ["pdf"], ["md"], ["tex"]]) {
	const outputs = endings.flatMap((ending) => ["-o", join(folder, `r.${ending}`)]);
	const began = performance.now();
	const { status, stderr } = spawnSync(process.execPath, [scd, "report", "of 2000", "--db", database, ...outputs]);
	const seconds = (performance.now() - began) / 1000;
	if (status !== 0) throw new Error(String(stderr));
	console.log(
		`report of 2,000 nodes and 10,000 edges as ${endings.join(" and ")}: ${seconds.toFixed(1)} s, its start included`,
	);
}
rmSync(folder, { recursive: true });
