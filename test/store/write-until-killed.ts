import type { TraceRequest } from "../../main/shared/trace.ts";
import { Store } from "../../main/store/store.ts";

/** Run by `store.test.ts` and killed: starts a run, then commits pieces one by one and tells of each. */
const store = new Store(process.argv[2] as string);
const request: TraceRequest = {
	modelDir: "/m",
	dictionaryDirs: ["/s"],
	prompt: "hello",
	metric: "cross_entropy",
	choice: { by: "count", count: 3 },
	upNodes: 3,
	lastPositionOnly: false,
	allNodes: false,
	keepUnconnected: false,
	provider: "cpu",
};
store.startRun(request, {});
for (let i = 0; i < 100_000; i++) {
	store.keepPiece(`k${i}`, { kind: "edges", sources: ["a"], targets: ["b"], weights: Float64Array.of(i) });
	process.send?.(i + 1);
	if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
}
