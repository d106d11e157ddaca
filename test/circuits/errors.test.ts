import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkChosen } from "../../main/circuits/choice-limits.ts";
import { traceConsensus } from "../../main/circuits/consensus.ts";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { TraceResult } from "../../main/shared/trace.ts";
import type { GradientRequest } from "../../main/shared/trace-request.ts";
import { writeTwoLayers } from "../random/write-two-layers.ts";
import { consensusRequest, gradientRequest } from "../requests.ts";

const root = mkdtempSync(join(tmpdir(), "scd-errors-"));

beforeAll(() => {
	writeTwoLayers(root);
});
afterAll(() => rmSync(root, { recursive: true }));

const request = (extra: Partial<GradientRequest>) =>
	gradientRequest({
		modelDir: join(root, "model"),
		dictionaryDirs: [join(root, "saes")],
		prompt: "abcdefgh",
		choice: { by: "count", count: 2 },
		upNodes: 1e6,
		...extra,
	});
const context = () => ({
	memory: { recall: async () => undefined, keep: async () => {} },
	encoders: new EncoderCache(1e8),
	signal: new AbortController().signal,
	progress: () => {},
});
const trace = (extra: Partial<GradientRequest> = {}): Promise<TraceResult> => traceGradient(request(extra), context());

/** Of what leads into each target that is no error, by target; rounding is that of the largest. */
function sumInto({ edges }: TraceResult): Map<string, number> {
	const sums = new Map<string, number>();
	for (const { target, weight } of edges)
		if (!target.includes("_error_")) sums.set(target, (sums.get(target) ?? 0) + weight);
	return sums;
}

describe("errors that do not stand alone", () => {
	test.each(["chosen", "pooled", "sources"] as const)(
		"%s: what leads into each feature and logit adds up to the same",
		async (errors) => {
			const [all, some] = [
				await trace({ errors: "all", keepUnconnected: true }),
				await trace({ errors, keepUnconnected: true }),
			];
			const [expected, sums] = [sumInto(all), sumInto(some)];
			const largest = Math.max(...[...expected.values()].map(Math.abs));
			expect([...sums.keys()].sort()).toEqual([...expected.keys()].sort());
			for (const [target, sum] of sums)
				expect(Math.abs(sum - (expected.get(target) ?? Number.NaN)), target).toBeLessThan(1e-6 * largest);
		},
	);

	test("where no edge is cut, the share that features explain is the same", async () => {
		const explained = async (errors: "all" | "chosen" | "pooled") => (await trace({ errors })).explained ?? Number.NaN;
		const all = await explained("all");
		expect(await explained("chosen")).toBeCloseTo(all, 5);
		expect(await explained("pooled")).toBeCloseTo(all, 5);
	});

	test("are counted and summed, also where their node is in no circuit", async () => {
		const all = await trace({ errors: "all", allNodes: true });
		const { nodes, errors } = await trace({ errors: "chosen", allNodes: true });
		const single = all.nodes.filter(({ kind }) => kind === "error");
		const kept = nodes.filter(({ kind, joined }) => kind === "error" && joined === undefined);
		const rest = nodes.filter(({ joined }) => joined !== undefined);
		expect(rest.map(({ id, joined }) => [id, joined])).toEqual(
			["attn_error_0", "mlp_error_0", "resid_error_0", "attn_error_1", "mlp_error_1", "resid_error_1"].map((id) => [
				`${id}.rest`,
				single.filter((node) => node.id.startsWith(`${id}@`)).length -
					kept.filter((node) => node.id.startsWith(`${id}@`)).length,
			]),
		);
		expect(errors).toMatchObject({
			choice: "chosen",
			alone: kept.length,
			joined: single.length - kept.length,
			nodes: 6,
		});
		const sum = (of: typeof nodes, key: "activation" | "attribution") =>
			of.reduce((total, node) => total + node[key], 0);
		for (const key of ["activation", "attribution"] as const) {
			expect(sum(kept, key) + sum(rest, key)).toBeCloseTo(sum(single, key), 5);
			expect(errors?.[key]).toBeCloseTo(sum(rest, key), 10);
		}
	});

	test("may be what a trace begins at, in either direction; one by its position gets a node of its own", async () => {
		const whole = await trace({ errors: "chosen", keepUnconnected: true });
		const rest = "mlp_error_0.rest";
		const up = await trace({ errors: "chosen", from: { node: rest, direction: "upstream" } });
		expect(up.edges.length).toBeGreaterThan(0);
		expect([...up.edges]).toEqual(whole.edges.filter(({ target }) => target === rest));
		const down = await trace({ errors: "chosen", from: { node: rest, direction: "downstream" } });
		expect([...down.edges]).toEqual(whole.edges.filter(({ source }) => source === rest));
		const alone = await trace({ errors: "pooled", from: { node: "mlp_error_0@3", direction: "downstream" } });
		expect(new Set(alone.edges.map(({ source }) => source))).toEqual(new Set(["mlp_error_0@3"]));
	});

	test.each([
		["all", "mlp_error_0.rest", "downstream", /each has a node of its own/],
		["sources", "mlp_error_0@2", "upstream", /Nothing leads into an error/],
		["chosen", "mlp_error_5.rest", "upstream", /No dictionary of this trace sits at mlp_5/],
	] as const)("with %s, %s %s is refused in one sentence", async (errors, node, direction, message) => {
		await expect(trace({ errors, from: { node, direction } })).rejects.toThrow(message);
	});
});

