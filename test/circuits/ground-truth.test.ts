import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { featureOf, knownModelHash, letters } from "#shared/known-circuit";
import type { ValidationRequest } from "#shared/validation";
import { traceAblation } from "../../main/circuits/ablation.ts";
import { traceConsensus } from "../../main/circuits/consensus.ts";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { type TraceContext, traceGradient } from "../../main/circuits/gradient.ts";
import { traceJacobian } from "../../main/circuits/jacobian.ts";
import { computeResponse } from "../../main/circuits/response.ts";
import { generateSteered } from "../../main/circuits/steering.ts";
import { validateCircuit } from "../../main/circuits/validation.ts";
import { describeCircuit, writeGroundTruth } from "../../main/reference/ground-truth.ts";
import { groundTruthDictionaries, groundTruthModel } from "../../main/reference/paths.ts";
import { ablationRequest, consensusRequest, gradientRequest, jacobianRequest } from "../requests.ts";

const root = mkdtempSync(join(tmpdir(), "scd-ground-truth-"));
afterAll(() => rmSync(root, { recursive: true }));

const request = gradientRequest({
	modelDir: groundTruthModel,
	dictionaryDirs: [groundTruthDictionaries],
	prompt: "abca",
	metric: "logit(b)",
	choice: { by: "count", count: 200 },
	upNodes: 200,
});

const context = (): TraceContext => ({
	encoders: new EncoderCache(1e9),
	signal: new AbortController().signal,
	progress() {},
	memory: { recall: async () => undefined, keep: async () => {} },
});

/** Everything else that the construction leaves behind is smaller: softness of attention, the sink, layer norm. */
const share = 0.1;

function largestOf<T>(items: readonly T[], size: (item: T) => number): readonly T[] {
	const most = Math.max(...items.map((item) => Math.abs(size(item))));
	return items.filter((item) => Math.abs(size(item)) > share * most);
}

test("what is shipped is what is written here, to the last bit", () => {
	const [model, dictionaries] = [join(root, "model"), join(root, "saes")];
	writeGroundTruth(model, dictionaries);
	const list = (folder: string): string[] =>
		readdirSync(folder, { recursive: true, encoding: "utf8" })
			.filter((name) => statSync(join(folder, name)).isFile())
			.sort();
	for (const [made, shipped] of [
		[model, groundTruthModel],
		[dictionaries, groundTruthDictionaries],
	] as const) {
		expect(list(made)).toEqual(list(shipped));
		for (const name of list(made))
			expect(readFileSync(join(made, name)).equals(readFileSync(join(shipped, name))), relative(root, name)).toBe(true);
	}
});

