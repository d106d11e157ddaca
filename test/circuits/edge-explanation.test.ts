import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explainEdge } from "../../main/circuits/edge-explanation.ts";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { EdgeExplanation, EdgeRequest } from "../../main/shared/edge-explanation.ts";
import { writeRandomDictionary } from "../random/write-dictionary.ts";
import { writeThreeLayers } from "../random/write-three-layers.ts";
import { gradientRequest } from "../requests.ts";

const root = mkdtempSync(join(tmpdir(), "scd-edge-"));
const encoders = new EncoderCache();
beforeAll(() => writeThreeLayers(root));
afterAll(async () => {
	await encoders.dispose();
	rmSync(root, { recursive: true });
});

type Site = "0.hook_mlp_out" | "1.hook_mlp_out" | "0.hook_resid_post" | "2.hook_resid_post";
const mlps = ["0.hook_mlp_out", "1.hook_mlp_out"] as const satisfies readonly Site[];

async function explain(sites: readonly Site[], source: string, target: string, more: Partial<EdgeRequest> = {}) {
	const request: EdgeRequest = {
		...{
			modelDir: join(root, "model"),
			dictionaryDirs: sites.map((site) => join(root, "saes", site)),
			prompt: "abcdef",
		},
		...{ metric: "cross_entropy", provider: "cpu", choice: { by: "count", count: 3 }, lastPositionOnly: false },
		...{ source, target, measure: true, ...more },
	};
	return await explainEdge(request, { encoders, signal: new AbortController().signal });
}

/** Relative to the largest of what is compared: sums of single precision against double precision. */
const near = (value: number, scale = Math.abs(value)) => ({
	asymmetricMatch: (other: unknown) => typeof other === "number" && Math.abs(other - value) <= 2e-5 * scale + 1e-9,
	toString: () => `near ${value}`,
});

type Head = readonly [layer: number, head: number, values: number, keys: number, queries: number];

function check(found: EdgeExplanation, weight: number, straight: number, heads: readonly Head[]): void {
	expect(found.weight).toEqual(near(weight));
	expect(found.straight).toEqual(near(straight, Math.abs(weight)));
	const scale = Math.max(Math.abs(weight), ...heads.flatMap((head) => head.slice(2).map(Math.abs)));
	expect(found.heads.map(({ reads: _, ...head }) => head)).toEqual(
		heads.map(([layer, head, values, keys, queries]) => ({
			...{ layer, head, values: near(values, scale), keys: near(keys, scale), queries: near(queries, scale) },
			weight: near(values + keys + queries, scale),
		})),
	);
	// Every way is counted once.
	const sum = found.heads.reduce((total, head) => total + head.weight, found.straight);
	expect(sum).toEqual(near(found.weight, scale));
}

/*
 * What is expected was computed in double precision by a program of its own in torch: it stops gradients at all attentions
 * behind one head, at the stream beside that attention, and at two of queries, keys and values, and takes the source out by
 * running the model again.
 */
