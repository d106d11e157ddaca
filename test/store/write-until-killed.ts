import { Store } from "../../main/store/store.ts";
import { edge, node, trace } from "./example-circuit.ts";
import { request } from "./example-request.ts";

/** Run by `killed-writer.test.ts` and killed: starts a run, then commits pieces and merges and tells of each pair. */
const store = new Store(process.argv[2] as string);
store.runs.start(request, {});
for (let i = 0; i < 100_000; i++) {
	store.pieces.keep(`k${i}`, {
		kind: "edges",
		ids: ["a", "b"],
		sources: Uint32Array.of(0),
		targets: Uint32Array.of(1),
		weights: Float64Array.of(i),
		inflow: { ids: [], sums: new Float64Array(0) },
	});
	const nodes = Array.from({ length: 20 }, (_, n) => node(20 * i + n, i));
	trace(
		store,
		"growing",
		nodes,
		nodes.map((_, n) => edge(20 * i + n, 20 * i, i)),
	);
	process.send?.(i + 1);
	await new Promise((resolve) => setImmediate(resolve));
}
