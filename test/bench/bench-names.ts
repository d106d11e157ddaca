import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "../../main/app/app.ts";
import { listCircuitFeatures, queryOfCircuit } from "../../main/app/circuit-query.ts";
import { lookUpPhrases } from "../../main/app/feature-lookup.ts";
import { nameNodes } from "../../main/shared/naming.ts";
import { storeLargeCircuit } from "./large-circuit.ts";

/** What the nodes of a large circuit are called: read from the store, then made different; processor time, first and again. */
const folder = mkdtempSync(join(tmpdir(), "scd-bench-names-"));
const database = join(folder, "scd.sqlite");
storeLargeCircuit(database, "large", 2000, 10_000);
const app = new App(database);
const spent = (before: NodeJS.CpuUsage) => {
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1000;
};
const reading: number[] = [];
const naming: number[] = [];
for (let i = 0; i < 9; i++) {
	const began = process.cpuUsage();
	const query = queryOfCircuit(app, "large", listCircuitFeatures(app, "large"));
	const phrases = query ? lookUpPhrases(app, query) : new Map<string, string>();
	reading.push(spent(began));
	const nodes = app.store.circuits.loadNodes("large");
	const then = process.cpuUsage();
	nameNodes(nodes, { labels: new Map(), facts: new Map(), phrases, run: null });
	naming.push(spent(then));
}
app.dispose();
rmSync(folder, { recursive: true });
const middle = (times: readonly number[]) => times.slice(1).toSorted((a, b) => a - b)[4] ?? 0;
console.log(
	`names: of 2,000 nodes in ${middle(reading).toFixed(0)} ms (${reading[0]?.toFixed(0)} ms the first time) and ${middle(naming).toFixed(0)} ms to tell them apart (goal 100)`,
);
