import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import { AppError } from "#shared/errors";
import { formatNodeId } from "#shared/node-id";
import type { JacobianEntry, TraceResult } from "#shared/trace";
import type { JacobianRequest } from "#shared/trace-request";
import { buildGpt2Sites, causalMask } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { differentiate } from "../onnx/differentiate.ts";
import { matMul } from "../onnx/linear.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import type { Value } from "../onnx/value.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import type { SparseActivations } from "../sae/encoder-session.ts";
import { measureScale } from "../sae/normalization.ts";
import { buildSliceGraph, sliceFeeds } from "../sae/slice-graph.ts";
import type { TraceContext } from "./gradient.ts";
import { type EncodedSite, encodePrompt, groupPins, loadMethodInputs, type MethodInputs } from "./method-inputs.ts";
import { pieceKinds, RecordedPieces } from "./recorded-pieces.ts";
import { columnOf, columnsOf, loadActiveSlice } from "./site-activity.ts";

/**
 * The Jacobian circuit (algorithms, section 6): `∂a_d[t]/∂a_u[t]` between the active features of residual dictionaries
 * that follow one another, at the prompt's activations. Attention and MLP between them are passed through, not held; the
 * error of the upper site is kept. The encoder is differentiated exactly, which features are active being given.
 */
export async function traceJacobian(request: JacobianRequest, context: TraceContext): Promise<TraceResult> {
	const began = performance.now();
	const inputs = loadMethodInputs(request, [request.prompt]);
	const { model, tokenizer, skipped, notes } = inputs;
	const dictionaries = inputs.dictionaries.filter(({ site }) => site.kind === "resid");
	if (dictionaries.length < 2)
		throw new AppError(
			"mismatch",
			"A Jacobian circuit needs dictionaries on the residual stream of two layers. Choose more layers, or add such dictionaries.",
		);
	const chosen = await chooseProvider(request.provider);
	const session = { provider: chosen.provider };
	const ids = inputs.prompts[0] as readonly number[];
	const pause = () =>
		pauseBetweenRuns(context.signal, "The trace was cancelled. What was finished is kept and will be reused.");
	const total = dictionaries.length;
	context.progress({ step: "Features of the prompt", done: 0, total });
	const encoded = await encodePrompt(model, ids, dictionaries, context.encoders, session);
	const pins = groupPins(request.pins, dictionaries);
	const entries: JacobianEntry[] = [];
	const recorded = new RecordedPieces(context.memory);
	for (const [i, down] of dictionaries.entries()) {
		const up = dictionaries[i - 1];
		if (!up) continue;
		await pause();
		context.progress({ step: `From ${up.siteName} to ${down.siteName}`, done: i, total });
		const wanted = pins.size > 0 ? (pins.get(up) ?? []) : undefined;
		const decided = [model.hash, up.hash, down.hash, ids, request.lastPositionOnly, wanted ?? null];
		const found = await recorded.of(pieceKinds.jacobian, decided, () =>
			differentiateBetween(up, down, encoded, { inputs, session, request, pause }, wanted),
		);
		for (const entry of found) entries.push(entry);
	}
	if (!entries.some(({ jacobian }) => jacobian !== 0))
		throw new AppError(
			"no-effect",
			"No active feature changes another: the Jacobian is exactly zero. Check that the pinned features are active on the prompt and that the dictionaries belong to this model.",
		);
	return {
		model: { name: model.name, hash: model.hash },
		dictionaries: dictionaries.map(({ name, hash, siteName: site, rule }) => ({ name, hash, site, rule })),
		skipped,
		notes,
		prompt: { text: request.prompt, tokens: ids.map((id) => tokenizer.tokenText(id)), tokenIds: ids },
		metric: { name: "jacobian", value: entries.length },
		...drawCircuit(entries, dictionaries, encoded, request.upNodes),
		explained: null,
		jacobian: entries,
		provider: chosen.provider,
		...(chosen.fallback !== undefined && { providerFallback: chosen.fallback }),
		seconds: (performance.now() - began) / 1000,
		peakRssBytes: process.resourceUsage().maxRSS * 1024,
		...recorded.counts,
	};
}

interface Surroundings {
	readonly inputs: MethodInputs;
	readonly session: SessionOptions;
	readonly request: JacobianRequest;
	pause(): Promise<void>;
}

