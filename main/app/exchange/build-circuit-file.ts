import type { CircuitNode } from "#shared/circuit";
import type { CircuitDocument } from "#shared/document";
import {
	type CircuitFile,
	type CircuitFileFeature,
	circuitFileFormat,
	circuitFileVersion,
} from "#shared/exchange/circuit-file";
import { asCircuitFile, type CircuitPayload } from "#shared/exchange/circuit-payload";
import type { FeatureFacts } from "#shared/feature-facts";
import { listFeatureRefs, withoutPosition } from "#shared/node-id";
import type { PublishedLabel } from "#shared/published";
import type { SiteName } from "#shared/site";
import { buildNodeFields } from "../../export/circuit-json.ts";
import type { CircuitRecords } from "../../store/circuit-exchange.ts";
import type { Store } from "../../store/store.ts";
import { type App, readVersions } from "../app.ts";
import { type CircuitDescription, carriedLabels, describeCircuit, scoreDocument } from "../circuit-description.ts";
import { programName } from "../export-provenance.ts";
import { lookUpFeatures } from "../feature-lookup.ts";
import { lookUpPublished } from "../label-lookup.ts";
import { makePortable, mapPaths } from "./portable-paths.ts";

/**
 * A stored circuit as one file with everything that belongs to it: what `scd export -o x.json` writes and what drawings
 * carry inside. Without its history it is smaller, and cannot be undone elsewhere.
 */
export async function buildCircuitPayload(
	app: Pick<App, "store" | "engine" | "weightFacts" | "folders">,
	name: string,
	{ history = true, document }: { readonly history?: boolean; readonly document?: CircuitDocument } = {},
): Promise<CircuitPayload> {
	const described = describeCircuit(app.store, name);
	const records = app.store.circuits.read(name, document);
	const refs = listFeatures(records.document.nodes);
	const query = { ...described, features: [...refs.values()] };
	const facts = await lookUpFeatures(app, query);
	return assemble(records, name, described, refs, facts, lookUpPublished(app, query), history);
}

/** The same of a circuit in a database that somebody sent: only what stands in it is read, and no path is followed. */
export function readForeignCircuit(store: Store, name: string): CircuitFile {
	const described = describeCircuit(store, name, false);
	const records = store.circuits.read(name);
	const refs = listFeatures(records.document.nodes);
	const facts = new Map<string, FeatureFacts>();
	for (const [site, wanted] of Map.groupBy(refs.values(), (ref) => ref.site)) {
		const hash = described.dictionaries.get(site)?.hash;
		const numbers = wanted.map(({ feature }) => feature);
		for (const [feature, known] of hash === undefined ? [] : store.facts.load(hash, numbers))
			facts.set(`${site}.${feature}`, known);
	}
	for (const [id, { facts: known }] of described.carried) if (known) facts.set(id, known);
	return asCircuitFile(assemble(records, name, described, refs, facts, new Map(), true));
}

function assemble(
	records: CircuitRecords,
	name: string,
	described: CircuitDescription,
	refs: FeatureRefs,
	facts: ReadonlyMap<string, FeatureFacts>,
	found: ReadonlyMap<string, PublishedLabel>,
	history: boolean,
): CircuitPayload {
	const { nodes, edges, ...document } = records.document;
	const features = describeFeatures(refs, described, facts, new Map([...carriedLabels(described.carried), ...found]));
	const published = new Map(features.map(({ id, published: label }) => [id, label]));
	const labels = new Map(document.labels.map(({ id, text }) => [id, text]));
	const { replacement, completeness } = scoreDocument(records.document, described);
	return {
		format: circuitFileFormat,
		version: circuitFileVersion,
		program: { name: programName, version: readVersions().scd },
		name,
		created_at: records.created_at,
		updated_at: records.updated_at,
		model: described.model,
		dictionaries: [...described.dictionaries].map(([site, { name: own, hash }]) => ({ site, name: own, hash })),
		prompt: {
			text: described.prompt.text,
			tokens: [...described.prompt.tokens],
			token_ids: [...described.prompt.tokenIds],
		},
		metric: described.metric,
		explained: described.explained,
		replacement,
		completeness,
		nodes: nodes.map((node) => describeNode(node, described, labels, published)),
		edges,
		document: document as CircuitPayload["document"],
		view: records.view,
		runs: records.runs.map((run) => ({ ...run, request: mapPaths(run.request, makePortable) })),
		provenance: records.provenance,
		history: history ? records.history : null,
		reports: records.reports.map((report) => ({ ...report, request: mapPaths(report.request, makePortable) })),
		features: [...features],
		originals: [...described.carried].flatMap(([id, { original }]) =>
			original ? [{ id, fields: { ...original } }] : [],
		),
	};
}

function describeNode(
	node: CircuitNode,
	described: CircuitDescription,
	labels: ReadonlyMap<string, string>,
	published: ReadonlyMap<string, CircuitFileFeature["published"]>,
): CircuitPayload["nodes"][number] {
	const id = withoutPosition(node.id);
	const own = labels.get(id);
	const others = published.get(id);
	return {
		...buildNodeFields(node),
		...((node.kind === "token" || node.kind === "logit") && { token: described.tokenOf(node) }),
		...(own !== undefined
			? { label: own, label_by: "person" }
			: others && { label: others.text, label_by: `neuronpedia:${others.source}` }),
	};
}

type FeatureRefs = ReadonlyMap<string, { readonly site: SiteName; readonly feature: number }>;

function listFeatures(nodes: readonly CircuitNode[]): FeatureRefs {
	return new Map(listFeatureRefs(nodes.map(({ id }) => id)).map((ref) => [`${ref.site}.${ref.feature}`, ref]));
}

/** In the order of their ids; only those of which something is known. */
function describeFeatures(
	refs: FeatureRefs,
	{ dictionaries }: CircuitDescription,
	facts: ReadonlyMap<string, FeatureFacts>,
	published: ReadonlyMap<string, PublishedLabel>,
): readonly CircuitFileFeature[] {
	return [...refs]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.flatMap(([id, { site }]) => {
			const [known, label] = [facts.get(id), published.get(id)];
			if (!known && !label) return [];
			return {
				id,
				dictionary: dictionaries.get(site)?.hash ?? null,
				facts: (known as CircuitFileFeature["facts"]) ?? null,
				published: label ?? null,
			};
		});
}
