import type { CircuitEdge, CircuitNode } from "../../main/shared/circuit.ts";
import type { ReadingRule } from "../../main/shared/conventions.ts";
import type { TraceResult } from "../../main/shared/trace.ts";
import type { Store } from "../../main/store/store.ts";
import { request } from "./example-request.ts";

const rule: ReadingRule = {
	centred: { value: true, why: "guess" },
	valueBiases: { value: "kept", why: "default" },
	normFactor: { value: 1, why: "default" },
	release: "gpt2-small-res-jb",
};

export const node = (feature: number, attribution: number): CircuitNode => ({
	id: `mlp_0.${feature}@1`,
	kind: "feature",
	site: "mlp",
	layer: 0,
	feature,
	position: 1,
	activation: 2,
	attribution,
});
export const edge = (from: number, to: number, weight: number): CircuitEdge => ({
	source: node(from, 0).id,
	target: node(to, 0).id,
	weight,
});

export const result = (nodes: readonly CircuitNode[], edges: readonly CircuitEdge[]): TraceResult => ({
	model: { name: "m", hash: "mh" },
	dictionaries: [{ name: "d", hash: "dh", site: "mlp_0", rule }],
	skipped: [],
	prompt: { text: "hello", tokens: ["hel", "lo"], tokenIds: [1, 2] },
	metric: { name: "cross_entropy", value: 3.5 },
	nodes,
	edges,
	explained: 0.5,
	provider: "cpu",
	seconds: 1,
	peakRssBytes: 1e8,
	reused: 1,
	pieces: 4,
});

/** A run that found these, merged into the circuit. */
export function trace(store: Store, name: string, nodes: readonly CircuitNode[], edges: readonly CircuitEdge[]) {
	return store.finishRun(store.runs.start(request, { scd: "1" }), name, request, result(nodes, edges));
}

export const byId = (nodes: readonly CircuitNode[]) => [...nodes].sort((a, b) => (a.id < b.id ? -1 : 1));
