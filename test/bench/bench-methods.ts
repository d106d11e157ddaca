import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strengthsOf } from "#shared/circuit-strengths";
import { rankEdges } from "#shared/rank-edges";
import { tracedPrompts, type ValidationRequest } from "#shared/validation";
import { App } from "../../main/app/app.ts";
import { runCollection } from "../../main/app/collect-job.ts";
import { readCollectedFacts, usualContexts } from "../../main/app/collected-features.ts";
import { reference } from "../../main/app/locations.ts";
import { traceAblation } from "../../main/circuits/ablation.ts";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { type TraceContext, traceGradient } from "../../main/circuits/gradient.ts";
import { encodePrompt } from "../../main/circuits/method-inputs.ts";
import { validateCircuit } from "../../main/circuits/validation.ts";
import { buildTokenInputs, tokenFeeds } from "../../main/model/activation-session.ts";
import { buildGpt2Sites, buildLogits } from "../../main/model/gpt2-graph.ts";
import { mapParameters } from "../../main/model/gpt2-parameters.ts";
import { writeDictionariesShape, writeGpt2Shape } from "../../main/model/gpt2-shape.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { loadTokenizer } from "../../main/model/tokenizer.ts";
import { sub } from "../../main/onnx/elementwise.ts";
import { floats, GraphSession } from "../../main/onnx/session.ts";
import { input } from "../../main/onnx/sources.ts";
import type { Value } from "../../main/onnx/value.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { loadDecoderRows } from "../../main/sae/dictionary-slice.ts";
import { EncoderSession } from "../../main/sae/encoder-session.ts";
import { ablationRequest, gradientRequest } from "../requests.ts";
import { megabytes } from "./measure.ts";
import { Spent } from "./spent.ts";

/** What the methods cost: naive ablation at GPT-2 small's shape, gathering activations, validation. */
const [folder = "", part = "all"] = process.argv.slice(2);
const context = (): TraceContext => ({
	encoders: new EncoderCache(1e9),
	signal: new AbortController().signal,
	progress() {},
	memory: { recall: async () => undefined, keep: async () => {} },
});

if (part === "all" || part === "ablation") await benchAblation();
if (part === "all" || part === "collect") await benchCollect();
if (part === "all" || part === "validate") await benchValidation();
if (part === "all" || part === "prompts") await benchPrompts();

/** Against one whole forward pass for each feature, with the next site encoded at every position, as the seed does. */
async function benchAblation(): Promise<void> {
	const modelDir = join(folder, "model");
	mkdirSync(folder, { recursive: true });
	writeGpt2Shape(modelDir);
	writeDictionariesShape(join(folder, "saes"));
	const model = loadLanguageModel(modelDir);
	const prompt = Array.from({ length: 32 }, (_, i) => String.fromCharCode(97 + ((i * 7) % 26))).join("");
	const ids = loadTokenizer(modelDir).encode(prompt);
	const { width } = model.config;
	for (const layer of [2, 5, 8, 9, 10]) {
		const dirs = [layer, layer + 1].map((one) => join(folder, "saes", `blocks.${one}.hook_resid_post`));
		const [here, next] = dirs.map((dir) => loadDictionary(dir)) as [
			ReturnType<typeof loadDictionary>,
			ReturnType<typeof loadDictionary>,
		];
		const { encoders } = context();
		const loading = performance.now();
		const encoded = await encodePrompt(model, ids, [here], encoders, {});
		await encoders.dispose();
		const { sparse, x, scale } = encoded.get(here.siteName) ?? { sparse: undefined, x: undefined, scale: undefined };
		if (!sparse || !x || !scale) throw new Error("The site was encoded.");
		const features = [...new Set(sparse.features)]
			.filter((_, i, all) => i % Math.floor(all.length / 64) === 0)
			.slice(0, 64);

		const graph = { config: model.config, parameter: mapParameters(model) };
		const sites = buildGpt2Sites({
			...graph,
			...buildTokenInputs(graph.parameter),
			intervene: (site, value) => (site === here.siteName ? sub(value, input("part", ["T", width])) : value),
		});
		const session = await GraphSession.load({
			next: sites.get(next.siteName) as Value,
			logits: buildLogits(sites.final, graph),
		});
		const encoder = await EncoderSession.load(next);
		const rows = loadDecoderRows(here, Int32Array.from(features).sort());
		const runOne = async (i: number) => {
			const part = new Float32Array(ids.length * width);
			for (const [entry, feature] of sparse.features.entries()) {
				if (feature !== features[i]) continue;
				const t = sparse.positions[entry] as number;
				const factor = (sparse.activations[entry] as number) * (scale[t] as number);
				for (let at = 0; at < width; at++) part[t * width + at] = factor * (rows[at] as number);
			}
			const results = await session.run({ ...tokenFeeds(ids), part: { data: part, dims: [ids.length, width] } });
			await encoder.run(floats(results, "next"));
		};
		await runOne(0);
		const loaded = (performance.now() - loading) / 1000;
		const counted = 8;
		let began = performance.now();
		for (let i = 0; i < counted; i++) await runOne(i);
		const single = ((performance.now() - began) / 1000 / counted) * features.length + loaded;
		await session.dispose();
		await encoder.dispose();

		const selection = gradientRequest({ modelDir, dictionaryDirs: dirs, prompt, upNodes: 5 });
		const request = ablationRequest(selection, {
			pins: features.map((feature) => `resid_${layer}.${feature}`),
			thresholdExp: 40,
		});
		began = performance.now();
		// The threshold leaves nothing to go on with, so that one layer is measured and not the next as well.
		await traceAblation(request, context()).catch((error: Error) => {
			if (!/No effect is above/.test(error.message)) throw error;
		});
		const ours = (performance.now() - began) / 1000;
		console.log(
			`naive ablation, layer ${layer} of 12, ${features.length} features with logit effects, ${ids.length} tokens: ${ours.toFixed(2)} s with loading; one pass a feature, also with loading, ${single.toFixed(2)} s (${(single / ours).toFixed(1)} ×; goal 20), ${Math.round(megabytes())} MB`,
		);
	}
}