describe.each(["abca", "dcbd", "lkjihgfl"])("on %s, whose circuit is known", (prompt) => {
	const { nodes, edges, tokens, metric, answer, features } = describeCircuit(prompt);
	const asked = { ...request, prompt, metric };

	test("gradients find exactly its nodes and edges", async () => {
		const found = await traceGradient(asked, context());
		const kept = largestOf(found.nodes, ({ attribution }) => attribution);
		expect(kept.map(({ id }) => id).sort()).toEqual([...nodes, ...tokens].sort());
		const strong = largestOf([...found.edges], ({ weight }) => weight);
		expect(strong.map(({ source, target }) => `${source} ${target}`).sort()).toEqual(
			edges.map(([source, target]) => `${source} ${target}`).sort(),
		);
		expect(found.explained).toBeGreaterThan(0.99);
	});

	test("integrated gradients find the same nodes", async () => {
		const found = await traceGradient({ ...asked, integratedGradients: 20 }, context());
		// On the way to nothing the key and the query matter less and less, and the value no less.
		const kept = found.nodes.filter(({ attribution }) => Math.abs(attribution) > 0.5);
		expect(kept.map(({ id }) => id)).toEqual(expect.arrayContaining([...nodes]));
	});

	test("ablation finds the same sources, on either kind of site", async () => {
		const choice = { thresholdExp: Math.log2(0.5), logitTokens: 3 };
		const { ablation } = await traceAblation(ablationRequest(asked, choice), context());
		const [copied, key, value, query, found, next] = features as [string, string, string, string, string, string];
		const into = (target: string) =>
			ablation?.effects
				.filter((effect) => effect.target === target && effect.effect < 0)
				.map(({ source }) => source)
				.sort();
		expect(into(next)).toEqual([key, value, query].sort());
		expect(into(found)).toEqual([copied]);
		for (const source of [copied, key, value, query, found, next]) {
			const logits = ablation?.logits.find((one) => one.source === source);
			expect(logits?.up[0]?.token, source).toBe(answer);
			expect(logits?.up[0]?.effect).toBeGreaterThan(1);
		}
	});

	test("Jacobians find what passes at the last position: itself, and the query", async () => {
		const { jacobian = [] } = await traceJacobian(jacobianRequest(asked, { lastPositionOnly: true }), context());
		const strong = largestOf(jacobian, ({ effect }) => effect);
		const changing = strong.filter(({ source, target }) => nameOf(source) !== nameOf(target));
		expect(changing.map(({ source, target }) => [source, target])).toEqual([[features[3], features[5]]]);
		for (const { source, target, jacobian: slope } of strong)
			if (nameOf(source) === nameOf(target)) expect(slope).toBeCloseTo(1 / 0.95, 2); // the encoder's gain
	});

	test("taking any of its features away takes the answer away, and no other feature does", async () => {
		const active = (await traceGradient({ ...asked, allNodes: true }, context())).nodes
			.filter(({ kind }) => kind === "feature")
			.map(({ id }) => id.replace(/@.*/, ""));
		const { curves } = await computeResponse(
			{
				...asked,
				nodes: [...new Set(active)],
				together: false,
				coefficients: [0],
				watch: [],
				watchTokens: [answer],
			},
			new AbortController().signal,
		);
		const needed = curves.filter(({ points }) => (points[0]?.watched[0] ?? 1) < 0.5).flatMap((curve) => curve.nodes);
		expect(needed.sort()).toEqual([...features].sort());
	});

	test("steering with one of them ablated gives another token; unsteered the answer", async () => {
		const { steps } = await generateSteered(
			{
				...asked,
				changes: [{ feature: features[0] as string, scale: 0 }],
				tokens: 1,
				temperature: 0,
				topK: 0,
				seed: 0,
				listed: 1,
			},
			context(),
		);
		expect(steps[0]?.plain?.token).toBe(answer);
		expect(steps[0]?.suppressed[0]?.token).toBe(answer);
		expect(steps[0]?.steered?.probability).toBeLessThan(0.5);
	});

	test("validation: the circuit alone does all of it, and without it nothing is left; its edges are all it needs", async () => {
		const corpus = join(root, `${prompt}.txt`);
		writeFileSync(corpus, [prompt, prompt].map((text) => text + answer).join("\n\n"));
		const validation: ValidationRequest = {
			modelDir: request.modelDir,
			dictionaryDirs: request.dictionaryDirs,
			provider: "cpu",
			pins: features,
			corpus,
			sequences: 2,
			maxLength: 12,
			baseline: "zero",
			errors: "keep",
			tokens: 1,
			leaveOneOut: true,
			curve: 0,
			controls: 3,
			seed: 1,
			edges: edges.map(([source, target]) => [source, target]),
		};
		const report = await validateCircuit(validation, context());
		const { value: faithful = 0 } = report.faithfulness ?? {};
		expect(faithful).toBeGreaterThan(0.95);
		expect(faithful).toBeLessThanOrEqual(1);
		expect(Math.abs(report.completeness?.value ?? 1)).toBeLessThan(0.01);
		// Nothing goes by another way than the circuit's edges.
		expect(report.edges?.value).toBeCloseTo(faithful, 5);
		expect(report.decreases[0]?.token).toBe(answer);
		for (const { faithfulness } of report.leaveOneOut ?? []) expect(faithfulness).toBeLessThan(0.5);
		for (const control of report.controls ?? []) expect(control).toBeLessThan(0.2);
		const [first, ...others] = validation.edges ?? [];
		const broken = await validateCircuit(
			{ ...validation, edges: others.filter(([source]) => !source.startsWith("attn_0.")) },
			context(),
		);
		expect(first).toBeDefined();
		expect(broken.edges?.value).toBeLessThan(0.5);
	});
});

test("over several prompts of the same letters, exactly the circuit comes back every time", async () => {
	const morePrompts = ["abda", "abea", "abfga", "abkja"];
	const found = await traceConsensus(
		consensusRequest({ ...request, metric: "logit(b)" }, { morePrompts, atLeast: 5 }),
		context(),
	);
	const most = Math.max(...found.nodes.map(({ attribution }) => Math.abs(attribution)));
	const kept = found.nodes.filter(
		({ kind, attribution }) => kind === "feature" && Math.abs(attribution) > share * most,
	);
	expect(kept.map(({ id }) => id).sort()).toEqual([...describeCircuit("abca").features].sort());
	expect(
		found.consensus?.nodes.find(({ id }) => id === `attn_1.${featureOf("attn_1", "next", letters.indexOf("b"))}`),
	).toMatchObject({
		count: 5,
	});
});

/** What a feature of a residual dictionary reads: the same row at either layer. */
function nameOf(id: string): string {
	const [, layer, number] = /^resid_(\d)\.(\d+)$/.exec(id) ?? [];
	for (const table of ["token", "before", "next", "position"] as const)
		for (let row = 0; row < (table === "position" ? 16 : 13); row++)
			if (!(layer === "0" && table === "next") && featureOf(`resid_${layer}`, table, row) === Number(number))
				return `${table} ${row}`;
	return id;
}

test("the model is known by its hash", async () => {
	expect((await traceGradient(request, context())).model.hash).toBe(knownModelHash);
});
