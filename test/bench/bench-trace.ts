import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EncoderCache } from "../../main/circuits/encoder-cache.ts";
import { traceGradient } from "../../main/circuits/gradient.ts";
import { Paths } from "../../main/circuits/paths.ts";
import { SplicedLoss } from "../../main/circuits/spliced-loss.ts";
import { UpProducts } from "../../main/circuits/up-products.ts";
import { validateCircuit } from "../../main/circuits/validation.ts";
import { buildTokenInputs, tokenFeeds } from "../../main/model/activation-session.ts";
import { buildGpt2Sites, buildLogits } from "../../main/model/gpt2-graph.ts";
import { mapParameters } from "../../main/model/gpt2-parameters.ts";
import { gpt2Small, writeDictionariesShape, writeGpt2Shape } from "../../main/model/gpt2-shape.ts";
import { loadLanguageModel } from "../../main/model/language-model.ts";
import { matMul } from "../../main/onnx/linear.ts";
import { GraphSession } from "../../main/onnx/session.ts";
import { constant, input } from "../../main/onnx/sources.ts";
import { EncoderSession } from "../../main/sae/encoder-session.ts";
import type { Piece } from "../../main/shared/piece.ts";
import type { GradientRequest } from "../../main/shared/trace-request.ts";
import { gradientRequest } from "../requests.ts";
import { Spent } from "./spent.ts";

/** Traces and a validation at GPT-2 small's shape: what they take, on what, and how far that is from the machine's limits. */
const [folder = "", part = "all"] = process.argv.slice(2);
const modelDir = join(folder, "model");
writeGpt2Shape(modelDir);
const sentence = "The quick brown fox jumps over the lazy dog and runs into the deep dark forest. ";
const spent = new Spent();
const pieces = new Map<string, Piece>();
const seconds = (number: number) => `${number.toFixed(number < 10 ? 2 : 1)} s`;

const billions = await measureProducts();
if (part === "all" || part === "trace") await benchTraces();
if (part === "all" || part === "wide") await benchWide();
if (part === "all" || part === "validation") await benchValidation();

/** Billions of operations a processor second in one large product of packed matrices; the memory's speed beside it. */
async function measureProducts(): Promise<number> {
	const [rows, inner, columns] = [1024, 768, 8192];
	const graph = { y: matMul(input("x", [rows, inner]), constant(new Float32Array(inner * columns), [inner, columns])) };
	const session = await GraphSession.load(graph, { prepack: true });
	const feeds = { x: { data: new Float32Array(rows * inner), dims: [rows, inner] } };
	await session.run(feeds);
	const limits = new Spent();
	for (let i = 0; i < 8; i++) await limits.count("products", () => session.run(feeds));
	await session.dispose();
	const { wall, processor } = limits.tell().of("products");
	const operations = 8 * 2 * rows * inner * columns;
	const [from, to] = [new Float32Array(6.4e7).fill(1), new Float32Array(6.4e7)];
	to.set(from);
	const began = performance.now();
	for (let i = 0; i < 4; i++) to.set(from);
	const bytes = (4 * 2 * from.byteLength) / (performance.now() - began) / 1e6;
	console.log(
		`this machine now: ${(operations / wall / 1e9).toFixed(0)} billion operations/s in a large product, ${(operations / processor / 1e9).toFixed(0)} a processor second; copying reads and writes ${bytes.toFixed(1)} GB/s`,
	);
	return operations / processor / 1e9;
}

function watchTrace(): void {
	spent.watch("loading", GraphSession, "create");
	spent.watch("encoding", EncoderSession.prototype, "run");
	spent.watch("paths", Paths.prototype, "run");
	spent.watch("multiplying", UpProducts.prototype, "run");
}

interface Row {
	readonly name: string;
	readonly request: GradientRequest;
	readonly encoders: EncoderCache;
	readonly goal: string;
	readonly dSae: number;
}

async function runTrace({ name, request, encoders, goal, dSae }: Row): Promise<number> {
	spent.tell();
	const used = process.cpuUsage();
	let settle = () => {};
	let step = "";
	const signal = new AbortController().signal;
	const steps = new Spent();
	const result = await traceGradient(request, {
		memory: { recall: async (key) => pieces.get(key), keep: async (key, piece) => void pieces.set(key, piece) },
		encoders,
		signal,
		progress(progress) {
			if (progress.step === step) return;
			settle();
			step = progress.step;
			void steps.count(step.split(" ")[0] as string, () => new Promise<void>((resolve) => (settle = resolve)));
		},
	});
	settle();
	await Promise.resolve();
	const { user, system } = process.cpuUsage(used);
	const processor = (user + system) / 1e6;
	const kinds = spent.tell();
	const model = steps.tell().of("Model");
	const tokens = result.prompt.tokenIds.length - (request.metric === "cross_entropy" ? 1 : 0);
	const parts = Object.entries({
		loading: kinds.of("loading"),
		encoding: kinds.of("encoding"),
		differentiating: {
			wall: model.wall + kinds.of("paths").wall,
			processor: model.processor + kinds.of("paths").processor,
		},
		"multiplying with decoders": kinds.of("multiplying"),
	});
	const rest = processor - parts.reduce((sum, [, { processor: own }]) => sum + own, 0);
	const shares = [...parts.map(([kind, { processor: own }]) => [kind, own] as const), ["the rest", rest] as const]
		.map(([kind, own]) => `${kind} ${((100 * own) / processor).toFixed(0)}%`)
		.join(", ");
	const encoded = (36 * 2 * tokens * dSae * gpt2Small.width) / 1e9 / billions;
	const encoding = kinds.of("encoding").processor;
	const reached = encoding > 0 ? `; encoding at ${((100 * encoded) / encoding).toFixed(0)}% of the cores' limit` : "";
	console.log(
		`trace, ${name}: ${seconds(result.seconds)} (${goal}), ${seconds(processor)} of processor: ${shares}${reached}; ${result.nodes.length} nodes, ${result.edges.length} edges; ${(result.peakRssBytes / 1e6).toFixed(0)} MB at most so far`,
	);
	return processor;
}

