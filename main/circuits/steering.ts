import { AppError } from "#shared/errors";
import { seededRandom } from "#shared/random";
import type { DrawnToken, FeatureChange, SteeringRequest, SteeringResult, SteeringStep } from "#shared/steering";
import { pickExtremes } from "#shared/top";
import type { Progress } from "#shared/trace";
import { buildTokenInputs } from "../model/activation-session.ts";
import { buildGpt2Sites, buildLogits, causalMask, type KeysAndValues, pickPosition } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { add, mul } from "../onnx/elementwise.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { floats, GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { append, reshape } from "../onnx/shaping.ts";
import { constant, input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { buildSomeFeatures } from "../sae/feature-graph.ts";
import { describeReading } from "../sae/reading-notes.ts";
import { groupPins, loadMethodInputs } from "./method-inputs.ts";
import { lastFeed } from "./metric.ts";

/** Rows of every run: the steered text with the changes, the same text without them, the unsteered text. */
const rows = ["steered", "beside", "plain"] as const;

export interface SteeringContext {
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/**
 * Generates with features scaled or clamped at every position, beside the same model left alone. Both draw with the same
 * noise (Gumbel, one number a token and step), so that the texts part only where the changes matter. Keys and values of
 * what has been read are kept, so that a step costs one token. Each step is told as `report`.
 */
export async function generateSteered(request: SteeringRequest, context: SteeringContext): Promise<SteeringResult> {
	const began = performance.now();
	const { model, tokenizer, dictionaries, prompts } = loadMethodInputs(request, [request.prompt]);
	const promptIds = prompts[0] as readonly number[];
	const room = model.config.contextLength - promptIds.length;
	if (room < 1)
		throw new AppError(
			"bad-prompt",
			`The prompt has ${promptIds.length} tokens and the model reads no more: there is no room to write. Shorten it.`,
			{ tokens: promptIds.length },
		);
	const tokens = Math.min(request.tokens, room);
	const pinned = groupChanges(request.changes, dictionaries);
	const { provider } = await chooseProvider(request.provider);
	const reader = new Reader(model, pinned, { provider });
	const random = seededRandom(request.seed);
	const steps: SteeringStep[] = [];
	const ended = { steered: false, plain: false };
	try {
		let next: readonly (readonly number[])[] = rows.map(() => promptIds);
		for (let step = 0; step < tokens; step++) {
			await pauseBetweenRuns(context.signal, "The text was stopped.");
			const [steered, beside, plain] = (await reader.read(next)).map(softmax) as [
				Float64Array,
				Float64Array,
				Float64Array,
			];
			const noise = Float64Array.from(steered, () => -Math.log(-Math.log(random() || Number.MIN_VALUE)));
			const draw = (probabilities: Float64Array, text: "steered" | "plain"): DrawnToken => {
				const id = drawToken(probabilities, noise, request);
				if (id === tokenizer.bosId) ended[text] = true;
				return { id, token: tokenizer.tokenText(id), probability: probabilities[id] as number };
			};
			const was = { ...ended };
			const [one, two] = [draw(steered, "steered"), draw(plain, "plain")];
			const changes = steered.map((after, id) => after - (beside[id] as number));
			const list = (end: "largest" | "smallest", sign: 1 | -1) =>
				pickExtremes(changes, request.listed, end)
					.filter(({ value }) => sign * value > 0)
					.map(({ index }) => ({
						token: tokenizer.tokenText(index),
						before: beside[index] as number,
						after: steered[index] as number,
					}));
			const told: SteeringStep = {
				steered: was.steered ? null : one,
				plain: was.plain ? null : two,
				boosted: list("largest", 1),
				suppressed: list("smallest", -1),
			};
			steps.push(told);
			context.progress({ step: "Writing", done: step + 1, total: tokens, report: told });
			if (ended.steered && ended.plain) break;
			next = [[one.id], [one.id], [two.id]];
		}
	} finally {
		await reader.dispose();
	}
	return {
		prompt: { tokens: promptIds.map((id) => tokenizer.tokenText(id)), tokenIds: promptIds },
		steps,
		notes: [
			...describeReading(dictionaries),
			...(steps.length === room && request.tokens > room
				? [
						`The text ends after ${room} of ${request.tokens} tokens: the model reads ${model.config.contextLength}, prompt included.`,
					]
				: []),
		],
		provider,
		seconds: (performance.now() - began) / 1000,
	};
}

function groupChanges(
	changes: readonly FeatureChange[],
	dictionaries: readonly Dictionary[],
): ReadonlyMap<Dictionary, ReadonlyMap<number, FeatureChange>> {
	if (changes.length === 0) throw new AppError("usage", "No feature is changed. Name one to ablate, scale or clamp.");
	const groups = new Map<Dictionary, Map<number, FeatureChange>>();
	for (const change of changes)
		for (const [dictionary, [feature]] of groupPins([change.feature], dictionaries)) {
			const mine = groups.get(dictionary) ?? new Map<number, FeatureChange>();
			if (mine.has(feature as number))
				throw new AppError("usage", `${change.feature} is changed twice. Name every feature once.`, {
					feature: change.feature,
				});
			groups.set(dictionary, mine.set(feature as number, change));
		}
	return groups;
}

/** Reads tokens into the three rows and keeps their keys and values. */
class Reader {
	readonly #model: LanguageModel;
	readonly #load: (withPast: boolean) => Promise<GraphSession>;
	/** One for the prompt and then one for single tokens: never both in memory. */
	#session: GraphSession | undefined;
	#position = 0;
	/** What the prompt left, until the other session has it. */
	#past: Record<string, Numbers> = {};

	constructor(
		model: LanguageModel,
		changes: ReadonlyMap<Dictionary, ReadonlyMap<number, FeatureChange>>,
		options: SessionOptions,
	) {
		this.#model = model;
		this.#load = async (withPast) =>
			await GraphSession.load(buildReader(model, changes, withPast), {
				...options,
				prepack: withPast,
				...(withPast && { state: Object.fromEntries(listPast(model).map((name) => [name, name])) }),
			});
	}

	/** Logits after the tokens, which follow what was read before; as many for each row. */
	async read(tokens: readonly (readonly number[])[]): Promise<readonly Float32Array[]> {
		const count = tokens[0]?.length ?? 0;
		const { vocabularySize } = this.#model.config;
		this.#session ??= await this.#load(this.#position > 0);
		const results = await this.#session.run({
			ids: { data: BigInt64Array.from(tokens.flat(), BigInt), dims: [tokens.length, count] },
			positions: { data: BigInt64Array.from({ length: count }, (_, i) => BigInt(this.#position + i)), dims: [count] },
			on: { data: Float32Array.of(1, 0, 0), dims: [tokens.length, 1, 1] },
			mask: causalMask(count),
			...lastFeed(count),
			...this.#past,
		});
		const isPrompt = this.#position === 0;
		this.#past = isPrompt ? pick(results, listPast(this.#model)) : {};
		if (isPrompt) await this.dispose();
		this.#position += count;
		const logits = floats(results, "logits");
		return tokens.map((_, row) => logits.subarray(row * vocabularySize, (row + 1) * vocabularySize));
	}

	async dispose(): Promise<void> {
		await this.#session?.dispose();
		this.#session = undefined;
	}
}

/** Inputs and outputs that hold keys and values. */
const listPast = ({ config }: LanguageModel): readonly string[] =>
	Array.from({ length: config.layers }, (_, layer) => [`keys:${layer}`, `values:${layer}`]).flat();

const pick = (results: Readonly<Record<string, Numbers>>, names: readonly string[]) =>
	Object.fromEntries(names.map((name) => [name, results[name] as Numbers]));

function buildReader(
	model: LanguageModel,
	changes: ReadonlyMap<Dictionary, ReadonlyMap<number, FeatureChange>>,
	withPast: boolean,
): Record<string, Value> {
	const { heads, width, vocabularySize } = model.config;
	const graph = { config: model.config, parameter: mapParameters(model) };
	const bySite = new Map([...changes].map(([dictionary, features]) => [dictionary.siteName, { dictionary, features }]));
	const on = input("on", ["N", 1, 1]);
	const outputs: Record<string, Value> = {};
	const past = (layer: number): KeysAndValues => ({
		keys: input(`keys:${layer}`, ["N", heads, "P", width / heads]),
		values: input(`values:${layer}`, ["N", heads, "P", width / heads]),
	});
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter, ["N", "T"]),
		intervene(site, x) {
			const found = bySite.get(site);
			if (!found) return x;
			const numbers = [...found.features.keys()].sort((a, b) => a - b);
			const slice = loadDictionarySlice(found.dictionary, Int32Array.from(numbers));
			const { activations, contribute } = buildSomeFeatures(x, found.dictionary, slice);
			const wanted = numbers.map((feature) => found.features.get(feature) as FeatureChange);
			// a' − a is (s − 1)·a for a scale s, and c − a for a clamp to c.
			const factors = constant(wanted.map((change) => ("scale" in change ? change.scale - 1 : -1)));
			const targets = constant(wanted.map((change) => ("clamp" in change ? change.clamp : 0)));
			return add(x, mul(contribute(add(mul(activations, factors), targets)), on));
		},
		...(withPast && { past }),
		remember(layer, present) {
			for (const part of ["keys", "values"] as const)
				outputs[`${part}:${layer}`] = withPast ? append(past(layer)[part], present[part], "P + T") : present[part];
		},
	});
	const last = pickPosition(input("last", [1, "T"]), sites.final);
	outputs["logits"] = reshape(buildLogits(last, graph), ["N", vocabularySize]);
	return outputs;
}

/** Gumbel-max: `argmax(log p / temperature + noise)` among the k likeliest is a draw from the softmax. */
function drawToken(probabilities: Float64Array, noise: Float64Array, { temperature, topK }: SteeringRequest): number {
	const candidates = topK > 0 && temperature > 0 ? pickExtremes(probabilities, topK, "largest") : undefined;
	const score = (id: number) =>
		temperature === 0
			? (probabilities[id] as number)
			: Math.log(probabilities[id] as number) / temperature + (noise[id] as number);
	let best = candidates?.[0]?.index ?? 0;
	for (const id of candidates?.map(({ index }) => index) ?? probabilities.keys())
		if (score(id) > score(best)) best = id;
	return best;
}

export function softmax(logits: Float32Array): Float64Array {
	let most = Number.NEGATIVE_INFINITY;
	for (const logit of logits) if (logit > most) most = logit;
	const powers = Float64Array.from(logits, (logit) => Math.exp(logit - most));
	const total = powers.reduce((a, b) => a + b, 0);
	return powers.map((power) => power / total);
}