describe("an edge taken apart by the last attention on its way", () => {
	test("over two layers from one position to another, another dictionary between them being held", async () => {
		const found = await explain([...mlps, "2.hook_resid_post"], "mlp_0.22@2", "resid_2.1@4");
		check(found, 0.006205962143142792, 0, [
			[1, 0, 0.003699176589652329, -0.0050426080702255195, 0],
			[1, 1, 0.0013997922756813263, 0.0033381317359830296, 0],
			[2, 0, 0.006769202834142172, 0.0004333558099990131, -0.002428115915552075],
			[2, 1, -0.004545664746119431, 0.002265344200623244, 0.00031734742895870606],
		]);
		// Layer 2 reads the source where it is, and what layer 1 carried elsewhere.
		expect(found.heads[2]?.reads).toEqual([
			{ position: 2, weight: near(0.006776595420599711) },
			{ position: 3, weight: near(0.0004994803013765805, 0.006) },
			{ position: 4, weight: near(-7.351707783510726e-5, 0.006) },
		]);
		expect(found.way).toEqual({ attentions: [1, 2], mlps: [2] });
		expect(found.slope).toEqual(near(-0.1869432404963675));
		expect(found.measured).toEqual({
			...{ before: near(3.088255494520144), held: near(3.0309340847844988), free: near(3.0884007912015967) },
			predicted: near(0.006205962143142792 / -0.1869432404963675),
			weight: near(-0.1869432404963675 * (3.0309340847844988 - 3.088255494520144), 0.1),
			metric: { before: near(4.371102076415533), after: near(4.405138062482602), predicted: near(0.13882410140416068) },
		});
	});

	test("at one position by the stream and the MLPs, and by heads that look at it", async () => {
		const found = await explain([...mlps, "2.hook_resid_post"], "mlp_0.28@4", "resid_2.23@4");
		check(found, -0.20548616175987994, -0.19658362795755713, [
			[1, 0, -0.00027916351770104075, 0.00032903797762388794, -0.024668067828532963],
			[1, 1, -0.001367827224305033, -0.0037663646955248395, 0.01567345269495304],
			[2, 0, 0.01370666009140969, 8.211002328199083e-7, 0.0015473294621352342],
			[2, 1, 0.0007465581808890744, 0.00014293413449777367, -0.010967904178000448],
		]);
		expect(found.measured).toMatchObject({ held: near(2.0627274369130673), free: near(2.064017286053086) });
	});

	test("out of an error, and into one", async () => {
		const outOf = await explain(mlps, "mlp_error_0@2", "mlp_1.0@4");
		check(outOf, -0.09139210479072628, 0, [
			[1, 0, -0.07714673771986871, -0.07114017915383739, 0],
			[1, 1, 0.009592999913118, 0.047301812169861804, 0],
		]);
		expect(outOf.measured).toMatchObject({
			...{ before: near(0.8343406389757404), held: near(1.1096062803989657) },
			metric: { after: near(4.9453591252430025), predicted: near(-0.36585360709762615) },
		});
		const into = await explain(mlps, "mlp_0.22@2", "mlp_error_1@4");
		check(into, 0.21898172112724706, 0, [
			[1, 0, 0.1203949646247417, 0.10519283126717721, 0],
			[1, 1, -0.01630786544953979, 0.009701790684867812, 0],
		]);
		expect(into.slope).toBe(1);
		expect(into.measured).toMatchObject({ before: near(0.7939497516166801), held: near(0.8764302963459926) });
	});

	test("of joined errors sums over their positions at both ends", async () => {
		// Of each site's five errors the two strongest stand alone: those of 1 and 2, and of 0 and 4.
		const rule = { choice: { by: "count", count: 2 }, errors: "chosen" } as const;
		const found = await explain(mlps, "mlp_error_0.rest", "mlp_error_1.rest", rule);
		check(found, 0.008889665461887054, -0.026076091833866187, [
			[1, 0, 0.00043279792062161666, 0.038985218372916484, -0.002302833383666888],
			[1, 1, 0.0035163942515475614, -0.007548312209494283, 0.0018824923438287365],
		]);
		expect(found.heads[0]?.reads).toEqual([
			{ position: 0, weight: near(0.03961865200280493) },
			{ position: 3, weight: near(-0.00020063570926683041, 0.04) },
		]);
		expect(found.measured).toMatchObject({
			...{ before: near(-0.03297767025431375, 0.1), held: near(0.00794883148406332, 0.1) },
			metric: { after: near(7.461562071258235), predicted: near(-0.2521751158789718) },
		});
	});

	test("of a prompt pair is what moving to the other prompt does", async () => {
		const found = await explain([...mlps, "2.hook_resid_post"], "mlp_0.22@2", "resid_2.1@4", { patchPrompt: "abxdef" });
		check(found, -0.0006258856086268845, 0, [
			[1, 0, -0.00037307049863188283, 0.0005085586647651778, 0],
			[1, 1, -0.0001411722824290937, -0.00033665829166569956, 0],
			[2, 0, -0.0006826897325577868, -4.3704933842196036e-5, 0.00024488109539970925],
			[2, 1, 0.00045844078333322663, -0.0002284651921899161, -3.200522080842262e-5],
		]);
		expect(found.measured).toMatchObject({
			...{ held: near(3.091550738846374), free: near(3.0846109970989866) },
			metric: { after: near(4.355984921741605), predicted: near(-0.014000731102658974) },
		});
	});

	test("that is linear does what it predicts, under the holds that define it", async () => {
		const found = await explain(["0.hook_mlp_out", "0.hook_resid_post"], "mlp_0.15@4", "resid_0.26@4");
		check(found, -0.0009443655024069601, -0.0009443655024069601, []);
		const { before, held, predicted, weight } = found.measured as NonNullable<EdgeExplanation["measured"]>;
		expect(held).toEqual(near(1.558340918496636));
		expect(held - before).toEqual(near(predicted, 1.6));
		expect(weight).toEqual(near(found.weight, 1.6 * Math.abs(found.slope)));
	});

	test("into a logit crosses the final norm alone", async () => {
		const found = await explain([...mlps, "2.hook_resid_post"], "resid_2.1@4", "logit.69@4");
		check(found, -0.31691439020931167, -0.31691439020931167, []);
		expect(found.measured).toMatchObject({
			...{ before: near(3.514995186423933), held: near(3.1861392742453516) },
			metric: { before: near(4.371102076415533), after: near(4.912897132233246), predicted: near(0.5773284896263078) },
		});
	});

	test("is not measured where nobody asks for it", async () => {
		expect(await explain(mlps, "mlp_0.22@2", "mlp_1.0@4", { measure: false })).not.toHaveProperty("measured");
	});
});

