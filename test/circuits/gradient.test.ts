import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import type { Piece } from "../../main/shared/piece.ts";
import type { TraceRequest, TraceResult } from "../../main/shared/trace.ts";
import { type OracleMetric, traceOracle } from "../oracle/gradient-circuit.ts";
import { type RandomDictionary, writeRandomDictionary } from "../random/write-dictionary.ts";
import { type RandomModel, writeRandomModel } from "../random/write-model.ts";

const root = mkdtempSync(join(tmpdir(), "scd-gradient-"));
afterAll(() => rmSync(root, { recursive: true }));

const hooks: Readonly<Record<string, string>> = {
	attn: "hook_attn_out",
	mlp: "hook_mlp_out",
	resid: "hook_resid_post",
	mid: "hook_resid_mid",
	z: "attn.hook_z",
};
const kinds = ["standard", "topk", "jumprelu", "gated", "batchtopk"] as const;

let cases = 0;

interface Case {
	readonly model: Partial<RandomModel>;
	readonly sites: readonly string[];
	readonly dictionary?: (site: string, index: number) => Partial<RandomDictionary>;
	readonly request?: Partial<TraceRequest>;
	readonly prompt?: string;
	readonly patch?: string;
}

const defaults: Omit<TraceRequest, "modelDir" | "dictionaryDirs" | "prompt"> = {
	metric: "cross_entropy",
	choice: { by: "count", count: 4 },
	upNodes: 5,
	lastPositionOnly: false,
	allNodes: true,
	keepUnconnected: true,
	provider: "cpu",
};

/** Writes a random model with dictionaries, traces it, and asks the oracle the same. */
async function runCase({ model, sites, dictionary, request, prompt = "abcdef", patch }: Case) {
	const folder = join(root, String(cases++));
	const shape = { layers: 2, heads: 2, width: 12, vocabularySize: 257, seed: cases, ...model };
	writeRandomModel(join(folder, "model"), shape);
	const folders: Record<string, string> = {};
	for (const [i, site] of sites.entries()) {
		const [kind, layer] = site.split("_") as [string, string];
		const before = site === "resid_-1";
		const hook = before ? "blocks.0.hook_resid_pre" : `blocks.${layer}.${hooks[kind]}`;
		folders[site] = join(folder, "saes", site);
		writeRandomDictionary(folders[site], hook, {
			dIn: shape.width,
			dSae: 30,
			kind: kinds[(i + cases) % kinds.length] as RandomDictionary["kind"],
			seed: 31 * cases + i,
			...dictionary?.(site, i),
		});
	}
	const pieces = new Map<string, Piece>();
	const trace = (extra: Partial<TraceRequest> = {}): Promise<TraceResult> =>
		traceGradient(
			{
				...defaults,
				modelDir: join(folder, "model"),
				dictionaryDirs: [join(folder, "saes")],
				prompt,
				...(patch !== undefined && { patchPrompt: patch }),
				...request,
				...extra,
			},
			{
				memory: { recall: async (key) => pieces.get(key), keep: async (key, piece) => void pieces.set(key, piece) },
				encoders: new EncoderCache(1e8),
				signal: new AbortController().signal,
				progress: () => {},
			},
		);
	const result = await trace();
	const crossEntropy = result.metric.name === "cross_entropy";
	const ids = crossEntropy ? result.prompt.tokenIds.slice(0, -1) : result.prompt.tokenIds;
	const encode = (text: string) =>
		Array.from(text, (letter) => result.prompt.tokenIds[prompt.indexOf(letter)] as number);
	const oracle = traceOracle({
		modelDir: join(folder, "model"),
		dictionaries: folders,
		ids,
		metric: readMetric(result),
		...(patch !== undefined && { patchIds: encode(patch).slice(0, ids.length) }),
		...(request?.integratedGradients !== undefined && { steps: request.integratedGradients }),
	});
	return { result, oracle, trace };
}