/** Every active feature below by every active feature above at the same position. */
async function differentiateBetween(
	up: Dictionary,
	down: Dictionary,
	encoded: ReadonlyMap<string, EncodedSite>,
	{ inputs, session, request, pause }: Surroundings,
	wanted: readonly number[] | undefined,
): Promise<JacobianEntry[]> {
	const { model } = inputs;
	const load = (dictionary: Dictionary) => {
		const { x, sparse } = encoded.get(dictionary.siteName) as EncodedSite;
		const slice = loadActiveSlice(dictionary, sparse);
		return { x, sparse, slice, columns: columnsOf(slice.features) };
	};
	const [above, below] = [load(up), load(down)];
	const tokens = above.x.length / up.dIn;
	const scale = await measureScale(above.x, up, session);
	const graph = { config: model.config, parameter: mapParameters(model) };
	const stream = input("stream", ["T", up.dIn]);
	const sites = buildGpt2Sites({
		...graph,
		firstLayer: up.site.layer + 1,
		embedding: stream,
		mask: input("mask", ["T", "T"]),
	});
	const { activations } = buildSliceGraph(sites.get(down.siteName) as Value, down);
	const seed = { value: activations, cotangent: input("cotangents", ["K", "T", "F"]) };
	const [arrived] = differentiate([seed], [stream], { batchRank: 1 });
	// Of each row only the position of its own down node is asked for.
	const own = matMul(input("own", ["K", 1, "T"]), arrived as Value);
	const derivatives = await GraphSession.load(
		{ derivatives: matMul(own, input("rows", ["U", up.dIn]), { transB: true }) },
		{ ...session, prepack: true },
	);
	const n = below.slice.features.length;
	const downs = Array.from(below.sparse.features, (feature, i) => ({
		feature,
		position: below.sparse.positions[i] as number,
	})).filter(({ position }) => !request.lastPositionOnly || position === tokens - 1);
	const { heads, innerWidth } = model.config;
	const step = rowsAtOnce(4 * tokens * (innerWidth + 2 * heads * tokens + n));
	const byPosition = Map.groupBy(above.sparse.features.keys(), (i) => above.sparse.positions[i] as number);
	const entries: JacobianEntry[] = [];
	try {
		for (let first = 0; first < downs.length; first += step) {
			await pause();
			const batch = downs.slice(first, first + step);
			const cotangents = new Float32Array(batch.length * tokens * n);
			const chosen = new Float32Array(batch.length * tokens);
			for (const [row, { feature, position }] of batch.entries()) {
				cotangents[(row * tokens + position) * n + columnOf(below.columns, feature)] = 1;
				chosen[row * tokens + position] = 1;
			}
			const results = await derivatives.run({
				stream: { data: above.x, dims: [tokens, up.dIn] },
				mask: causalMask(tokens),
				...sliceFeeds(below.slice, down.dIn),
				active: { data: markActive(below.sparse, below.columns, tokens), dims: [tokens, n] },
				cotangents: { data: cotangents, dims: [batch.length, tokens, n] },
				own: { data: chosen, dims: [batch.length, 1, tokens] },
				rows: { data: above.slice.decoder, dims: [above.slice.features.length, up.dIn] },
			});
			const values = floats(results, "derivatives");
			for (const [row, { feature, position }] of batch.entries())
				for (const i of byPosition.get(position) ?? []) {
					const from = above.sparse.features[i] as number;
					if (wanted && !wanted.includes(from)) continue;
					const slope = values[row * above.slice.features.length + columnOf(above.columns, from)] as number;
					const jacobian = slope * (scale[position] as number);
					entries.push({
						source: formatNodeId({ kind: "feature", site: up.site, feature: from }),
						target: formatNodeId({ kind: "feature", site: down.site, feature }),
						position,
						jacobian,
						effect: jacobian * (above.sparse.activations[i] as number),
					});
				}
		}
	} finally {
		await derivatives.dispose();
	}
	return entries;
}

/** `[T, n]`: 1 where a feature of the slice is active. */
function markActive({ positions, features }: SparseActivations, columns: ReadonlyMap<number, number>, tokens: number) {
	const active = new Float32Array(tokens * columns.size);
	for (const [i, feature] of features.entries())
		active[(positions[i] as number) * columns.size + columnOf(columns, feature)] = 1;
	return active;
}

/** Features with positions; each keeps its strongest sources. An edge is what ablating its source does: `−J·a_u`. */
function drawCircuit(
	entries: readonly JacobianEntry[],
	dictionaries: readonly Dictionary[],
	encoded: ReadonlyMap<string, EncodedSite>,
	upNodes: number,
): { readonly nodes: readonly CircuitNode[]; readonly edges: readonly CircuitEdge[] } {
	const byTarget = Map.groupBy(entries, ({ target, position }) => `${target}@${position}`);
	const edges = [...byTarget].flatMap(([target, into]) =>
		into
			.toSorted((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
			.slice(0, upNodes)
			.filter(({ effect }) => effect !== 0)
			.map(
				({ source, position, effect }): CircuitEdge => ({
					source: `${source}@${position}`,
					target,
					weight: -effect,
				}),
			),
	);
	const members = new Set(edges.flatMap(({ source, target }) => [source, target]));
	const leaving = new Map<string, number>();
	for (const { source, weight } of edges) leaving.set(source, (leaving.get(source) ?? 0) - weight);
	const nodes = dictionaries.flatMap(({ site, siteName }) => {
		const { sparse } = encoded.get(siteName) as EncodedSite;
		return Array.from(sparse.features, (feature, i): CircuitNode => {
			const position = sparse.positions[i] as number;
			const id = formatNodeId({ kind: "feature", site, feature, position });
			const activation = sparse.activations[i] as number;
			return {
				id,
				kind: "feature",
				site: site.kind,
				layer: site.layer,
				feature,
				position,
				activation,
				attribution: leaving.get(id) ?? 0,
			};
		}).filter(({ id }) => members.has(id));
	});
	return { nodes, edges };
}
