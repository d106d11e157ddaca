import type { Consensus } from "#shared/consensus";
import type { DrawingRequest } from "#shared/contract/export-request";
import type { CircuitDocument } from "#shared/document";
import { edgeKey } from "#shared/document-diff";
import { arrangeCircuit } from "#shared/drawing/arrange";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import type { FeatureFacts } from "#shared/feature-facts";
import { listFeatureRefs } from "#shared/node-id";
import { initialView, readSavedView } from "#shared/saved-view";
import type { ExportSource } from "../export/export-source.ts";
import type { App } from "./app.ts";
import { carriedLabels, describeCircuit, scoreDocument } from "./circuit-description.ts";
import { buildCircuitPayload } from "./exchange/build-circuit-file.ts";
import { describeProvenance } from "./export-provenance.ts";
import { lookUpFeatures, lookUpPhrases } from "./feature-lookup.ts";
import { lookUpLabels } from "./label-lookup.ts";
import type { WantedFeatures } from "./wanted-features.ts";

export interface SourceOptions {
	/** What is drawn decides whose words are looked up. */
	readonly drawing: DrawingRequest;
	/** As the window looks at it now; absent means as it was stored. */
	readonly view?: unknown;
	/** Another state of it, such as what one run found. */
	readonly document?: CircuitDocument;
	/** The file is to carry the circuit. */
	readonly embed: boolean;
}

/** All that an export of a stored circuit is made of. */
export async function buildExportSource(
	app: Pick<App, "store" | "engine" | "weightFacts" | "folders">,
	name: string,
	{ drawing, view, document: given, embed }: SourceOptions,
): Promise<ExportSource> {
	const { store } = app;
	const document = given ?? store.circuits.load(name);
	const described = describeCircuit(store, name);
	const look = view !== undefined ? view : given ? null : store.edits.loadView(name);
	const counts = readCounts(store.reports.list("consensus", name)[0]?.body as Consensus | undefined);
	const query = { ...described, features: listFeatureRefs(document.nodes.map(({ id }) => id)) };
	const labels = new Map([
		...[...carriedLabels(described.carried)].map(
			([id, label]) => [id, { ...label, by: "neuronpedia" as const }] as const,
		),
		...lookUpLabels(app, query, document.labels),
	]);
	const logits = document.nodes.filter(({ kind }) => kind === "logit");
	const scores = scoreDocument(document, described);
	const provenance = describeProvenance(store, name, described, scores);
	const payload = embed ? await buildCircuitPayload(app, name, given ? {} : { document }) : undefined;
	const shown = drawing.detail === "compact" ? [] : listShown(document, look, drawing, counts);
	return {
		name,
		document,
		view: look,
		run:
			described.model.name === "" && described.prompt.tokens.length === 0
				? null
				: {
						modelName: described.model.name,
						metricName: described.metric.name,
						metric: described.metric.value,
						paired: described.paired,
						scores,
						tokens: described.prompt.tokens,
						logitTokens: Object.fromEntries(logits.map((node) => [String(node.feature), described.tokenOf(node)])),
					},
		labels: [...labels],
		facts: payload && !given ? knownFacts(payload) : [...(await lookUpFeatures(app, { ...query, features: shown }))],
		phrases: [...lookUpPhrases(app, query)],
		counts: [...counts],
		provenance,
		...(payload && { payload }),
	};
}

/** What travels in the file is known already. */
function knownFacts({ features }: CircuitPayload): ExportSource["facts"] {
	return features.flatMap(({ id, facts }) => (facts ? [[id, facts as FeatureFacts] as const] : []));
}

/** The features whose cards are drawn. */
function listShown(
	document: CircuitDocument,
	view: unknown,
	drawing: DrawingRequest,
	counts: ReadonlyMap<string, number>,
): WantedFeatures["features"] {
	const { maxEdges, show } = drawing;
	const look = readSavedView(view);
	const { scene } = arrangeCircuit(
		document,
		show === "view" ? look : { ...initialView, fresh: false, foldPositions: look.foldPositions },
		{ metricName: "", counts, ...(maxEdges !== undefined && { maxEdges }) },
	);
	const members = new Set(scene.nodes.flatMap(({ node }) => node.members));
	return listFeatureRefs(document.nodes.flatMap(({ id }) => (members.has(id) ? [id] : [])));
}

function readCounts(consensus: Consensus | undefined): ReadonlyMap<string, number> {
	if (!consensus) return new Map();
	return new Map([
		...consensus.nodes.map(({ id, count }) => [id, count] as const),
		...consensus.edges.map((edge) => [edgeKey(edge), edge.count] as const),
	]);
}