async function benchCollect(): Promise<void> {
	const temporary = mkdtempSync(join(tmpdir(), "scd-bench-collect-"));
	const database = join(temporary, "scd.sqlite");
	const app = new App(database);
	const choice = {
		modelDir: reference.model,
		dictionaryDirs: [reference.dictionaries],
		provider: "cpu" as const,
		corpus: reference.sample,
		maxLength: 128,
	};
	const outcome = await runCollection(app, choice, {
		...usualContexts,
		signal: new AbortController().signal,
		progress() {},
	});
	const bytes = statSync(database).size;
	console.log(
		`collect on the bundled model, 12 dictionaries: ${Math.round(outcome.tokensPerSecond)} tokens/s (goal 5,000); ${(bytes / outcome.activations).toFixed(1)} bytes an activation (goal 40), ${outcome.activations} of them`,
	);
	const times: number[] = [];
	const hash = loadDictionary(join(reference.dictionaries, "blocks.2.hook_resid_post")).hash;
	const { tokenText } = loadTokenizer(reference.model);
	for (let feature = 0; feature < 100; feature++) {
		const began = performance.now();
		readCollectedFacts(app.store, hash, feature, usualContexts, tokenText);
		times.push(performance.now() - began);
	}
	times.sort((a, b) => a - b);
	console.log(
		`top contexts of a feature among ${outcome.activations} activations: ${times[50]?.toFixed(1)} ms at the median, ${times[98]?.toFixed(1)} ms at worst but one (goal 20)`,
	);
	app.dispose();
	rmSync(temporary, { recursive: true });
}

async function benchValidation(): Promise<void> {
	const trace = gradientRequest({
		modelDir: reference.model,
		dictionaryDirs: [reference.dictionaries],
		prompt: "Copyright (C)",
		choice: { by: "count", count: 6 },
		upNodes: 6,
	});
	const { nodes } = await traceGradient(trace, context());
	const pins = [...new Set(nodes.filter(({ kind }) => kind === "feature").map(({ id }) => id.replace(/@.*/, "")))];
	const request: ValidationRequest = {
		modelDir: trace.modelDir,
		dictionaryDirs: trace.dictionaryDirs,
		provider: "cpu",
		pins: pins.slice(0, 40),
		corpus: reference.sample,
		sequences: 100,
		maxLength: 64,
		baseline: "zero",
		errors: "keep",
		tokens: 10,
		leaveOneOut: false,
		curve: 0,
		controls: 0,
		seed: 0,
	};
	for (const [name, more] of [
		["knock-out, faithfulness, completeness", {}],
		["and the size curve, 5 random circuits", { curve: 6, controls: 5 }],
		[
			"and what each feature is worth, 32 sequences of 48",
			{ curve: 6, controls: 5, leaveOneOut: true, sequences: 32, maxLength: 48 },
		],
	] as const) {
		const report = await validateCircuit({ ...request, ...more }, context());
		console.log(
			`validation of ${request.pins.length} features on the bundled sample, ${report.sequences} sequences, ${report.tokens} tokens, ${name}: ${report.seconds.toFixed(1)} s (goal 20)`,
		);
	}
}

/** Scores on prompts: what is spent beside the passes through the model that each of them consists of. */
async function benchPrompts(): Promise<void> {
	const trace = gradientRequest({
		modelDir: reference.model,
		dictionaryDirs: [reference.dictionaries],
		prompt: "The cat sat on the mat. The cat",
		choice: { by: "count", count: 20 },
		upNodes: 20,
	});
	const circuit = await traceGradient(trace, context());
	const { metric, cases: [traced] = [] } = tracedPrompts(trace);
	const animals = ["cat", "dog", "bird", "horse", "cow", "fish", "goat", "mouse"];
	const cases = animals.map((animal) => ({ prompt: (traced?.prompt ?? "").replaceAll("cat", animal) }));
	const request: ValidationRequest = {
		modelDir: trace.modelDir,
		dictionaryDirs: trace.dictionaryDirs,
		provider: "cpu",
		pins: [...strengthsOf(circuit).nodes.keys()],
		prompts: { metric, cases },
		...{ sequences: 100, maxLength: 64, baseline: "zero", errors: "keep", tokens: 10, seed: 0 },
		...{ leaveOneOut: false, curve: 0, controls: 0 },
	};
	const watched = new Spent();
	watched.watch("loading", GraphSession, "load");
	watched.watch("passes", GraphSession.prototype, "run");
	for (const [name, more] of [
		["faithfulness and completeness", {}],
		["subsets", { subsets: 10 }],
		["edge curve", { edgeCurve: rankEdges(circuit.edges) }],
		["each feature", { leaveOneOut: true }],
	] as const) {
		const used = process.cpuUsage();
		await validateCircuit({ ...request, ...more }, context());
		const { user, system } = process.cpuUsage(used);
		const [all, kinds] = [(user + system) / 1e6, watched.tell()];
		const [loading, passes] = [kinds.of("loading").processor, kinds.of("passes").processor];
		console.log(
			`validation of ${request.pins.length} features on ${cases.length} prompts, ${name}: ${all.toFixed(1)} s of processor, ${loading.toFixed(1)} s of it loading; ${((all - loading) / passes).toFixed(2)} × its passes (goal 1.5)`,
		);
	}
}