function ask(saes: string, tokens: number, more: Partial<GradientRequest> = {}): GradientRequest {
	return gradientRequest({
		modelDir,
		dictionaryDirs: [saes],
		// A token is a byte here, and cross-entropy keeps the last as its target.
		prompt: sentence.repeat(20).slice(0, more.metric === undefined ? tokens + 1 : tokens),
		choice: { by: "count", count: 10 },
		upNodes: 10,
		errors: "chosen",
		...more,
	});
}

async function benchTraces(): Promise<void> {
	const saes = join(folder, "saes");
	writeDictionariesShape(saes);
	watchTrace();
	const encoders = new EncoderCache();
	const run = async (name: string, request: GradientRequest, goal: string) =>
		await runTrace({ name: `36 × 24,576, ${name}`, request, encoders, goal, dSae: gpt2Small.features });
	await run("32 tokens, cold", ask(saes, 32), "goal 3 s and 1.2 GB");
	await run("32 tokens, another metric", ask(saes, 32, { metric: "logit(5)" }), "goal 2 s");
	pieces.clear();
	await run("32 tokens, warm", ask(saes, 32), "goal 3 s");
	pieces.clear();
	const most = { choice: { by: "count", count: 139 } as const, upNodes: 1e6 };
	await run("64 tokens, 5,000 feature nodes with all edges", ask(saes, 64, most), "goal 60 s and 2 GB");
	const costs: number[] = [];
	for (const [tokens, goal] of [
		[128, "no goal"],
		[256, "goal 10 s"],
		[512, "no goal"],
		[1023, "goal 60 s and 3 GB"],
	] as const) {
		pieces.clear();
		costs.push((await run(`${tokens} tokens`, ask(saes, tokens), goal)) / tokens);
	}
	console.log(
		`processor time a token: ${costs.map((cost) => `${(1000 * cost).toFixed(0)} ms`).join(", ")} at 128, 256, 512 and 1,023 tokens (goal: within 1.5 × of each other)`,
	);
	await encoders.dispose();
}

async function benchWide(): Promise<void> {
	const saes = join(folder, "wide-36", "saes");
	const dSae = 131_072;
	writeDictionariesShape(saes, { ...gpt2Small, features: dSae });
	if (part !== "all") watchTrace();
	const encoders = new EncoderCache();
	pieces.clear();
	const name = "36 × 131,072, 32 tokens";
	await runTrace({ name, request: ask(saes, 32), encoders, goal: "goal 10 s and 1.3 GB", dSae });
	await encoders.dispose();
}

/** Some sequences of a thousand: what is spent beside the forward passes that it cannot do without. */
async function benchValidation(): Promise<void> {
	const [sequences, length] = [4, 128];
	const saes = join(folder, "saes");
	writeDictionariesShape(saes);
	const texts = Array.from({ length: sequences }, (_, i) => sentence.repeat(3).slice(i, i + length));
	const corpus = join(folder, "validation.jsonl");
	writeFileSync(corpus, texts.map((text) => JSON.stringify({ text })).join("\n"));
	const pins = Array.from({ length: 100 }, (_, i) => {
		const kind = ["attn", "mlp", "resid"][i % 3];
		return `${kind}_${Math.floor(i / 3) % 12}.${(i * 997) % gpt2Small.features}`;
	});
	const watched = new Spent();
	watched.watch("loading", GraphSession, "create");
	watched.watch("spliced", SplicedLoss.prototype, "run");
	const used = process.cpuUsage();
	const report = await validateCircuit(
		{
			...{ modelDir, dictionaryDirs: [saes], provider: "cpu", pins, corpus, sequences, maxLength: length, tokens: 10 },
			...{ baseline: "zero", errors: "keep", leaveOneOut: false, curve: 0, controls: 0, seed: 0 },
		},
		{
			encoders: new EncoderCache(),
			signal: new AbortController().signal,
			progress() {},
			memory: { recall: async () => undefined, keep: async () => {} },
		},
	);
	const { user, system } = process.cpuUsage(used);
	const kinds = watched.tell();
	const loading = kinds.of("loading").processor;
	const all = (user + system) / 1e6 - loading;
	const model = loadLanguageModel(modelDir);
	const graph = { config: model.config, parameter: mapParameters(model) };
	const { final } = buildGpt2Sites({ ...graph, ...buildTokenInputs(graph.parameter) });
	const plain = await GraphSession.load({ logits: buildLogits(final, graph) }, { prepack: true });
	const passes = new Spent();
	const ids = Array.from({ length }, (_, t) => 32 + (t % 90));
	for (let i = 0; i < 4; i++) await passes.count("plain", () => plain.run(tokenFeeds(ids)));
	await plain.dispose();
	// The model as it is and knocked out; with dictionaries, the circuit alone and nothing.
	const needed = (2 * sequences * passes.tell().of("plain").processor) / 4 + kinds.of("spliced").processor;
	console.log(
		`validation of 100 features, ${report.sequences} sequences of ${length} tokens: ${seconds(report.seconds)}, ${seconds(loading)} of processor for loading and ${seconds(all / sequences)} a sequence, ${(all / needed).toFixed(2)} × its forward passes (goal 1.5), ${((1000 * all) / sequences / 3600).toFixed(1)} processor hours for 1,000 sequences`,
	);
}
