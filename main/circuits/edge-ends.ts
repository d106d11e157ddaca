import type { EdgeRequest } from "#shared/edge-explanation";
import { AppError } from "#shared/errors";
import { type NodeRef, parseNodeId } from "#shared/node-id";
import { type Site, type SiteName, siteName } from "#shared/site";
import type { SessionOptions } from "../onnx/session.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { attributeSite } from "./attribution.ts";
import type { DownNode } from "./direct-effects.ts";
import { loadDownSeeds, logitSeeds } from "./down-seeds.ts";
import type { EncoderCache } from "./encoder-cache.ts";
import { chooseErrors } from "./error-choice.ts";
import type { ModelRun } from "./model-run.ts";
import type { PathRow } from "./paths.ts";
import { dotRows, findEntry, type LoadedSite, loadActiveSlice, loadSiteActivity } from "./site-activity.ts";
import { readTokenVectors } from "./token-vectors.ts";
import type { TraceInputs } from "./trace-inputs.ts";

/** A prompt that was run, and its partner where there is a pair. */
export interface EdgeContext {
	readonly request: EdgeRequest;
	readonly inputs: TraceInputs;
	readonly clean: ModelRun;
	readonly patchRun: ModelRun | undefined;
	readonly encoders: EncoderCache;
	readonly session: SessionOptions;
}

/** Where an edge begins: what its source holds beyond its baseline, as vectors of its site. */
export interface EdgeSource {
	readonly site: SiteName;
	/** Ascending; more than one of joined errors. */
	readonly positions: readonly number[];
	/** Of each of these, `[positions, width of the site]`. */
	readonly vectors: Float32Array;
	/** `Σ ∂m/∂x · vector`: minus the first-order change of the metric when it is taken out. */
	readonly attribution: number;
}

/** Where an edge ends. */
export interface EdgeTarget {
	/** Absent for a logit. */
	readonly dictionary: Dictionary | undefined;
	readonly node: DownNode;
	readonly slope: number;
	/** `∂(slope · amount)/∂x` at its positions of its site, or at the metric's logits. */
	readonly seed: PathRow;
	/** Of an error: `∂m/∂x` at its positions, by which it is counted, zero elsewhere; `[T, width]`. */
	readonly gradient: Float32Array;
}

const embedding: Site = { kind: "embed", layer: -1 };

/** Reads one end of an edge. Throws `usage` where it stands for all positions. */
export function readEnd(id: string): NodeRef {
	const ref = parseNodeId(id);
	if (ref.position !== undefined || (ref.kind === "error" && ref.rest)) return ref;
	throw new AppError(
		"usage",
		`${id} stands for all positions, and what carries an edge is known of one. Choose an edge of a gradient circuit.`,
		{ node: id },
	);
}

export async function loadSource(id: string, context: EdgeContext): Promise<EdgeSource> {
	const { inputs, clean } = context;
	const ref = readEnd(id);
	if (ref.kind === "logit") throw refuse(id);
	if (ref.kind === "token") {
		const { contributions } = readTokenVectors(inputs.model, inputs.metric.runIds, inputs.patch?.ids);
		const position = ref.position as number;
		if (inputs.metric.runIds[position] !== ref.token) throw refuse(id);
		return withAttribution(siteName(embedding), [position], contributions, clean);
	}
	const dictionary = findDictionary(id, ref.site, inputs);
	const { activity, slice } = await loadSite(dictionary, context);
	const { siteName: site, dIn } = dictionary;
	if (ref.kind === "error")
		return withAttribution(site, listPositions(id, ref, activity, context), activity.errorContributions, clean);
	const position = ref.position as number;
	const entry = findEntry(activity.contributions, position, ref.feature);
	if (entry === undefined) throw refuse(id);
	const row = slice.features.indexOf(ref.feature) * dIn;
	const factor = (activity.contributions.activations[entry] as number) * (activity.scale[position] as number);
	const vectors = new Float32Array(clean.tokens * dIn);
	for (let i = 0; i < dIn; i++) vectors[position * dIn + i] = factor * (slice.decoder[row + i] as number);
	return withAttribution(site, [position], vectors, clean);
}

