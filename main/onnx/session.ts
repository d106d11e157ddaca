import { AppError, assert } from "#shared/errors";
import { assertLegal } from "./legality.ts";
import { isMemoryLimited, mayCopy } from "./memory.ts";
import type { Provider } from "./providers.ts";
import { InferenceSession, Tensor } from "./runtime.ts";
import { type SerializedGraph, serializeGraph } from "./serialize.ts";
import type { Value } from "./value.ts";

export interface Numbers {
	readonly data: Float32Array | BigInt64Array;
	readonly dims: readonly number[];
}

export interface SessionOptions {
	readonly provider?: Provider;
	readonly threads?: number;
	/**
	 * Rearranges weights for faster products when loading: a second copy and some time, which pays off from about ten
	 * runs on. Done where memory allows.
	 */
	readonly prepack?: boolean;
	/** Inputs by the outputs that are their next values: state that stays in the session, and with WebGPU on the card. */
	readonly state?: Readonly<Record<string, string>>;
}

/**
 * For products with few rows of what lies in this process's memory or in a file: bringing it to a card takes longer than they
 * do. (On an H200 a trace of 32 tokens took 1.7 s less with decoder products on its machine's processor.)
 */
export const onProcessor = (options?: SessionOptions): SessionOptions => ({ ...options, provider: "cpu" });

/**
 * A built graph, ready to run. Owns ONNX Runtime's session until `dispose()`.
 *
 * Weights are mapped from their files and used where they lie, unless prepacking is asked for.
 */
export class GraphSession {
	readonly #session: InferenceSession;
	readonly #inputs: ReadonlyMap<string, Value>;
	/** Inputs by the names of the outputs that they come from. */
	readonly #state: ReadonlyMap<string, string>;
	readonly #kept = new Map<string, Tensor>();

	private constructor(
		session: InferenceSession,
		inputs: ReadonlyMap<string, Value>,
		state: Readonly<Record<string, string>>,
	) {
		this.#session = session;
		this.#inputs = inputs;
		this.#state = new Map(Object.entries(state).map(([output, name]) => [`out:${output}`, name]));
	}

	/** Checks and loads the graph behind `outputs`. Throws `engine` when ONNX Runtime refuses it. */
	static async load(outputs: Readonly<Record<string, Value>>, options?: SessionOptions): Promise<GraphSession> {
		assertLegal(outputs);
		return await GraphSession.create(serializeGraph(outputs, options?.provider), options);
	}

