import { statSync } from "node:fs";
import { join } from "node:path";
import { buildMetric, lastFeed, type Metric, metricFeeds } from "../../main/circuits/metric.ts";
import { buildTokenInputs, tokenFeeds } from "../../main/model/activation-session.ts";
import { buildGpt2Sites } from "../../main/model/gpt2-graph.ts";
import { mapParameters } from "../../main/model/gpt2-parameters.ts";
import { writeDictionaryShape, writeGpt2Shape } from "../../main/model/gpt2-shape.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { differentiate } from "../../main/onnx/differentiate.ts";
import { ones } from "../../main/onnx/linear.ts";
import { GraphSession } from "../../main/onnx/session.ts";
import { reshape } from "../../main/onnx/shaping.ts";
import type { Value } from "../../main/onnx/value.ts";
import { loadDictionary } from "../../main/sae/dictionary.ts";
import { EncoderSession } from "../../main/sae/encoder-session.ts";
import { measureMedian, megabytes } from "./measure.ts";

/** GPT-2 small's shape with random weights: a run, an encoding. */
const [folder = "", part = "all"] = process.argv.slice(2);
const modelDir = join(folder, "model");
writeGpt2Shape(modelDir);
const ids = Array.from({ length: 32 }, (_, i) => 32 + ((i * 7) % 90));

if (part === "all" || part === "run") {
	const model = loadLanguageModel(modelDir);
	const before = megabytes();
	const began = performance.now();
	const parameter = mapParameters(model);
	const sites = buildGpt2Sites({ config: model.config, parameter, ...buildTokenInputs(parameter) });
	const metric = buildMetric(sites.final, { config: model.config, parameter });
	const targets = [...sites].filter(([name]) => /^(attn|mlp|resid)_/.test(name));
	const gradients = differentiate(
		[{ value: metric.value, cotangent: reshape(ones(1), [1, 1]) }],
		targets.map(([, value]) => value),
	);
	const outputs: Record<string, Value> = { metric: metric.value };
	for (const [i, [name, value]] of targets.entries())
		Object.assign(outputs, { [`x:${name}`]: value, [`g:${name}`]: gradients[i] as Value });
	const session = await GraphSession.load(outputs);
	console.log(`GPT-2 shape: load ${((performance.now() - began) / 1000).toFixed(2)} s`);
	const wanted: Metric = { name: "cross_entropy", terms: [{ token: 5, coefficient: -1 }], normaliser: 1, runIds: ids };
	const feeds = { ...tokenFeeds(ids), ...metricFeeds(wanted), ...lastFeed(ids.length) };
	const run = await measureMedian(12, async () => void (await session.run(feeds)));
	const weights = statSync(join(modelDir, "model.safetensors")).size / 1e6;
	console.log(`GPT-2 shape: forward and full backward, 32 tokens ${run.toFixed(0)} ms a run (goal 150)`);
	// Products cost 2 operations a parameter and token forward and as many backward (activations only).
	const operations = 4 * 85e6 * ids.length + 4 * 38.6e6;
	console.log(
		`GPT-2 shape: ${(operations / run / 1e6).toFixed(0)} billion operations/s in products; two such cores do about 157 at 2.45 GHz`,
	);
	console.log(
		`GPT-2 shape: memory for the model ${(megabytes() - before).toFixed(0)} MB for ${weights.toFixed(0)} MB of weights, ratio ${((megabytes() - before) / weights).toFixed(2)} (goal 1.3)`,
	);
	await session.dispose();
}

if (part === "all" || part === "encode") {
	const dir = join(folder, "wide");
	writeDictionaryShape(dir, "blocks.0.hook_resid_post", 131_072, 32);
	const dictionary = loadDictionary(dir);
	const x = Float32Array.from({ length: 32 * 768 }, (_, i) => Math.sin(i * 12.9898) * 3);
	for (const prepack of [false, true]) {
		const began = performance.now();
		const encoder = await EncoderSession.load(dictionary, { prepack });
		await encoder.run(x);
		const how = prepack ? "prepacked, for many runs" : "as it lies in the file, for one run";
		console.log(`encode, ${how}: loading and a first run ${(performance.now() - began).toFixed(0)} ms`);
		const run = await measureMedian(12, async () => void (await encoder.run(x)));
		console.log(
			`encode, ${how}: 32 tokens × 131,072 features, k 32: ${run.toFixed(0)} ms (goal 80), ${((2 * 32 * 131_072 * 768) / run / 1e6).toFixed(0)} billion operations/s`,
		);
		await encoder.dispose();
	}
}