export async function loadTarget(id: string, context: EdgeContext): Promise<EdgeTarget> {
	const { inputs, clean, session } = context;
	const ref = readEnd(id);
	if (ref.kind === "token") throw refuse(id);
	if (ref.kind === "logit") {
		const term = inputs.metric.terms.findIndex(({ token }) => token === ref.token);
		const slope = clean.logits[term]?.weight;
		if (slope === undefined || ref.position !== clean.tokens - 1) throw refuse(id);
		const node = { kind: "logit", term, position: ref.position, weight: slope } as const;
		const seed = logitSeeds(inputs.metric).of(node);
		return { dictionary: undefined, node, slope, seed, gradient: new Float32Array() };
	}
	const dictionary = findDictionary(id, ref.site, inputs);
	const { loaded, activity, slice } = await loadSite(dictionary, context);
	const explain = async (node: DownNode, slope: number, gradient: Float32Array): Promise<EdgeTarget> => {
		const seeds = await loadDownSeeds([node], loaded, slice, session);
		return { dictionary, node, slope, seed: seeds.of(node), gradient };
	};
	if (ref.kind === "feature") {
		const position = ref.position as number;
		const entry = findEntry(activity.contributions, position, ref.feature);
		if (entry === undefined || findEntry(activity.sparse, position, ref.feature) === undefined) throw refuse(id);
		const slope = activity.slopes[entry] as number;
		return await explain({ kind: "feature", feature: ref.feature, position, weight: slope }, slope, new Float32Array());
	}
	const { dIn } = dictionary;
	const positions = listPositions(id, ref, activity, context);
	const whole = clean.gradients.get(dictionary.siteName) as Float32Array;
	const gradient = new Float32Array(whole.length);
	for (const t of positions) gradient.set(whole.subarray(t * dIn, (t + 1) * dIn), t * dIn);
	return await explain({ kind: "errors", positions }, 1, gradient);
}

/** Where an error is; of joined ones where the trace joined them. */
function listPositions(
	id: string,
	{ position }: Extract<NodeRef, { kind: "error" }>,
	activity: LoadedSite["activity"],
	{ request, clean, inputs }: EdgeContext,
): readonly number[] {
	const all = request.lastPositionOnly ? [clean.tokens - 1] : Array.from({ length: clean.tokens }, (_, t) => t);
	if (position !== undefined) {
		if (!all.includes(position)) throw refuse(id);
		return [position];
	}
	const { errors = "all", choice } = request;
	if (errors === "chosen" && choice.by === "percentile")
		throw new AppError(
			"unsupported",
			`Which errors ${id} joins is not known where features are chosen by percentile. Choose an error that stands alone.`,
			{ node: id },
		);
	const gradient = clean.gradients.get(activity.dictionary.siteName) as Float32Array;
	const attributions = attributeSite(activity, gradient, inputs.patch !== undefined, activity.slopes);
	const { joined } = chooseErrors(attributions, { errors, choice, features: 0, positions: all });
	if (joined.length === 0) throw refuse(id);
	return joined;
}

async function loadSite(dictionary: Dictionary, context: EdgeContext) {
	const { inputs, clean, patchRun, encoders, session } = context;
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

/** The rows of `vectors [T, width]` at these positions. */
function withAttribution(
	site: SiteName,
	positions: readonly number[],
	vectors: Float32Array,
	{ gradients, tokens }: ModelRun,
): EdgeSource {
	const gradient = gradients.get(site) as Float32Array;
	const width = vectors.length / tokens;
	const rows = new Float32Array(positions.length * width);
	for (const [i, t] of positions.entries()) rows.set(vectors.subarray(t * width, (t + 1) * width), i * width);
	const attribution = positions.reduce((sum, t) => sum + dotRows(gradient, vectors, t, width), 0);
	return { site, positions, vectors: rows, attribution };
}

const refuse = (id: string) =>
	new AppError(
		"no-effect",
		`${id} is nothing that an edge of this prompt could begin or end at. Choose an edge of the circuit that this prompt gave.`,
		{ node: id },
	);