	/** Loads what is serialized already, for the provider of `options`. */
	static async create(
		{ bytes, weightsFolder, weightBytes, inputs, halfNodes }: SerializedGraph,
		{ provider = "cpu", threads, prepack = false, state = {} }: SessionOptions = {},
	): Promise<GraphSession> {
		const folder = weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: weightsFolder };
		try {
			const session = await InferenceSession.create(bytes, {
				executionProviders: listProviders(provider, halfNodes),
				graphOptimizationLevel: "all",
				// The runtime's own pool takes up to twice what is needed and keeps it until the session ends.
				enableCpuMemArena: !isMemoryLimited(),
				logSeverityLevel: 3,
				...(provider === "webgpu" && { preferredOutputLocation: locate(Object.keys(state)) }),
				...(threads !== undefined && { intraOpNumThreads: threads }),
				extra: {
					session: {
						disable_prepacking: prepack && mayCopy(weightBytes) ? "0" : "1",
						// Threads that wait by spinning take as much of the processor as the work does, and from whoever else needs it.
						intra_op: { allow_spinning: "0" },
						...folder,
					},
				},
			});
			return new GraphSession(session, inputs, state);
		} catch (cause) {
			throw describeFailure(cause, "load");
		}
	}

	/**
	 * Runs once. Blocks the thread; the promise exists only for the interface. Feeds beyond the graph's inputs are
	 * ignored: which inputs a pruned graph keeps is not the caller's concern. Outputs in `into` are written there instead of
	 * into memory of their own. State is fed for the first run, or to set it anew; afterwards it is what the last run made of
	 * it, and not among the results.
	 */
	async run(
		feeds: Readonly<Record<string, Numbers>>,
		into: Readonly<Record<string, Numbers>> = {},
	): Promise<Record<string, Numbers>> {
		const tensors: Record<string, Tensor> = Object.fromEntries(this.#kept);
		for (const [name, numbers] of Object.entries(feeds)) if (this.#inputs.has(name)) tensors[name] = wrap(numbers);
		const fetches: Record<string, Tensor | null> = {};
		for (const name of this.#session.outputNames) {
			const place = into[name.slice("out:".length)];
			fetches[name] = place ? wrap(place) : null;
		}
		try {
			const results = await this.#session.run(tensors, fetches);
			const numbers: Record<string, Numbers> = {};
			for (const [name, tensor] of Object.entries(results)) {
				const next = this.#state.get(name);
				if (next === undefined)
					numbers[name.slice("out:".length)] = { data: tensor.data as Numbers["data"], dims: tensor.dims };
				else this.#keep(next, tensor);
			}
			return numbers;
		} catch (cause) {
			throw describeFailure(cause, "run");
		}
	}

	/** Whether the graph reads an input of that name. */
	takes(input: string): boolean {
		return this.#inputs.has(input);
	}

	/** Whether the graph has an output of that name. */
	has(output: string): boolean {
		return this.#session.outputNames.includes(`out:${output}`);
	}

	async dispose(): Promise<void> {
		for (const tensor of this.#kept.values()) tensor.dispose();
		this.#kept.clear();
		await this.#session.release();
	}

	#keep(input: string, tensor: Tensor): void {
		this.#kept.get(input)?.dispose();
		this.#kept.set(input, tensor);
	}
}

/** Small graphs without weights, by what they say: loading one costs more than running it, and many sites ask the same. */
const idle = new Map<string, GraphSession>();
const mostIdle = 8;
const smallBytes = 65_536;

/** Loads a graph for a single run and releases it, whatever happens. */
export async function runOnce(
	outputs: Readonly<Record<string, Value>>,
	feeds: Readonly<Record<string, Numbers>>,
	options?: SessionOptions,
): Promise<Record<string, Numbers>> {
	return await withSession(outputs, options, async (session) => await session.run(feeds));
}

/** Loads a graph for `work` and releases it, whatever happens; a small one is kept for the next that is the same. */
export async function withSession<Result>(
	outputs: Readonly<Record<string, Value>>,
	options: SessionOptions | undefined,
	work: (session: GraphSession) => Promise<Result>,
): Promise<Result> {
	assertLegal(outputs);
	const graph = serializeGraph(outputs, options?.provider);
	const isKept = graph.weightsFolder === undefined && graph.bytes.length <= smallBytes;
	const key = isKept ? `${JSON.stringify(options)} ${Buffer.from(graph.bytes).toString("latin1")}` : undefined;
	const known = key === undefined ? undefined : idle.get(key);
	// Nobody else has it meanwhile.
	if (key !== undefined) idle.delete(key);
	const session = known ?? (await GraphSession.create(graph, options));
	try {
		const result = await work(session);
		if (key !== undefined && !idle.has(key)) idle.set(key, session);
		return result;
	} finally {
		if (key === undefined || idle.get(key) !== session) await session.dispose();
		const [oldest] = idle;
		if (oldest && idle.size > mostIdle) {
			idle.delete(oldest[0]);
			await oldest[1].dispose();
		}
	}
}

const wrap = ({ data, dims }: Numbers): Tensor =>
	data instanceof Float32Array ? new Tensor("float32", data, dims) : new Tensor("int64", data, dims);

/** float32 results by name; a broken invariant if there is no such output. */
export function floats(results: Readonly<Record<string, Numbers>>, name: string): Float32Array {
	const data = results[name]?.data;
	assert(data instanceof Float32Array, `no float32 output ${name}`);
	return data;
}

const locate = (stay: readonly string[]) =>
	Object.fromEntries(stay.map((output) => [`out:${output}`, "gpu-buffer" as const]));

/**
 * Many cards have no half precision in WebGPU, so the processor reads it: matrices are widened once when the graph is loaded,
 * and of a table only the rows that are asked for reach the card.
 */
function listProviders(provider: Provider, halfNodes: readonly string[]) {
	if (provider === "cpu") return ["cpu"];
	const named = provider === "webgpu" && halfNodes.length > 0;
	return [named ? { name: "webgpu" as const, forceCpuNodeNames: halfNodes } : provider, "cpu"];
}

function describeFailure(cause: unknown, doing: "load" | "run"): AppError {
	const reason = cause instanceof Error ? cause.message : String(cause);
	if (/bad_alloc|allocat|out of memory/i.test(reason))
		return new AppError(
			"out-of-memory",
			"There was not enough memory for the computation. Use a shorter prompt, fewer nodes or a smaller --memory-limit, or choose --provider cpu.",
			{ reason },
		);
	const firstLine = (reason.split("\n")[0] ?? reason).replace(/^\S+\.cc:\d+ .*? was false\. /, "");
	return new AppError("engine", `ONNX Runtime could not ${doing} the computation: ${firstLine}`, { reason });
}