/** One site of each kind, so that ways begin and end everywhere, with dictionaries of every kind. */
const everywhere = [
	["blocks.0.ln1.hook_normalized", 12, "standard"],
	["blocks.0.attn.hook_z", 12, "topk"],
	["blocks.0.mlp.hook_post", 48, "standard"],
	["blocks.1.hook_resid_mid", 12, "jumprelu"],
	["blocks.1.hook_mlp_in", 12, "gated"],
	["blocks.1.ln2.hook_normalized", 12, "standard"],
	["blocks.2.hook_attn_out", 12, "standard"],
	["blocks.2.hook_mlp_out", 12, "batchtopk"],
	["ln_final.hook_normalized", 12, "standard"],
] as const;

test("the parts of every edge add up to what the trace found, whatever its ends are", { timeout: 60_000 }, async () => {
	for (const [i, [hook, dIn, kind]] of everywhere.entries())
		writeRandomDictionary(join(root, "everywhere", `${i}`), hook, { dIn, dSae: 40, kind, seed: 60 + i });
	const rule = { choice: { by: "count", count: 4 }, errors: "chosen" } as const;
	const dictionaryDirs = [join(root, "everywhere")];
	const asked = gradientRequest({
		modelDir: join(root, "model"),
		dictionaryDirs,
		prompt: "abcdef",
		upNodes: 4,
		...rule,
	});
	const { edges } = await traceGradient(asked, {
		memory: { recall: async () => undefined, keep: async () => {} },
		...{ encoders, signal: new AbortController().signal, progress() {} },
	});
	const kindOf = (id: string) => id.replace(/[.@].*$/, "");
	const strongestFirst = [...edges].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
	const onePerPair = Map.groupBy(strongestFirst, ({ source, target }) => `${kindOf(source)} ${kindOf(target)}`);
	expect(onePerPair.size).toBeGreaterThan(60);
	for (const [pair, [edge]] of onePerPair) {
		const { source = "", target = "", weight = 0 } = edge ?? {};
		const found = await explain([], source, target, { ...rule, dictionaryDirs, measure: false });
		const parts = [found.straight, ...found.heads.flatMap(({ values, keys, queries }) => [values, keys, queries])];
		const size = parts.reduce((sum, part) => sum + Math.abs(part), 0);
		expect(found.weight, pair).toEqual(near(weight, size));
		expect(
			parts.reduce((sum, part) => sum + part, 0),
			pair,
		).toEqual(near(weight, size));
	}
});

describe("an edge that cannot be taken apart", () => {
	test.each([
		[
			"mlp_0.28@4",
			"mlp_1.0@2",
			"Nothing leads from mlp_0.28@4 to mlp_1.0@2 without passing another dictionary's site.",
		],
		[
			"mlp_1.0@2",
			"mlp_0.28@4",
			"Nothing leads from mlp_1.0@2 to mlp_0.28@4 without passing another dictionary's site.",
		],
		["mlp_0.22", "mlp_1.0@4", "mlp_0.22 stands for all positions, and what carries an edge is known of one."],
		["mlp_0.29@2", "mlp_1.0@4", "mlp_0.29@2 is nothing that an edge of this prompt could begin or end at."],
		["attn_0.1@2", "mlp_1.0@4", "attn_0.1@2 cannot be asked about: no dictionary sits at attn_0."],
		["mlp_error_0.rest", "mlp_1.0@4", "mlp_error_0.rest is nothing that an edge of this prompt could begin or end at."],
	])("from %s to %s says why", async (source, target, why) => {
		await expect(explain(mlps, source, target)).rejects.toThrow(why);
	});
});
