import { AppError } from "#shared/errors";
import { type NodeRef, parseNodeId } from "#shared/node-id";
import { type Site, type SiteName, siteName } from "#shared/site";
import type { SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import type { DownNode } from "./direct-effects.ts";
import { loadDownSeeds, logitSeeds } from "./down-seeds.ts";
import type { EncoderCache } from "./encoder-cache.ts";
import type { ModelRun } from "./model-run.ts";
import type { PathRow } from "./paths.ts";
import { findEntry, type LoadedSite, loadActiveSlice, loadSiteActivity } from "./site-activity.ts";
import { readTokenVectors } from "./token-vectors.ts";
import type { TraceInputs } from "./trace-inputs.ts";

/** A prompt that was run, and its partner where there is a pair. */
export interface EdgeContext {
	readonly inputs: TraceInputs;
	readonly clean: ModelRun;
	readonly patchRun: ModelRun | undefined;
	readonly encoders: EncoderCache;
	readonly session: SessionOptions;
}

/** Where an edge begins: what its source holds beyond its baseline, as a vector of its site. */
export interface EdgeSource {
	readonly site: SiteName;
	readonly position: number;
	/** `[width of the site]`. */
	readonly vector: Float32Array;
	/** `∂m/∂x · vector`: minus the first-order change of the metric when it is taken out. */
	readonly attribution: number;
}

/** Where an edge ends. */
export interface EdgeTarget {
	/** Absent for a logit. */
	readonly dictionary: Dictionary | undefined;
	readonly node: DownNode & { readonly position: number };
	readonly slope: number;
	/** `∂(slope · amount)/∂x` at its site, or at the metric's logits. */
	readonly seed: PathRow;
	/** Of an error: `∂m/∂x` at its position, by which it is counted. */
	readonly gradient: Float32Array;
}

const embedding: Site = { kind: "embed", layer: -1 };

/** Reads one end of an edge. Throws `usage` where it stands for several positions. */
export function readEnd(id: string): NodeRef & { readonly position: number } {
	const ref = parseNodeId(id);
	const { position } = ref;
	if (position === undefined)
		throw new AppError(
			"usage",
			ref.kind === "error" && ref.rest
				? `${id} stands for the errors of many positions, whose edges are sums. Choose one that stands alone, or trace with --errors all.`
				: `${id} stands for all positions, and what carries an edge is known of one. Choose an edge of a gradient circuit.`,
			{ node: id },
		);
	return { ...ref, position };
}

export async function loadSource(id: string, context: EdgeContext): Promise<EdgeSource> {
	const { inputs, clean, patchRun } = context;
	const ref = readEnd(id);
	const { position } = ref;
	if (position >= clean.tokens || ref.kind === "logit") throw refuse(id);
	if (ref.kind === "token") {
		const { width } = clean;
		const { contributions } = readTokenVectors(inputs.model, inputs.metric.runIds, inputs.patch?.ids);
		if (inputs.metric.runIds[position] !== ref.token) throw refuse(id);
		const vector = contributions.slice(position * width, (position + 1) * width);
		return withAttribution(siteName(embedding), position, vector, clean);
	}
	const dictionary = findDictionary(id, ref.site, inputs);
	const { dIn } = dictionary;
	const { activity, slice } = await loadSite(dictionary, context, patchRun);
	if (ref.kind === "error") {
		const vector = activity.errorContributions.slice(position * dIn, (position + 1) * dIn);
		return withAttribution(dictionary.siteName, position, vector, clean);
	}
	const entry = findEntry(activity.contributions, position, ref.feature);
	if (entry === undefined) throw refuse(id);
	const row = slice.features.indexOf(ref.feature) * dIn;
	const factor = (activity.contributions.activations[entry] as number) * (activity.scale[position] as number);
	const vector = Float32Array.from({ length: dIn }, (_, i) => factor * (slice.decoder[row + i] as number));
	return withAttribution(dictionary.siteName, position, vector, clean);
}

export async function loadTarget(id: string, context: EdgeContext): Promise<EdgeTarget> {
	const { inputs, clean, patchRun, session } = context;
	const ref = readEnd(id);
	const { position } = ref;
	if (position >= clean.tokens || ref.kind === "token") throw refuse(id);
	if (ref.kind === "logit") {
		const term = inputs.metric.terms.findIndex(({ token }) => token === ref.token);
		const slope = clean.logits[term]?.weight;
		if (slope === undefined) throw refuse(id);
		const node = { kind: "logit", term, position, weight: slope } as const;
		const seed = logitSeeds(inputs.metric).of(node);
		return { dictionary: undefined, node, slope, seed, gradient: new Float32Array() };
	}
	const dictionary = findDictionary(id, ref.site, inputs);
	const { dIn } = dictionary;
	const { loaded, activity, slice } = await loadSite(dictionary, context, patchRun);
	const gradient = (clean.gradients.get(dictionary.siteName) as Float32Array).slice(
		position * dIn,
		(position + 1) * dIn,
	);
	const entry = ref.kind === "feature" ? findEntry(activity.contributions, position, ref.feature) : undefined;
	const isActive = ref.kind === "error" || findEntry(activity.sparse, position, ref.feature) !== undefined;
	if (!isActive) throw refuse(id);
	const slope = entry === undefined ? 1 : (activity.slopes[entry] as number);
	const node =
		ref.kind === "error"
			? ({ kind: "error", position } as const)
			: ({ kind: "feature", feature: ref.feature, position, weight: slope } as const);
	const seeds = await loadDownSeeds([node], loaded, slice, session);
	return { dictionary, node, slope, seed: seeds.of(node), gradient };
}

async function loadSite(dictionary: Dictionary, context: EdgeContext, patchRun: ModelRun | undefined) {
	const { inputs, clean, encoders, session } = context;
	const name = dictionary.siteName;
	const encode = async (x: Float32Array) => await (await encoders.load(dictionary, session)).run(x);
	const x = clean.activations.get(name) as Float32Array;
	const gradient = clean.gradients.get(name) as Float32Array;
	const sparse = await encode(x);
	const patchX = patchRun?.activations.get(name);
	const patchSparse = patchX && (await encode(patchX));
	const slice = loadActiveSlice(dictionary, sparse, ...(patchSparse ? [patchSparse] : []));
	const patch = inputs.patch && patchX && patchSparse && { x: patchX, sparse: patchSparse, from: inputs.patch.from };
	const loaded: LoadedSite = await loadSiteActivity({
		...{ dictionary, x, gradient, sparse, slice, session },
		...(patch && { patch }),
	});
	return { loaded, activity: loaded.activity, slice };
}

function findDictionary(id: string, site: Site, { dictionaries }: TraceInputs): Dictionary {
	const dictionary = dictionaries.find((one) => one.siteName === siteName(site));
	if (dictionary) return dictionary;
	throw new AppError("not-found", `${id} cannot be asked about: no dictionary sits at ${siteName(site)}.`, {
		node: id,
	});
}

function withAttribution(site: SiteName, position: number, vector: Float32Array, { gradients }: ModelRun): EdgeSource {
	const gradient = gradients.get(site) as Float32Array;
	let attribution = 0;
	for (const [i, amount] of vector.entries())
		attribution += amount * (gradient[position * vector.length + i] as number);
	return { site, position, vector, attribution };
}

const refuse = (id: string) =>
	new AppError(
		"no-effect",
		`${id} is nothing that an edge of this prompt could begin or end at. Choose an edge of the circuit that this prompt gave.`,
		{ node: id },
	);
