import { once } from "node:events";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { Store } from "../../main/store/store.ts";
import { edge, node, trace } from "./example-circuit.ts";

/** Run by `two-writers.test.ts`, several at once: when all are ready, merges into one circuit and keeps pieces. */
const [path, number, times] = process.argv.slice(2) as [string, string, string];
process.send?.("ready");
await once(process, "message");
const store = new Store(path);
for (let i = 0; i < Number(times); i++) {
	trace(
		store,
		"shared",
		[node(0, i), node(1000 * Number(number) + i + 1, i)],
		[edge(1000 * Number(number) + i + 1, 0, i)],
	);
	store.pieces.keep(`${number}-${i}`, {
		kind: "edges",
		...EdgeList.none.columns,
		inflow: { ids: [], sums: new Float64Array(0) },
	});
}
store.dispose();
process.disconnect();
