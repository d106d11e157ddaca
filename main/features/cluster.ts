import type { ClusterRequest, ClusterResult, TokenPlace } from "#shared/cluster";
import { AppError } from "#shared/errors";
import { seededRandom } from "#shared/random";
import { type Site, siteName } from "#shared/site";
import type { Progress } from "#shared/trace";
import { loadActivationSession, tokenFeeds } from "../model/activation-session.ts";
import { describeNotes, readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { measureSite } from "../model/site-width.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { matMul } from "../onnx/linear.ts";
import { topK } from "../onnx/reductions.ts";
import { floats, GraphSession, type SessionOptions } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";

const rounds = 50;
/** Places kept of each cluster, nearest to its middle first. */
const keptPlaces = 200;
/** Tokens before a place that its text shows, and that a trace of it reads. */
const shownTokens = 32;
const rowsAtOnce = 4096;

export interface ClusterOptions {
	readonly request: ClusterRequest;
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	readonly site: Site;
	readonly session: SessionOptions;
	progress(progress: Progress): void;
	pause(): Promise<void>;
}

/**
 * Groups token positions by what the residual stream holds there: k-means on vectors of unit length, so by cosine
 * (spherical k-means, seeded as k-means++). The last token of a sequence has nothing to predict and is left out.
 */
export async function clusterPositions(options: ClusterOptions): Promise<ClusterResult> {
	const { request, model } = options;
	const notes = startNotes();
	const { vectors, places } = await gatherPlaces(options, notes);
	const width = measureSite(options.site, model.config);
	if (places.length < request.clusters)
		throw new AppError(
			"usage",
			`The corpus gives ${places.length} positions, too few for ${request.clusters} clusters. Give more text, or ask for fewer clusters.`,
			{ positions: places.length },
		);
	const random = seededRandom(request.seed);
	let centres = seedCentres(vectors, width, request.clusters, random);
	const session = await GraphSession.load(buildAssignment(width), options.session);
	try {
		let assigned = new Int32Array(places.length).fill(-1);
		let nearness: Float32Array = new Float32Array(places.length);
		for (let round = 0; round < rounds; round++) {
			await options.pause();
			options.progress({ step: "Clustering", done: round, total: rounds });
			const next = await assign(session, vectors, centres, width);
			const moved = next.assigned.some((cluster, i) => cluster !== assigned[i]);
			({ assigned, nearness } = next);
			if (!moved) break;
			centres = findCentres(vectors, assigned, nearness, width, request.clusters);
		}
		return {
			positions: places.length,
			clusters: describeClusters(assigned, nearness, places, request.clusters),
			notes: describeNotes(notes, "parted"),
		};
	} finally {
		await session.dispose();
	}
}

async function gatherPlaces(options: ClusterOptions, notes: ReturnType<typeof startNotes>) {
	const { request, model, tokenizer } = options;
	const [width, site] = [measureSite(options.site, model.config), siteName(options.site)];
	const vectors: Float32Array[] = [];
	const places: Omit<TokenPlace, "nearness">[] = [];
	const bosId = request.bos === "on" ? tokenizer.bosId : undefined;
	const activations = await loadActivationSession(model, [site], { ...options.session, prepack: true });
	const reading = { model, tokenizer, bos: request.bos === "on", length: request.maxLength, long: "parted" as const };
	const documents = readDocuments(request.corpus, notes, request.column);
	let sequence = 0;
	try {
		for await (const ids of readSequences(documents, reading, notes)) {
			await options.pause();
			options.progress({ step: "Reading the corpus", done: places.length, total: request.positions });
			const x = floats(await activations.run(tokenFeeds(ids)), site);
			// The first token's vector says only that it is the first.
			for (let t = 1; t + 1 < ids.length && places.length < request.positions; t++) {
				vectors.push(normalise(x.slice(t * width, (t + 1) * width)));
				const from = Math.max(bosId === undefined ? 0 : 1, t + 1 - shownTokens);
				places.push({
					sequence,
					position: t,
					before: tokenizer.decode(ids.slice(from, t + 1)),
					token: tokenizer.tokenText(ids[t] as number),
					next: tokenizer.decode([ids[t + 1] as number]),
				});
			}
			sequence++;
			if (places.length >= request.positions) break;
		}
	} finally {
		await activations.dispose();
	}
	const all = new Float32Array(vectors.length * width);
	for (const [i, vector] of vectors.entries()) all.set(vector, i * width);
	return { vectors: all, places };
}

function normalise(vector: Float32Array): Float32Array {
	const norm = Math.sqrt(vector.reduce((sum, number) => sum + number * number, 0)) || 1;
	return vector.map((number) => number / norm);
}

/** Each next centre is a vector drawn by its distance to the nearest centre so far (Arthur & Vassilvitskii 2007). */
function seedCentres(vectors: Float32Array, width: number, count: number, random: () => number): Float32Array {
	const total = vectors.length / width;
	const centres = new Float32Array(count * width);
	const distances = new Float64Array(total).fill(Number.POSITIVE_INFINITY);
	let chosen = Math.floor(random() * total);
	for (let cluster = 0; cluster < count; cluster++) {
		const centre = vectors.subarray(chosen * width, (chosen + 1) * width);
		centres.set(centre, cluster * width);
		let sum = 0;
		for (let i = 0; i < total; i++) {
			let product = 0;
			for (let at = 0; at < width; at++) product += (vectors[i * width + at] as number) * (centre[at] as number);
			distances[i] = Math.min(distances[i] as number, Math.max(0, 1 - product));
			sum += distances[i] as number;
		}
		let left = random() * sum;
		for (chosen = 0; chosen < total - 1; chosen++) {
			left -= distances[chosen] as number;
			if (left <= 0) break;
		}
	}
	return centres;
}

function buildAssignment(width: number) {
	const [values, indices] = topK(matMul(input("x", ["N", width]), input("centres", ["K", width]), { transB: true }), 1);
	return { values, indices };
}

async function assign(session: GraphSession, vectors: Float32Array, centres: Float32Array, width: number) {
	const total = vectors.length / width;
	const assigned = new Int32Array(total);
	const nearness = new Float32Array(total);
	for (let first = 0; first < total; first += rowsAtOnce) {
		const count = Math.min(rowsAtOnce, total - first);
		const results = await session.run({
			x: { data: vectors.subarray(first * width, (first + count) * width), dims: [count, width] },
			centres: { data: centres, dims: [centres.length / width, width] },
		});
		nearness.set(floats(results, "values"), first);
		const indices = results["indices"]?.data as BigInt64Array;
		for (let i = 0; i < count; i++) assigned[first + i] = Number(indices[i]);
	}
	return { assigned, nearness };
}

/** Means, made unit vectors again; a cluster that lost all its members begins anew at the vector that fits worst. */
function findCentres(
	vectors: Float32Array,
	assigned: Int32Array,
	nearness: Float32Array,
	width: number,
	count: number,
): Float32Array {
	const centres = new Float32Array(count * width);
	const sizes = new Int32Array(count);
	for (const [i, cluster] of assigned.entries()) {
		sizes[cluster] = (sizes[cluster] as number) + 1;
		for (let at = 0; at < width; at++)
			centres[cluster * width + at] = (centres[cluster * width + at] as number) + (vectors[i * width + at] as number);
	}
	const worst = [...nearness.keys()].sort((a, b) => (nearness[a] as number) - (nearness[b] as number));
	for (let cluster = 0; cluster < count; cluster++) {
		const begin = cluster * width;
		const spare = (worst.shift() as number) * width;
		const source = sizes[cluster] === 0 ? vectors.subarray(spare, spare + width) : centres.slice(begin, begin + width);
		centres.set(normalise(Float32Array.from(source)), begin);
	}
	return centres;
}

/** Largest first. */
function describeClusters(
	assigned: Int32Array,
	nearness: Float32Array,
	places: readonly Omit<TokenPlace, "nearness">[],
	count: number,
): ClusterResult["clusters"] {
	const members = Map.groupBy(assigned.keys(), (i) => assigned[i] as number);
	return Array.from({ length: count }, (_, cluster) => members.get(cluster) ?? [])
		.filter((mine) => mine.length > 0)
		.sort((a, b) => b.length - a.length)
		.map((mine, number) => ({
			number,
			size: mine.length,
			cohesion: mine.reduce((sum, i) => sum + (nearness[i] as number), 0) / mine.length,
			places: mine
				.toSorted((a, b) => (nearness[b] as number) - (nearness[a] as number))
				.slice(0, keptPlaces)
				.map((i) => ({ ...(places[i] as Omit<TokenPlace, "nearness">), nearness: nearness[i] as number })),
		}));
}