test("a consensus finds the same of a site's errors, however many of them stand alone", async () => {
	const find = async (errors: "all" | "chosen") => {
		const asked = consensusRequest(request({ errors, keepUnconnected: true }), {
			morePrompts: ["bcdefga"],
			atLeast: 2,
		});
		const { nodes, errors: sums } = await traceConsensus(asked, context());
		return { nodes: nodes.filter(({ kind }) => kind === "error"), sums };
	};
	const [all, chosen] = [await find("all"), await find("chosen")];
	expect(chosen.nodes.map(({ id }) => id)).toEqual(all.nodes.map(({ id }) => id));
	for (const [i, { attribution, joined }] of chosen.nodes.entries()) {
		expect(attribution).toBeCloseTo(all.nodes[i]?.attribution ?? Number.NaN, 5);
		expect(joined).toBeUndefined();
	}
	expect(all.sums?.alone).toBe((chosen.sums?.alone ?? 0) + (chosen.sums?.joined ?? 0));
});

test("sources alone: nothing leads into an error, and errors lead on", async () => {
	const { edges, nodes } = await trace({ errors: "sources" });
	expect(edges.filter(({ target }) => target.includes("_error_"))).toEqual([]);
	expect(new Set(nodes.filter(({ kind }) => kind === "error").map(({ position }) => position)).size).toBeGreaterThan(1);
});

describe("a prompt pair", () => {
	test("that is none gives nothing, and is told so", async () => {
		await expect(trace({ patchPrompt: "abcdefgh" })).rejects.toThrow(/have the same tokens.*nothing differs/);
		// The target is not run.
		await expect(trace({ patchPrompt: "abcdefgx" })).rejects.toThrow(/have the same tokens/);
	});

	test.each([undefined, 3])(
		"attributes nothing before the first difference (integrated gradients: %s)",
		async (steps) => {
			const { nodes, edges } = await trace({
				errors: "all",
				patchPrompt: "abcdxfgh",
				allNodes: true,
				keepUnconnected: true,
				...(steps !== undefined && { integratedGradients: steps }),
			});
			const early = nodes.filter(({ position }) => position < 4);
			expect(early.length).toBeGreaterThan(0);
			expect(early.filter(({ attribution }) => attribution !== 0)).toEqual([]);
			const position = new Map(nodes.map((node) => [node.id, node.position]));
			expect(edges.filter(({ source }) => (position.get(source) ?? 0) < 4)).toEqual([]);
			expect(nodes.filter(({ kind, attribution }) => kind === "error" && attribution !== 0).length).toBeGreaterThan(0);
		},
	);

	test("of tokens keeps those that differ", async () => {
		const { nodes } = await trace({ errors: "all", patchPrompt: "abcdxfgh", keepUnconnected: true });
		expect(nodes.filter(({ kind }) => kind === "token").map(({ position }) => position)).toEqual([4]);
	});
});

test("a rule that chooses more than a circuit holds says which would not", () => {
	const attributions = Float32Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 0.001 * (i + 1));
	const site = {
		attributions: {
			kind: "attributions",
			positions: new Int32Array(1000),
			features: new Int32Array(1000),
			attributions,
			errorAttributions: new Float32Array(1),
		},
		chosen: [...attributions.keys()],
		errors: { alone: [], joined: [0] },
	} as const;
	const refusal = (choice: Parameters<typeof checkChosen>[1]) => () => checkChosen([site, site], choice, 500);
	// Of twice 1,000 sizes from 0.001 to 1, at most 500 are above 0.75: rounded up to two digits.
	expect(refusal({ by: "threshold", threshold: 0 })).toThrow(
		"2,000 nodes would be explained, and a circuit holds 500 at most. A threshold of 0.75 leaves few enough.",
	);
	expect(refusal({ by: "count", count: 1000 })).toThrow(/Ask for 125 a site or fewer/);
	expect(refusal({ by: "share", share: 1 })).toThrow(/smaller share/);
});
