import { Store } from "../../main/store/store.ts";
import { request } from "./example-request.ts";

/** Run by `store.test.ts` and killed: starts a run, then commits pieces one by one and tells of each. */
const store = new Store(process.argv[2] as string);
store.startRun(request, {});
for (let i = 0; i < 100_000; i++) {
	store.keepPiece(`k${i}`, { kind: "edges", sources: ["a"], targets: ["b"], weights: Float64Array.of(i) });
	process.send?.(i + 1);
	if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
