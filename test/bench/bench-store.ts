import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../main/store/open-database.ts";
import { Store } from "../../main/store/store.ts";
import { edge, node, trace } from "../store/example-circuit.ts";
import { measureMedian } from "./measure.ts";

/** The database: opening a fresh one, and merging a large circuit. */
const folder = mkdtempSync(join(tmpdir(), "scd-bench-store-"));
let count = 0;
const opening = await measureMedian(9, async () => void openDatabase(join(folder, `${count++}.sqlite`)).close());
const nodes = Array.from({ length: 300 }, (_, i) => node(i, i));
const edges = Array.from({ length: 3000 }, (_, i) => edge(i % 300, (i * 7 + 1 + Math.floor(i / 300)) % 300, i));
const store = new Store(join(folder, "store.sqlite"));
const merging = await measureMedian(9, async () => void trace(store, `circuit ${count++}`, nodes, edges));
store.dispose();
rmSync(folder, { recursive: true });
console.log(
	`store: a fresh database opens in ${opening.toFixed(0)} ms; 300 nodes and 3,000 edges merge in ${merging.toFixed(0)} ms`,
);
