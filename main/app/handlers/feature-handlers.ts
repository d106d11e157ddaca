import type { FeatureDescription, FoundBy } from "#shared/contract/results";
import { asSentence } from "#shared/conventions";
import { AppError } from "#shared/errors";
import type { FeatureFacts } from "#shared/feature-facts";
import { formatNodeId, listFeatureRefs, parseNodeId, withoutPosition } from "#shared/node-id";
import { neuronpediaUrl, sourceId } from "#shared/published";
import { siteName } from "#shared/site";
import { tracedBy } from "#shared/trace-request";
import { pieceKey, pieceKinds } from "../../circuits/recorded-pieces.ts";
import type { RunRecord } from "../../store/runs.ts";
import { queryOfCircuit } from "../circuit-query.ts";
import { explainStoredEdge } from "../explain-edge.ts";
import { lookUpFeatures } from "../feature-lookup.ts";
import { findSources } from "../label-lookup.ts";
import { isBundled } from "../locations.ts";
import type { AppHandlers } from "../router.ts";
import type { Service } from "../service.ts";
import type { WantedFeatures } from "../wanted-features.ts";

type Part = Pick<
	AppHandlers,
	"features.facts" | "features.describe" | "features.respond" | "edges.explain" | "provenance.find"
>;

/** What is known of the features of a circuit, and where its numbers come from. */
export function buildFeatureHandlers(service: Service): Part {
	const { store } = service.app;
	return {
		"features.facts": async ({ name, features }) => {
			return Object.fromEntries(await findFacts(service, name, listFeatureRefs(features)));
		},
		"features.describe": async ({ name, node }) => await describeFeature(service, name, node),
		"features.respond": async ({ name, ...scaling }, { signal }) => {
			const request = tracedBy(store.circuits.lastRun(name)?.request);
			if (!request)
				throw new AppError(
					"not-found",
					`"${name}" has no finished run whose prompt could be used. Trace into it first.`,
					{
						name,
					},
				);
			const { modelDir, dictionaryDirs, conventions, prompt, bos, provider } = request;
			// Methods without a metric are asked about the usual one.
			const metric = "metric" in request ? request.metric : "cross_entropy";
			return await service.app.engine.call(
				"respond",
				{
					...{ modelDir, dictionaryDirs, prompt, metric, provider, ...scaling },
					...(conventions && { conventions }),
					...(bos && { bos }),
				},
				{ signal },
			);
		},
		"edges.explain": async ({ name, ...edge }, { signal }) => await explainStoredEdge(service.app, name, edge, signal),
		"provenance.find": async ({ name, source, target }) => {
			return store.circuits.foundBy(name, source, target).flatMap(({ run, value }): FoundBy[] => {
				const record = store.runs.load(run);
				if (!record) return [];
				const { startedAt: at, metricName, request } = record;
				const traced = tracedBy(request);
				return [
					{
						run,
						value,
						at,
						metricName: metricName ?? (traced && "metric" in traced ? traced.metric : ""),
						method: request.method,
						prompt: traced?.prompt ?? record.prompt ?? "",
					},
				];
			});
		},
	};
}

/** Empty where a circuit has no run that names its model. */
async function findFacts(
	{ app }: Service,
	name: string,
	features: WantedFeatures["features"],
): Promise<ReadonlyMap<string, FeatureFacts>> {
	const query = queryOfCircuit(app, name, features);
	return query && features.length > 0 ? await lookUpFeatures(app, query) : new Map();
}

async function describeFeature(service: Service, name: string, node: string): Promise<FeatureDescription> {
	const ref = parseNodeId(withoutPosition(node));
	if (ref.kind !== "feature")
		throw new AppError("usage", `"${node}" is no feature. Only features have contexts and words.`, { node });
	const { store } = service.app;
	const dictionary = store.circuits.dictionaries(name).get(siteName(ref.site)) ?? null;
	const facts = await findFacts(service, name, listFeatureRefs([node]));
	const query = queryOfCircuit(service.app, name, []);
	const source = query && findSources(service.app, query, [siteName(ref.site)]).get(siteName(ref.site));
	const last = store.circuits.lastRun(name);
	const run = last && store.runs.load(last.id);
	const { kind, layer } = ref.site;
	return {
		id: formatNodeId(ref),
		facts: facts.get(formatNodeId(ref)) ?? null,
		dictionary,
		activations: run && dictionary ? findActivations(service, run, dictionary.hash, ref.feature) : null,
		otherCircuits: dictionary
			? store.circuits.containing(kind, layer, ref.feature, dictionary.hash).filter((other) => other.name !== name)
			: [],
		neuronpedia: source ? `${neuronpediaUrl}/${sourceId(source)}/${ref.feature}` : null,
		published: source ? store.published.know(source, ref.feature) : null,
		unpublished: source || !dictionary || !query ? null : findReason(service, query, siteName(ref.site)),
	};
}

/** Why Neuronpedia cannot be asked about the dictionary at a site, as a sentence; nothing of those that come with the program. */
function findReason({ app }: Service, { dictionaryDirs }: WantedFeatures, site: string): string | null {
	if (dictionaryDirs.every(isBundled)) return null;
	const reason = app.folders.explainSourceless(site, dictionaryDirs);
	return reason === undefined
		? "The dictionary’s folder is gone, so nobody can say which one it is."
		: asSentence(reason);
}

/** Of one feature at each position that the run computed, from the piece that it left in the store. */
function findActivations(
	{ app }: Service,
	{ modelHash, tokenIds, metricName }: RunRecord,
	dictionary: string,
	feature: number,
): readonly number[] | null {
	const ids = metricName === "cross_entropy" ? tokenIds.slice(0, -1) : tokenIds;
	const piece = app.store.pieces.recall(pieceKey(pieceKinds.activations, modelHash, dictionary, ids));
	if (piece?.kind !== "activations") return null;
	const row = ids.map(() => 0);
	for (const [i, one] of piece.features.entries())
		if (one === feature) row[piece.positions[i] as number] = piece.activations[i] as number;
	return row;
}
