import type { TraceRequest } from "../../main/shared/trace.ts";

/** A request that nothing runs: the store only keeps it. */
export const request: TraceRequest = {
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
