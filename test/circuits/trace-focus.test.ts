import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { Circuit } from "../../main/shared/circuit.ts";
import type { TraceResult } from "../../main/shared/trace.ts";
import type { GradientRequest } from "../../main/shared/trace-request.ts";
import { writeTwoLayers } from "../random/write-two-layers.ts";
import { gradientRequest } from "../requests.ts";

/** A trace of everything, whose numbers `test/float64` checks, holds every edge that a trace from one node can give. */
const root = mkdtempSync(join(tmpdir(), "scd-focus-"));
let whole: TraceResult;
const partials: Circuit[] = [];

beforeAll(async () => {
	writeTwoLayers(root);
	whole = await trace({ choice: { by: "count", count: 1e6 }, upNodes: 1e6, keepUnconnected: true }, partials);
});
afterAll(() => rmSync(root, { recursive: true }));

function trace(extra: Partial<GradientRequest> = {}, told: Circuit[] = []): Promise<TraceResult> {
	return traceGradient(
		gradientRequest({
			modelDir: join(root, "model"),
			dictionaryDirs: [join(root, "saes")],
			prompt: "abcdef",
			choice: { by: "count", count: 1e6 },
			upNodes: 1e6,
			...extra,
		}),
		{
			memory: { recall: async () => undefined, keep: async () => {} },
			encoders: new EncoderCache(1e8),
			signal: new AbortController().signal,
			progress: ({ partial }) => void (partial && told.push(partial)),
		},
	);
}

function expectSameEdges(found: TraceResult["edges"], expected: TraceResult["edges"]): void {
	const weights = new Map(expected.map((edge) => [`${edge.source} ${edge.target}`, edge.weight]));
	const largest = Math.max(...expected.map(({ weight }) => Math.abs(weight)));
	expect(found.length).toBe(expected.length);
	for (const { source, target, weight } of found)
		expect(Math.abs(weight - (weights.get(`${source} ${target}`) ?? Number.NaN)), `${source} → ${target}`).toBeLessThan(
			1e-5 * largest,
		);
}

describe("a trace from one node", () => {
	test.each(["feature", "error", "logit"] as const)(
		"upstream of a %s finds every edge into it and no other",
		async (kind) => {
			const target =
				[...whole.edges].findLast((edge) => whole.nodes.find(({ id }) => id === edge.target)?.kind === kind)?.target ??
				"";
			const { nodes, edges } = await trace({ from: { node: target, direction: "upstream" } });
			expectSameEdges(
				edges,
				whole.edges.filter((edge) => edge.target === target),
			);
			expect(new Set(nodes.map(({ id }) => id))).toEqual(new Set([target, ...edges.map(({ source }) => source)]));
		},
	);

	test.each(["feature", "error", "token"] as const)(
		"downstream of a %s finds every edge out of it that is not zero",
		async (kind) => {
			const source =
				whole.edges.find((edge) => whole.nodes.find(({ id }) => id === edge.source)?.kind === kind && edge.weight !== 0)
					?.source ?? "";
			const { edges } = await trace({ from: { node: source, direction: "downstream" } });
			expectSameEdges(
				edges,
				whole.edges.filter((edge) => edge.source === source && edge.weight !== 0),
			);
			expect(edges.length).toBeGreaterThan(0);
		},
	);

	test.each([
		["resid_0.3", "upstream", /names no position/],
		["resid_0.3@77", "upstream", /positions 0 to 4/],
		["token.97@0", "upstream", /Nothing lies upstream of a token/],
		["logit.102@4", "downstream", /Nothing lies downstream of a logit/],
		["logit.5@4", "upstream", /no node of this prompt/],
		["mid_0.3@1", "upstream", /No dictionary of this trace sits at mid_0/],
		["nonsense", "upstream", /is not a node/],
	] as const)("%s %s is refused in one sentence", async (node, direction, message) => {
		await expect(trace({ from: { node, direction } })).rejects.toThrow(message);
	});

	test("an error may be written as the seed writes it", async () => {
		const target = [...whole.edges].findLast((edge) => edge.target.includes("_error_"))?.target ?? "";
		const seeds = target.replace("@", ".0@");
		const { nodes, edges } = await trace({ from: { node: seeds, direction: "upstream" } });
		expectSameEdges(
			edges,
			whole.edges.filter((edge) => edge.target === target),
		);
		expect(nodes.map(({ id }) => id)).toContain(target);
	});

	test("another position than the last is refused where only the last is traced", async () => {
		const node = whole.nodes.find(({ kind, position }) => kind === "feature" && position === 1)?.id ?? "";
		await expect(trace({ lastPositionOnly: true, from: { node, direction: "upstream" } })).rejects.toThrow(
			/not at the last position \(4\)/,
		);
	});

	test("a feature of the patch prompt alone is refused: it is off on the prompt", async () => {
		const paired = await trace({ patchPrompt: "uvwxyz", allNodes: true });
		const off = paired.nodes.find(({ kind, activation }) => kind === "feature" && activation === 0)?.id ?? "";
		await expect(trace({ patchPrompt: "uvwxyz", from: { node: off, direction: "upstream" } })).rejects.toThrow(
			/not active on this prompt/,
		);
	});

	test("a feature that is not active is refused", async () => {
		const active = new Set(whole.nodes.map(({ id }) => id));
		const silent =
			Array.from({ length: 30 }, (_, feature) => `resid_0.${feature}@2`).find((id) => !active.has(id)) ?? "";
		for (const direction of ["upstream", "downstream"] as const)
			await expect(trace({ from: { node: silent, direction } })).rejects.toThrow(/not active on this prompt/);
	});
});

test("what a trace finds is told while it runs: each node and edge once, with its last values", () => {
	const nodes = partials.flatMap((partial) => partial.nodes);
	const edges = partials.flatMap((partial) => [...partial.edges]);
	expect(partials.length).toBeGreaterThan(6);
	expect(new Set(nodes.map(({ id }) => id)).size).toBe(nodes.length);
	const sorted = <T>(records: readonly T[]) => records.map((record) => JSON.stringify(record)).sort();
	// How much leads into a node is known when all of it was found.
	expect(sorted(nodes)).toEqual(sorted(whole.nodes.map(({ inflow: _, ...node }) => node)));
	expect(sorted(edges)).toEqual(sorted([...whole.edges]));
	const known = new Set<string>();
	for (const partial of partials) {
		for (const { id } of partial.nodes) known.add(id);
		for (const { source, target } of partial.edges)
			expect([known.has(source), known.has(target)]).toEqual([true, true]);
	}
});
