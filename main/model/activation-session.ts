import type { SiteName } from "#shared/site";
import { gather } from "../onnx/linear.ts";
import { GraphSession, type Numbers, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Dim, Value } from "../onnx/value.ts";
import { buildGpt2Sites, buildLogits, causalMask, type Gpt2GraphOptions, pickPosition } from "./gpt2-graph.ts";
import { mapParameters } from "./gpt2-parameters.ts";
import type { LanguageModel } from "./language-model.ts";

/**
 * The model's activations at `sites`, one sequence a run (`tokenFeeds`); outputs are named after the sites. With
 * `keysFrom`, the keys and values `[heads, T, head width]` of that layer and all behind it too, as `keys:L`, `values:L`,
 * and `logits [1, vocabulary]` of the position that the input `last [1, T]` chooses.
 */
export async function loadActivationSession(
	model: LanguageModel,
	sites: readonly SiteName[],
	options?: SessionOptions,
	keysFrom?: number,
): Promise<GraphSession> {
	const parameter = mapParameters(model);
	const outputs: Record<string, Value> = {};
	const values = buildGpt2Sites({
		config: model.config,
		parameter,
		...buildTokenInputs(parameter),
		remember(layer, present) {
			if (keysFrom === undefined || layer < keysFrom) return;
			outputs[`keys:${layer}`] = present.keys;
			outputs[`values:${layer}`] = present.values;
		},
	});
	for (const site of sites) outputs[site] = values.get(site) as Value;
	if (keysFrom !== undefined) {
		const last = pickPosition(input("last", [1, "T"]), values.final);
		outputs["logits"] = buildLogits(last, { config: model.config, parameter });
	}
	return await GraphSession.load(outputs, options);
}

/** The model's activations at `sites`, several sequences a run (`batchFeeds`); outputs are named after the sites. */
export async function loadActivationBatches(
	model: LanguageModel,
	sites: readonly SiteName[],
	options?: SessionOptions,
): Promise<GraphSession> {
	const parameter = mapParameters(model);
	const values = buildGpt2Sites({ config: model.config, parameter, ...buildTokenInputs(parameter, ["N", "T"]) });
	return await GraphSession.load(Object.fromEntries(sites.map((site) => [site, values.get(site) as Value])), options);
}

/** Embeddings and mask from the inputs `ids` (`[T]`, or `[N, T]` for several sequences at once), `positions [T]` and `mask [T, T]`. */
export function buildTokenInputs(
	parameter: (name: string) => Value,
	ids: readonly Dim[] = ["T"],
): Pick<Gpt2GraphOptions, "embedding" | "mask"> {
	const rows = (table: string, indices: string, shape: readonly Dim[]) =>
		gather(parameter(table), input(indices, shape, "int64"));
	return {
		embedding: { tokens: rows("wte.weight", "ids", ids), positions: rows("wpe.weight", "positions", ["T"]) },
		mask: input("mask", ["T", "T"]),
	};
}

/** Several sequences at once; shorter ones are padded behind, where causality keeps it from mattering. */
export function batchFeeds(sequences: readonly (readonly number[])[]): Record<string, Numbers> {
	const longest = Math.max(...sequences.map(({ length }) => length));
	const ids = new BigInt64Array(sequences.length * longest);
	for (const [row, sequence] of sequences.entries())
		for (const [t, id] of sequence.entries()) ids[row * longest + t] = BigInt(id);
	return {
		ids: { data: ids, dims: [sequences.length, longest] },
		...placeFeeds(longest),
	};
}

export function tokenFeeds(ids: readonly number[]): Record<string, Numbers> {
	return { ids: { data: BigInt64Array.from(ids, BigInt), dims: [ids.length] }, ...placeFeeds(ids.length) };
}

/** Positions and what each may see, whatever stands there. */
export function placeFeeds(tokens: number): Record<string, Numbers> {
	return {
		positions: { data: BigInt64Array.from({ length: tokens }, (_, t) => BigInt(t)), dims: [tokens] },
		mask: causalMask(tokens),
	};
}