function readMetric({ metric, prompt }: TraceResult): OracleMetric {
	if (metric.name === "cross_entropy") return { terms: [[prompt.tokenIds.at(-1) as number, -1]], normaliser: 1 };
	const numbers = [...metric.name.matchAll(/#(\d+)/g)].map(([, number]) => Number(number));
	if (metric.name.startsWith("logit_difference"))
		return {
			terms: [
				[numbers[0] as number, 1],
				[numbers[1] as number, -1],
			],
			normaliser: 0,
		};
	return { terms: [[numbers[0] as number, 1]], normaliser: metric.name.startsWith("logprob") ? -1 : 0 };
}

/** Compares every number that both sides have, and that both have the same ones. */
function expectAgreement({ result, oracle }: Awaited<ReturnType<typeof runCase>>, checkAttributions = true): void {
	expect(result.metric.value).toBeCloseTo(oracle.metric, 4);
	const nodes = new Map(result.nodes.map((node) => [node.id, node]));
	const pairs: [string, number, number][] = [];
	const compare = (what: string, ours: number | undefined, theirs: number) => {
		expect(ours, what).toBeDefined();
		pairs.push([what, ours as number, theirs]);
	};
	const settle = () => {
		const largest = Math.max(...pairs.map(([, , theirs]) => Math.abs(theirs)));
		for (const [what, ours, theirs] of pairs.splice(0))
			expect(Math.abs(ours - theirs), `${what}: ${ours} and not ${theirs}`).toBeLessThan(2e-4 * largest + 1e-7);
	};
	let active = 0;
	for (const site of oracle.sites) {
		const [kind, layer] = site.name.split("_");
		for (const [position, features] of site.attributions.entries())
			for (const f of features.keys()) {
				active++;
				compare(
					`activation of ${site.name}.${f}@${position}`,
					nodes.get(`${site.name}.${f}@${position}`)?.activation,
					site.activations[position]?.get(f) ?? 0,
				);
			}
		for (const [position, norm] of site.errorNorms.entries())
			compare(`norm at ${site.name}@${position}`, nodes.get(`${kind}_error_${layer}@${position}`)?.activation, norm);
	}
	expect(result.nodes.filter(({ kind }) => kind === "feature").length).toBe(active);
	expect(active).toBeGreaterThan(0);
	settle();
	for (const site of oracle.sites) {
		const [kind, layer] = site.name.split("_");
		for (const [position, features] of site.attributions.entries())
			for (const [f, attribution] of features)
				compare(
					`attribution of ${site.name}.${f}@${position}`,
					nodes.get(`${site.name}.${f}@${position}`)?.attribution,
					attribution,
				);
		for (const [position, attribution] of site.errorAttributions.entries())
			compare(
				`error at ${site.name}@${position}`,
				nodes.get(`${kind}_error_${layer}@${position}`)?.attribution,
				attribution,
			);
	}
	for (const { token, attribution } of oracle.logits) {
		const node = result.nodes.find(({ kind, feature }) => kind === "logit" && feature === token);
		compare(`logit ${token}`, node?.attribution, attribution);
	}
	if (checkAttributions) settle();
	pairs.length = 0;

	const targets = new Map<string, Map<string, number>>();
	for (const { source, target, weight } of result.edges) {
		const known = targets.get(target) ?? new Map<string, number>();
		known.set(source, weight);
		targets.set(target, known);
	}
	expect(targets.size).toBeGreaterThan(0);
	let [features, total] = [0, 0];
	for (const [target, kept] of targets) {
		const node = nodes.get(target);
		const effects = oracle.effectsInto(
			node?.kind === "logit"
				? { position: node.position, term: oracle.logits.findIndex(({ token }) => token === node.feature) }
				: {
						site: `${node?.site}_${node?.layer}`,
						position: node?.position as number,
						...(node?.kind === "feature" && { feature: node.feature as number }),
					},
		);
		const rest = new Map<string, number[]>();
		for (const [source, effect] of effects) {
			const weight = kept.get(source);
			const feature = /^(\w+_-?\d+)\.\d+@/.exec(source)?.[1];
			const own = feature !== undefined && !source.startsWith("token") && !source.includes("error");
			if (weight !== undefined) compare(`${source} → ${target}`, weight, effect);
			else if (own) rest.set(feature, [...(rest.get(feature) ?? []), Math.abs(effect)]);
			else compare(`${source} → ${target}`, 0, effect);
			if (own && weight !== undefined) features += effect;
			if (weight !== undefined && !source.startsWith("token")) total += effect;
		}
		// What was not kept is no larger than the smallest that was.
		for (const [site, sizes] of rest) {
			const keptSizes = [...kept]
				.filter(([source]) => source.startsWith(`${site}.`))
				.map(([, weight]) => Math.abs(weight));
			if (Math.max(...sizes) > 1e-6)
				expect(Math.max(...sizes)).toBeLessThanOrEqual(Math.min(...keptSizes) * 1.001 + 1e-6);
		}
	}
	settle();
	expect(Math.abs(result.explained / (features / total) - 1)).toBeLessThan(1e-3);
}

const allSites = ["attn_0", "mlp_0", "resid_0", "attn_1", "mlp_1", "resid_1"];

describe("a gradient circuit agrees with its definition in float64", () => {
	test.each([0, 1, 2, 3, 4])("dictionaries of all kinds at attention, MLP and residual sites (%i)", async () => {
		expectAgreement(await runCase({ model: {}, sites: allSites }));
	});

	test.each(["none", "layer_norm", "constant_norm_rescale"])("normalisation %s", async (normalize_activations) => {
		expectAgreement(
			await runCase({ model: {}, sites: allSites, dictionary: () => ({ fields: { normalize_activations } }) }),
		);
	});

	test("centring, no bias on the input, fine-tuned factors, rescaling by decoder norms", async () => {
		expectAgreement(
			await runCase({
				model: {},
				sites: ["resid_-1", "resid_0", "resid_1"],
				dictionary: () => ({
					kind: "standard",
					fields: { model_from_pretrained_kwargs: { center_writing_weights: true } },
				}),
			}),
		);
		expectAgreement(
			await runCase({
				model: {},
				sites: ["attn_0", "mlp_1"],
				dictionary: () => ({
					kind: "standard",
					scalingFactor: true,
					fields: { finetuning_scaling_factor: true, apply_b_dec_to_input: false },
				}),
			}),
		);
		expectAgreement(
			await runCase({
				model: {},
				sites: ["mlp_0", "resid_1"],
				dictionary: () => ({ kind: "topk", fields: { rescale_acts_by_decoder_norm: true } }),
			}),
		);
	});

	test.each([
		[["resid_0", "resid_1"]],
		[["mlp_0", "mlp_1"]],
		[["mid_0", "resid_0", "mid_1"]],
		[["z_0", "mlp_0", "z_1"]],
		[["resid_-1", "attn_1"]],
		[["resid_0"]],
	])("any mixture of sites: %s", async (sites) => {
		expectAgreement(await runCase({ model: {}, sites }));
	});

	test.each(["gelu_new", "gelu", "relu"])(
		"activation function %s, untied head, prefixed names, half floats",
		async (activation) => {
			expectAgreement(
				await runCase({
					model: { activation, tied: false, prefix: true, dtype: "F16" },
					sites: allSites,
					dictionary: () => ({ dtype: "F16" }),
				}),
			);
		},
	);

	test.each(["logit(#105)", "logprob(#105)", "logit_difference(#105,#66)"])("metric %s", async (metric) => {
		expectAgreement(await runCase({ model: {}, sites: allSites, request: { metric } }));
	});

	test("one layer, one head, one position", async () => {
		expectAgreement(
			await runCase({ model: { layers: 1, heads: 1 }, sites: ["attn_0", "mlp_0", "resid_0"], prompt: "ab" }),
		);
	});

	test("a prompt pair, and integrated gradients to zero and to a patch", async () => {
		expectAgreement(await runCase({ model: {}, sites: allSites, patch: "bacdef" }));
		expectAgreement(
			await runCase({
				model: {},
				sites: ["attn_0", "mlp_0", "resid_0", "mid_1", "z_1"],
				request: { integratedGradients: 10 },
			}),
		);
		expectAgreement(
			await runCase({ model: {}, sites: ["attn_1", "resid_0"], patch: "bacdef", request: { integratedGradients: 4 } }),
		);
	});

	test("wide activity takes the other way through the same sums", async () => {
		const many = (dSae: number, k: number): Case => ({
			model: {},
			sites: ["resid_0", "mlp_1"],
			dictionary: () => ({ kind: "topk", dSae, k }),
		});
		expectAgreement(await runCase(many(200, 2)));
		expectAgreement(await runCase(many(20, 12)));
	});

	test("the identity of section 3 holds in the oracle, so attributions add up", async () => {
		const { oracle } = await runCase({ model: {}, sites: allSites });
		for (const { identity } of oracle.sites) for (const [parts, whole] of identity) expect(parts).toBeCloseTo(whole, 9);
	});
});

describe("what a circuit holds", () => {
	test("only nodes on a path from a token to a logit, unless asked for all", async () => {
		const { trace } = await runCase({ model: {}, sites: allSites });
		const pruned = await trace({ allNodes: false, keepUnconnected: false });
		const sources = new Set(pruned.edges.map(({ source }) => source));
		const targets = new Set(pruned.edges.map(({ target }) => target));
		expect(pruned.nodes.length).toBeGreaterThan(3);
		for (const { id, kind } of pruned.nodes) {
			if (kind !== "logit") expect(sources, id).toContain(id);
			if (kind !== "token") expect(targets, id).toContain(id);
		}
	});

	test("the last position alone", async () => {
		const { trace } = await runCase({ model: {}, sites: allSites });
		const last = await trace({ lastPositionOnly: true, allNodes: false });
		expect(new Set(last.nodes.map(({ position }) => position))).toEqual(new Set([4]));
	});

	test("stored pieces give the same circuit without computing it again", async () => {
		const { result, trace } = await runCase({ model: {}, sites: allSites });
		const again = await trace();
		expect(result.reused).toBe(0);
		expect(again.reused).toBe(again.pieces);
		expect(again.edges).toEqual(result.edges);
		expect(again.nodes).toEqual(result.nodes);
	});

	test("a threshold that leaves nothing says what the largest attribution is", async () => {
		const { trace } = await runCase({ model: {}, sites: ["resid_0"] });
		await expect(trace({ choice: { by: "threshold", threshold: 1e9 } })).rejects.toThrow(
			/leaves no feature; the largest \|attribution\| is \d/,
		);
	});
});
