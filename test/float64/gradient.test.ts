import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import type { Piece } from "#shared/piece";
import type { TraceResult } from "#shared/trace";
import type { GradientRequest } from "#shared/trace-request";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { OracleDictionary } from "./dictionary.ts";
import { traceOracle } from "./gradient-circuit.ts";
import { type Scenario, writeScenario } from "./scenario.ts";

const kinds: readonly OracleDictionary["kind"][] = ["standard", "topk", "jumprelu", "gated", "batchtopk"];
const all = [0, 1].flatMap((layer) =>
	["hook_attn_out", "hook_mlp_out", "hook_resid_post"].map((place) => ({ hook: `blocks.${layer}.${place}` })),
);
const at = (...hooks: string[]) => hooks.map((hook) => ({ hook: `blocks.${hook}` }));

/** Seeds are fixed: on them no two candidates for a last place are as near as float32 is coarse. */
const scenarios: Record<string, Scenario> = {
	"all sites of two layers": { seed: 1, dictionaries: all },
	"all sites, all nodes listed, nothing pruned": { seed: 2, dictionaries: all, allNodes: true, keepUnconnected: true },
	...Object.fromEntries(
		kinds.flatMap((kind, i) =>
			(["none", "layer_norm", "constant_norm_rescale"] as const).map((normalize, j) => [
				`${kind} on ${normalize}`,
				{
					seed: 80 + 3 * i + j,
					dictionaries: at("0.hook_attn_out", "0.hook_resid_post", "1.hook_mlp_out").map((place) => ({
						...place,
						kind,
						normalize,
						applyDecoderBiasToInput: j !== 1,
					})),
					allNodes: true,
				} satisfies Scenario,
			]),
		),
	),
	...Object.fromEntries(
		(["none", "layer_norm", "constant_norm_rescale"] as const).map((normalize, j) => [
			`abstopk on ${normalize}`,
			{
				seed: 120 + j,
				dictionaries: at("0.hook_attn_out", "0.hook_resid_post", "1.hook_mlp_out").map((place) => ({
					...place,
					kind: "abstopk" as const,
					normalize,
					spelling: "v6" as const,
					rescaleByDecoderNorm: j === 2,
				})),
				allNodes: true,
			} satisfies Scenario,
		]),
	),
	"sparsify's groups": {
		seed: 124,
		dictionaries: at("0.hook_attn_out", "0.hook_resid_post", "1.hook_mlp_out").map((place) => ({
			...place,
			kind: "groupmax" as const,
			bos: true,
		})),
		allNodes: true,
	},
	"every kind in one circuit": {
		seed: 30,
		dictionaries: all.map((place, i) => ({
			...place,
			kind: kinds[i % 5] as OracleDictionary["kind"],
			spelling: (["new", "old", "v6"] as const)[i % 3] as "new",
		})),
		allNodes: true,
	},
	"bare legacy configurations, BOS": {
		seed: 31,
		dictionaries: all.map((place) => ({ ...place, spelling: "bare" as const, bos: true })),
	},
	"activations rescaled by decoder norms": {
		seed: 32,
		dictionaries: all.map((place) => ({
			...place,
			kind: "topk" as const,
			rescaleByDecoderNorm: true,
			spelling: "v6" as const,
		})),
		allNodes: true,
	},
	"finetuned scales": {
		seed: 33,
		dictionaries: all.map((place) => ({ ...place, finetuned: true, spelling: "old" as const })),
		allNodes: true,
	},
	"resid only": { seed: 40, dictionaries: at("0.hook_resid_post", "1.hook_resid_post") },
	"mlp only": { seed: 41, dictionaries: at("0.hook_mlp_out", "1.hook_mlp_out") },
	"attn only": { seed: 42, dictionaries: at("0.hook_attn_out", "1.hook_attn_out") },
	"resid_mid only": { seed: 43, dictionaries: at("0.hook_resid_mid", "1.hook_resid_mid") },
	"hook_z only, gated and layer-normed": {
		seed: 44,
		dictionaries: at("0.attn.hook_z", "1.attn.hook_z").map((place) => ({
			...place,
			kind: "gated" as const,
			normalize: "layer_norm" as const,
		})),
	},
	"z, attn, mid, mlp and resid of each layer, and the embedding": {
		seed: 45,
		dictionaries: [
			...at("0.hook_resid_pre", "0.attn.hook_z", "0.hook_resid_mid", "1.attn.hook_z", "1.hook_resid_mid"),
			...all,
		],
		allNodes: true,
	},
	"z without attn, mid of one layer": {
		seed: 46,
		dictionaries: at("0.attn.hook_z", "1.hook_resid_mid", "1.hook_mlp_out"),
	},
	"the embedding with centring, resid above it": {
		seed: 47,
		dictionaries: at("0.hook_resid_pre", "1.hook_resid_pre", "1.hook_resid_post").map((place) => ({
			...place,
			centre: true,
			bos: true,
		})),
		allNodes: true,
	},
	"centring and layer norm": {
		seed: 48,
		dictionaries: at("0.hook_resid_pre", "1.hook_resid_pre").map((place) => ({
			...place,
			centre: true,
			kind: "topk" as const,
			normalize: "layer_norm" as const,
		})),
	},
	"normalised streams, what reads them and the neurons of each layer": {
		seed: 60,
		dictionaries: at(
			...["0.ln1.hook_normalized", "0.hook_attn_out", "0.ln2.hook_normalized", "0.mlp.hook_post", "0.hook_resid_post"],
			...["1.ln1.hook_normalized", "1.ln2.hook_normalized", "1.mlp.hook_post", "1.hook_mlp_out"],
		),
		allNodes: true,
	},
	"normalised streams alone, the final one too": {
		seed: 61,
		dictionaries: [
			...at("0.ln1.hook_normalized", "1.ln1.hook_normalized", "1.ln2.hook_normalized"),
			{ hook: "ln_final.hook_normalized", kind: "topk" },
		],
		allNodes: true,
	},
	"what the MLP alone reads, below and above what writes to the stream": {
		seed: 66,
		dictionaries: [
			...at("0.hook_resid_pre"),
			{ hook: "blocks.0.hook_mlp_in", kind: "abstopk" },
			...at("0.hook_mlp_out", "0.hook_resid_post"),
			{ hook: "blocks.1.hook_mlp_in", centre: true, normalize: "layer_norm" },
			...at("1.ln2.hook_normalized"),
		],
		allNodes: true,
	},
	"what the MLP alone reads, integrated gradients": {
		seed: 67,
		dictionaries: at("0.hook_mlp_in", "1.hook_resid_mid", "1.hook_mlp_in"),
		integratedGradients: 4,
		allNodes: true,
	},
	"normalised streams read by weights without their mean": {
		seed: 68,
		dictionaries: [
			{ hook: "blocks.0.ln1.hook_normalized", foldsNorm: true },
			{ hook: "blocks.0.ln2.hook_normalized", foldsNorm: true, kind: "gated" },
			{ hook: "blocks.1.ln2.hook_normalized", foldsNorm: true, kind: "topk", normalize: "layer_norm" },
			{ hook: "ln_final.hook_normalized", foldsNorm: true, finetuned: true, spelling: "old" },
		],
		allNodes: true,
	},
	"the final norm alone, a logit": {
		seed: 62,
		dictionaries: [{ hook: "ln_final.hook_normalized", kind: "jumprelu" }],
		metric: { name: "logit", token: 104 },
		allNodes: true,
	},
	"neurons alone": { seed: 63, dictionaries: at("0.mlp.hook_post", "1.mlp.hook_post"), allNodes: true },
	"neurons of an MLP of another width, layer-normed": {
		seed: 64,
		model: { inner: 20 },
		dictionaries: at("0.mlp.hook_post", "1.mlp.hook_post", "1.hook_resid_post").map((place) => ({
			...place,
			kind: "topk" as const,
			normalize: "layer_norm" as const,
		})),
	},
	"token embeddings beside the stream that holds their positions": {
		seed: 65,
		dictionaries: [{ hook: "hook_embed" }, ...at("0.hook_resid_pre", "0.hook_mlp_out", "1.hook_resid_post")],
		allNodes: true,
	},
	"token embeddings alone, centred": {
		seed: 66,
		dictionaries: [{ hook: "hook_embed", centre: true, kind: "gated" }, ...at("1.hook_resid_post")],
		allNodes: true,
	},
	"single heads, one beside the whole of its layer": {
		seed: 67,
		dictionaries: [
			{ hook: "blocks.0.attn.hook_z", head: 1 },
			{ hook: "blocks.1.attn.hook_z", head: 0, kind: "topk" },
			{ hook: "blocks.1.attn.hook_z", head: 1, normalize: "layer_norm" },
			...at("1.attn.hook_z", "1.hook_resid_post"),
		],
		allNodes: true,
	},
	"heads without their value biases, and without what the norm's bias adds": {
		seed: 68,
		dictionaries: [
			{ hook: "blocks.0.attn.hook_z", folds: "value biases" },
			{ hook: "blocks.1.attn.hook_z", head: 1, folds: "value biases and norm", kind: "topk" },
			...at("1.hook_resid_post"),
		],
		allNodes: true,
	},
	"factors that are not folded into the weights": {
		seed: 69,
		dictionaries: [
			{ hook: "blocks.0.hook_mlp_out", normFactor: 2.37 },
			{ hook: "blocks.0.hook_resid_post", normFactor: 2.37, kind: "jumprelu", centre: true },
			{ hook: "blocks.1.hook_mlp_out", normFactor: 2.37, kind: "topk", rescaleByDecoderNorm: true, spelling: "v6" },
		],
		conventions: { normFactor: 2.37 },
		allNodes: true,
	},
	"new sites, integrated gradients": {
		seed: 73,
		dictionaries: [
			{ hook: "hook_embed" },
			...at("0.ln1.hook_normalized", "0.mlp.hook_post", "1.ln2.hook_normalized"),
			{ hook: "blocks.1.attn.hook_z", head: 1, folds: "value biases" },
			{ hook: "ln_final.hook_normalized", normFactor: 0.4 },
		],
		conventions: { normFactor: 0.4 },
		integratedGradients: 4,
		allNodes: true,
	},
	"new sites, a prompt pair": {
		seed: 74,
		dictionaries: [
			...at("0.ln2.hook_normalized", "1.ln1.hook_normalized", "1.mlp.hook_post"),
			{ hook: "ln_final.hook_normalized" },
		],
		prompt: "abcfed",
		patchPrompt: "abdfed",
		metric: { name: "logit_difference", token: 100, against: 101 },
		allNodes: true,
	},
	"a single dictionary": { seed: 49, dictionaries: at("0.hook_mlp_out") },
	"one layer, one head": {
		seed: 50,
		model: { layers: 1, heads: 1, width: 8 },
		dictionaries: at("0.hook_attn_out", "0.hook_mlp_out", "0.hook_resid_post"),
	},
	"one layer, one head, one position": {
		seed: 51,
		model: { layers: 1, heads: 1, width: 8 },
		dictionaries: at("0.hook_attn_out", "0.hook_mlp_out", "0.hook_resid_post"),
		prompt: "ab",
		keepUnconnected: true,
	},
	"two layers, one head, one position, layer-normed": {
		seed: 52,
		model: { heads: 1 },
		dictionaries: all.map((place) => ({ ...place, kind: "topk" as const, normalize: "layer_norm" as const })),
		prompt: "no",
	},
	"one token for a logit": {
		seed: 53,
		model: { heads: 1 },
		dictionaries: all,
		prompt: "q",
		metric: { name: "logit", token: 104 },
	},
	"three layers, three heads, exact GELU, untied, sharded, prefixed": {
		seed: 54,
		model: {
			layers: 3,
			heads: 3,
			width: 24,
			inner: 20,
			activation: "gelu",
			tied: false,
			sharded: true,
			prefixed: true,
			epsilon: 1e-3,
		},
		dictionaries: [...all, ...at("2.hook_mlp_out", "2.hook_resid_post")],
		prompt: "the cat s.",
	},
	"relu, float16": {
		seed: 55,
		model: { activation: "relu", type: "F16" },
		dictionaries: all.map((place) => ({ ...place, type: "F16" as const })),
	},
	bfloat16: {
		seed: 56,
		model: { type: "BF16", prefixed: true },
		dictionaries: all.map((place) => ({ ...place, type: "BF16" as const })),
	},
	"the metric logit": { seed: 60, dictionaries: all, metric: { name: "logit", token: 120 } },
	"the metric logprob": { seed: 61, dictionaries: all, metric: { name: "logprob", token: 99 } },
	"the metric logit difference": {
		seed: 62,
		dictionaries: all,
		metric: { name: "logit_difference", token: 97, against: 98 },
	},
	"the last position only": { seed: 63, dictionaries: all, lastPositionOnly: true },
	"the last position only, all nodes, nothing pruned": {
		seed: 64,
		dictionaries: all,
		lastPositionOnly: true,
		allNodes: true,
		keepUnconnected: true,
	},
	"a threshold": { seed: 65, dictionaries: all, choice: { by: "threshold", threshold: 0.05 }, upNodes: 3 },
	"a share": { seed: 66, dictionaries: all, choice: { by: "share", share: 0.5 }, upNodes: 2 },
	"every feature and every edge": {
		seed: 67,
		dictionaries: all,
		choice: { by: "count", count: 1000 },
		upNodes: 1000,
		keepUnconnected: true,
	},
	"a slice of the layers": { seed: 68, dictionaries: all, layers: "1:2" },
	"a prompt pair": { seed: 70, dictionaries: all, patchPrompt: "abzfxd", allNodes: true, keepUnconnected: true },
	"a prompt pair, layer-normed": {
		seed: 71,
		dictionaries: all.map((place) => ({ ...place, kind: "topk" as const, normalize: "layer_norm" as const })),
		patchPrompt: "xbcfed",
		metric: { name: "logit_difference", token: 97, against: 98 },
		allNodes: true,
	},
	"integrated gradients": { seed: 72, dictionaries: all, integratedGradients: 10, allNodes: true },
	"integrated gradients, three steps, layer-normed and rescaled": {
		seed: 73,
		dictionaries: all.map((place, i) => ({
			...place,
			normalize: i % 2 ? ("layer_norm" as const) : ("constant_norm_rescale" as const),
		})),
		integratedGradients: 3,
		allNodes: true,
	},
	"integrated gradients of a prompt pair": {
		seed: 74,
		dictionaries: all.map((place) => ({ ...place, kind: "jumprelu" as const, normalize: "layer_norm" as const })),
		patchPrompt: "abzfxd",
		integratedGradients: 5,
		allNodes: true,
	},
	...Object.fromEntries(
		(["chosen", "sources", "pooled", "all"] as const).map((errors, i) => [
			`errors: ${errors}`,
			{
				seed: 110 + i,
				dictionaries: all,
				errors,
				choice: { by: "count", count: 2 },
				allNodes: i > 1,
			} satisfies Scenario,
		]),
	),
	"chosen errors, a share, whole blocks between": {
		seed: 115,
		dictionaries: at("0.hook_resid_pre", "0.hook_resid_post", "1.hook_resid_post"),
		errors: "chosen",
		choice: { by: "share", share: 0.4 },
	},
	"chosen errors of a pair, a threshold, heads": {
		seed: 116,
		dictionaries: at("0.attn.hook_z", "0.hook_mlp_out", "1.hook_resid_mid"),
		patchPrompt: "abcxed",
		errors: "chosen",
		choice: { by: "threshold", threshold: 0.02 },
		keepUnconnected: true,
	},
	"joined errors of a pair, layer-normed, integrated gradients": {
		seed: 117,
		dictionaries: all.map((place) => ({ ...place, normalize: "layer_norm" as const })),
		patchPrompt: "abzfed",
		errors: "pooled",
		integratedGradients: 3,
	},
	"the last position's error alone": { seed: 118, dictionaries: all, errors: "pooled", lastPositionOnly: true },
	"integrated gradients at every kind of site": {
		seed: 75,
		dictionaries: at("0.hook_resid_pre", "0.attn.hook_z", "0.hook_resid_mid", "1.attn.hook_z", "1.hook_resid_mid"),
		integratedGradients: 4,
		lastPositionOnly: true,
		allNodes: true,
	},
};

