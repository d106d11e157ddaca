import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { Piece } from "../../main/shared/piece.ts";
import type { TraceResult } from "../../main/shared/trace.ts";
import type { GradientRequest } from "../../main/shared/trace-request.ts";
import { writeTwoLayers } from "../random/write-two-layers.ts";
import { gradientRequest } from "../requests.ts";

/** What a circuit holds. That its numbers are right is checked in `test/float64`. */
const root = mkdtempSync(join(tmpdir(), "scd-gradient-"));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => {
	writeTwoLayers(root);
});

function trace(
	extra: Partial<GradientRequest> = {},
	pieces = new Map<string, Piece>(),
	signal = new AbortController().signal,
): Promise<TraceResult> {
	return traceGradient(
		gradientRequest({
			modelDir: join(root, "model"),
			dictionaryDirs: [join(root, "saes")],
			prompt: "abcdef",
			choice: { by: "count", count: 4 },
			upNodes: 5,
			...extra,
		}),
		{
			memory: { recall: async (key) => pieces.get(key), keep: async (key, piece) => void pieces.set(key, piece) },
			encoders: new EncoderCache(1e8),
			signal,
			progress: () => {},
		},
	);
}

describe("a circuit", () => {
	test("holds only nodes on a path from a token to a logit", async () => {
		const { nodes, edges } = await trace();
		const sources = new Set(edges.map(({ source }) => source));
		const targets = new Set(edges.map(({ target }) => target));
		expect(nodes.length).toBeGreaterThan(3);
		for (const { id, kind } of nodes) {
			if (kind !== "logit") expect(sources, id).toContain(id);
			if (kind !== "token") expect(targets, id).toContain(id);
		}
	});

	test("holds the others too where asked for", async () => {
		const pruned = await trace();
		const kept = await trace({ keepUnconnected: true });
		const all = await trace({ allNodes: true });
		const ids = ({ nodes }: TraceResult) => new Set(nodes.map(({ id }) => id));
		for (const more of [kept, all]) expect(ids(more)).toEqual(new Set([...ids(more), ...ids(pruned)]));
		expect(ids(all).size).toBeGreaterThan(ids(pruned).size);
		expect(all.edges).toEqual(pruned.edges);
	});

	test("holds the last position alone where asked for", async () => {
		const { nodes } = await trace({ lastPositionOnly: true });
		expect(new Set(nodes.map(({ position }) => position))).toEqual(new Set([4]));
	});

	test("is the same from stored pieces, which are not computed again", async () => {
		const pieces = new Map<string, Piece>();
		const first = await trace({}, pieces);
		const again = await trace({}, pieces);
		expect([first.reused, again.reused]).toEqual([0, again.pieces]);
		expect([again.nodes, again.edges]).toEqual([first.nodes, first.edges]);
	});

	test("of more layers reuses the features of fewer", async () => {
		const pieces = new Map<string, Piece>();
		await trace({ layers: "0:1" }, pieces);
		expect((await trace({}, pieces)).reused).toBeGreaterThanOrEqual(6);
	});
});

test("a threshold that leaves nothing says what the largest attribution is", async () => {
	await expect(trace({ choice: { by: "threshold", threshold: 1e9 } })).rejects.toThrow(
		/leaves no feature; the largest \|attribution\| is \d/,
	);
});

test("a trace that is cancelled stops before its next run", async () => {
	const controller = new AbortController();
	controller.abort();
	await expect(trace({}, new Map(), controller.signal)).rejects.toMatchObject({ code: "cancelled" });
});
