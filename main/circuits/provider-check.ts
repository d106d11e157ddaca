import { AppError } from "#shared/errors";
import type { GraphCheck, ProviderCheck, ProviderCheckRequest, TraceCheck } from "#shared/provider-check";
import type { Progress, TraceResult } from "#shared/trace";
import type { GradientRequest, ProviderChoice } from "#shared/trace-request";
import { chooseProvider, nameProvider, type Provider } from "../onnx/providers.ts";
import { GraphSession, type Numbers } from "../onnx/session.ts";
import { EncoderCache } from "./encoder-cache.ts";
import { traceGradient } from "./gradient.ts";
import { buildProviderGraphs, type ProviderGraph } from "./provider-graphs.ts";

export interface ProviderCheckContext {
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
	/** Called between runs; may throw to stop. */
	pause(): Promise<void>;
}

const runs = 5;

/**
 * The provider that would be checked; the processor only where it was asked for by name. Throws `unsupported` where no other
 * works here, since the processor's numbers would say nothing of a card.
 */
export async function requireProvider(wish: ProviderChoice): Promise<Provider> {
	const { provider, fallback } = await chooseProvider(wish);
	if (wish === "cpu" || provider !== "cpu") return provider;
	throw new AppError(
		"unsupported",
		`${wish === "auto" ? "No card can be computed on" : `${wish} does not work`} here, so there is nothing to compare with the processor. ${fallback ?? "This build of ONNX Runtime brings no other provider"}. scd doctor says what is missing.`,
		{ wish, fallback },
	);
}

/** Runs a fixed set of graphs and then whole traces on a provider and on the processor, and measures how both differ. */
export async function checkProvider(
	{ provider: wish, traces: wanted, divide }: ProviderCheckRequest,
	context: ProviderCheckContext,
): Promise<ProviderCheck> {
	const provider = await requireProvider(wish);
	const list = [...buildProviderGraphs(divide)];
	const total = list.length + wanted.length;
	const graphs: GraphCheck[] = [];
	for (const graph of list) {
		await context.pause();
		context.progress({ step: graph.name, done: graphs.length, total });
		graphs.push(await checkGraph(graph, provider));
	}
	const traces: TraceCheck[] = [];
	for (const { name, request } of wanted) {
		context.progress({ step: `Tracing ${name}`, done: list.length + traces.length, total });
		traces.push(await checkTrace(name, request, provider, context));
	}
	const fastest = (where: "provider" | "cpu") =>
		Math.max(...graphs.map(({ operations, seconds }) => operations / seconds[where] / 1e9));
	return {
		provider,
		graphs,
		traces,
		peak: { provider: fastest("provider"), cpu: fastest("cpu") },
	};
}

async function checkGraph(
	{ name, outputs, feeds, operations }: ProviderGraph,
	provider: Provider,
): Promise<GraphCheck> {
	const measure = async (where: Provider) => {
		const began = performance.now();
		const session = await GraphSession.load(outputs, { provider: where });
		try {
			const results = await session.run(feeds);
			const first = performance.now() - began;
			const times: number[] = [];
			for (let run = 0; run < runs; run++) {
				const from = performance.now();
				await session.run(feeds);
				times.push(performance.now() - from);
			}
			times.sort((a, b) => a - b);
			return { results, firstSeconds: first / 1000, seconds: (times[runs >> 1] as number) / 1000 };
		} finally {
			await session.dispose();
		}
	};
	const cpu = await measure("cpu");
	const other = await measure(provider);
	return {
		name,
		operations,
		difference: Math.max(...Object.keys(outputs).map((key) => differ(other.results[key], cpu.results[key]))),
		seconds: { provider: other.seconds, cpu: cpu.seconds },
		firstSeconds: other.firstSeconds,
	};
}

/** Largest difference as a share of the largest number; what is no number differs without bound. */
function differ(a: Numbers | undefined, b: Numbers | undefined): number {
	if (!a || !b || a.data.length !== b.data.length) return Number.POSITIVE_INFINITY;
	let [most, largest] = [0, 0];
	for (const [i, value] of a.data.entries()) {
		const [x, y] = [Number(value), Number(b.data[i])];
		if (Number.isNaN(x) || Number.isNaN(y)) return Number.POSITIVE_INFINITY;
		most = Math.max(most, Math.abs(x - y));
		largest = Math.max(largest, Math.abs(y));
	}
	return most / (largest || 1);
}

async function checkTrace(
	name: string,
	request: GradientRequest,
	provider: Provider,
	{ signal }: ProviderCheckContext,
): Promise<TraceCheck> {
	const encoders = new EncoderCache();
	const trace = (where: ProviderChoice) =>
		traceGradient(
			{ ...request, provider: where },
			{ memory: { recall: async () => undefined, keep: async () => {} }, encoders, signal, progress: () => {} },
		);
	try {
		const other = await trace(nameProvider(provider));
		const again = await trace(nameProvider(provider));
		const cpu = await trace("cpu");
		const attributions = compare(byKey(other, "nodes"), byKey(cpu, "nodes"));
		const edges = compare(byKey(other, "edges"), byKey(cpu, "edges"));
		return {
			name,
			nodes: cpu.nodes.length,
			edges: cpu.edges.length,
			difference: { attributions: attributions.difference, edges: edges.difference },
			apart: attributions.apart + edges.apart,
			seconds: { provider: other.seconds, cpu: cpu.seconds },
			againSeconds: again.seconds,
			peakRssBytes: other.peakRssBytes,
		};
	} finally {
		await encoders.dispose();
	}
}

function byKey(result: TraceResult, part: "nodes" | "edges"): ReadonlyMap<string, number> {
	return part === "nodes"
		? new Map(result.nodes.map(({ id, attribution }) => [id, attribution]))
		: new Map(result.edges.map(({ source, target, weight }) => [`${source} ${target}`, weight]));
}

function compare(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>) {
	let [most, largest, shared] = [0, 0, 0];
	for (const [key, value] of b) {
		largest = Math.max(largest, Math.abs(value));
		const other = a.get(key);
		if (other === undefined) continue;
		shared++;
		most = Math.max(most, Math.abs(value - other));
	}
	return { difference: most / (largest || 1), apart: a.size + b.size - 2 * shared };
}