describe("a gradient circuit equals the float64 one", () => {
	test.each(Object.entries(scenarios))("%s", async (_, scenario) => {
		const folder = mkdtempSync(join(tmpdir(), "float64-"));
		onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
		const { request, oracle } = writeScenario(folder, scenario);
		const expected = traceOracle(oracle);
		const actual = await trace(request);
		expect(actual.prompt.tokenIds).toEqual(oracle.tokens);
		expect(expected.edges.length).toBeGreaterThan(0);
		expectNear(new Map([["metric", actual.metric.value]]), new Map([["metric", expected.metric]]));
		// A share whose sums cancel: it is near as a share, not as the small number that it may be.
		const explained = new Map([["explained", actual.explained ?? Number.NaN]]);
		expectNear(
			new Map([["one", 1], ...explained]),
			new Map([
				["one", 1],
				["explained", expected.explained],
			]),
		);
		expectNear(valuesOf(actual.nodes, "activation"), valuesOf(expected.nodes, "activation"));
		expectNear(valuesOf(actual.nodes, "attribution"), valuesOf(expected.nodes, "attribution"));
		expectNear(weightsOf(actual.edges), weightsOf(expected.edges));
		expect(actual.nodes.map(describeNode).sort()).toEqual(expected.nodes.map(describeNode).sort());
		expect(actual.edges.map(describeEdge).sort()).toEqual(expected.edges.map(describeEdge).sort());
	});
});

async function trace(request: GradientRequest): Promise<TraceResult> {
	const pieces = new Map<string, Piece>();
	return traceGradient(request, {
		memory: {
			recall: async (key) => pieces.get(key),
			keep: async (key, piece) => void pieces.set(key, piece),
		},
		encoders: new EncoderCache(1e8),
		progress: () => {},
		signal: new AbortController().signal,
	});
}

const valuesOf = (nodes: readonly CircuitNode[], value: "activation" | "attribution") =>
	new Map(nodes.map((node) => [node.id, node[value]]));
const weightsOf = (edges: Iterable<CircuitEdge>) =>
	new Map([...edges].map((edge) => [describeEdge(edge), edge.weight]));
const describeEdge = ({ source, target }: CircuitEdge) => `${source} → ${target}`;
const describeNode = ({ id, kind, site, layer, feature, position, joined }: CircuitNode) =>
	[id, kind, site, layer, feature, position, joined].join(" ");

/** To 1e-4 of the largest; what one side lacks counts as zero. */
function expectNear(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
	const largest = Math.max(...[...expected.values()].map(Math.abs));
	const wrong: string[] = [];
	for (const key of new Set([...actual.keys(), ...expected.keys()])) {
		const [found, wanted] = [actual.get(key) ?? 0, expected.get(key) ?? 0];
		if (!(Math.abs(found - wanted) <= 1e-4 * largest))
			wrong.push(`${key}: ${actual.get(key)} instead of ${expected.get(key)}`);
	}
	expect(wrong).toEqual([]);
}
