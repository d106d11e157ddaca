import { create } from "zustand";
import { buildView, type CircuitView, cutView, type FilteredView, sieveView } from "#shared/circuit-view";
import { type ComparedView, compareView, keepDiffering, sideOf } from "#shared/compared-view";
import { type CircuitDocument, emptyDocument, type Place } from "#shared/document";
import {
	askForPlaces,
	columnsMark,
	findLargest,
	firstView,
	firstWeightLevel,
	type LayoutQuestion,
	placesFor,
} from "#shared/drawing/arrange";
import type { Columns } from "#shared/drawing/lanes";
import { buildScene, emptyScene, fitCards, type Scene, standNodes } from "#shared/drawing/scene";
import { joinEdges, mergeEdges } from "#shared/edge-diff";
import { EdgeList } from "#shared/edge-list";
import type { FeatureFacts } from "#shared/feature-facts";
import { withoutPosition } from "#shared/node-id";
import { factsOfMembers } from "#shared/supernode";
import { requestPlaces } from "../layout/layout-client.ts";
import { useComparison } from "./comparison-store.ts";
import { useConsensus } from "./consensus-store.ts";
import { keepLayout, shownDocument, useDocument } from "./document-store.ts";
import { useFacts } from "./facts-store.ts";
import { remember } from "./remember.ts";
import { reportError, useSession } from "./session-store.ts";
import { shownRun } from "./shown-run.ts";
import { setView, threshold, useView } from "./view-store.ts";

/** What follows from the circuit, what a running trace has found, and how it is looked at. Only ever computed. */
export interface DerivedState {
	/** The circuit with what is being found. */
	readonly document: CircuitDocument;
	readonly view: CircuitView;
	readonly strongestWeight: number;
	readonly strongestAttribution: number;
	readonly filtered: FilteredView;
	readonly places: ReadonlyMap<string, Place>;
	readonly scene: Scene;
	/** Two circuits as they are seen in one, where they are compared. */
	readonly compared: ComparedView | null;
	/** Of these, where only what differs is asked for, that which does. */
	readonly differing: CircuitView | null;
}

const noView: CircuitView = { nodes: [], edges: EdgeList.none, viewOf: new Map() };
const nothingLeft = { hidden: 0, errors: 0, weakNodes: 0, loneNodes: 0, weakEdges: 0, rare: 0 };

export const useDerived = create<DerivedState>(() => ({
	document: emptyDocument,
	view: noView,
	strongestWeight: 0,
	strongestAttribution: 0,
	filtered: { nodes: [], edges: EdgeList.none, left: nothingLeft },
	places: new Map(),
	scene: emptyScene,
	compared: null,
	differing: null,
}));

const joinPartial = remember(
	(document: CircuitDocument, partial: Pick<CircuitDocument, "nodes" | "edges"> | undefined) => {
		if (!partial || partial.nodes.length === 0) return document;
		const ids = new Set(document.nodes.map(({ id }) => id));
		const nodes = [...document.nodes, ...partial.nodes.filter(({ id }) => !ids.has(id))];
		for (const { id } of nodes) ids.add(id);
		const [known, found] = [EdgeList.from(document.edges), EdgeList.from(partial.edges)];
		const isThere = found.ids.map((id) => ids.has(id));
		const fresh = mergeEdges(known, found).added;
		const edges = fresh.where(
			(edge) => !!isThere[fresh.sources[edge] as number] && !!isThere[fresh.targets[edge] as number],
		);
		return { ...document, nodes, edges: joinEdges([known, edges]) };
	},
);
const viewOf = remember(
	(
		nodes: CircuitDocument["nodes"],
		edges: CircuitDocument["edges"],
		groups: CircuitDocument["groups"],
		fold: boolean,
		metricName: string,
	) => buildView({ nodes, edges, groups }, fold, metricName),
);
const comparedOf = remember(compareView);
const sideOfEdgeOf = remember(
	(compared: ComparedView) => (source: string, target: string) => sideOf(compared.edgeFigures(source, target)),
);
const differingOf = remember(keepDiffering);
const strongestOf = remember(findLargest);
const sievedOf = remember(
	(
		view: CircuitView,
		hidden: CircuitDocument["hidden"],
		minAttribution: number,
		showErrors: boolean,
		showHidden: boolean,
		atLeast: number,
		counts: ReadonlyMap<string, number>,
	) =>
		sieveView(view, hidden, {
			minAttribution,
			showErrors,
			showHidden,
			...(counts.size > 0 && { recurrence: { atLeast, counts } }),
		}),
);
/** All that a slider of weights asks for: a cut. */
const cutOf = remember(cutView);
const placesOf = remember(placesFor);
const firstOf = remember(firstView);
const standingOf = remember((nodes: CircuitView["nodes"], places: ReadonlyMap<string, Place>, columns: Columns) =>
	standNodes(nodes, places, { columns }),
);
const builtOf = remember(buildScene);
const sceneOf = remember((scene: Scene, facts: ReadonlyMap<string, FeatureFacts>, answered: ReadonlySet<string>) =>
	fitCards(scene, ({ id, kind, members }) => {
		if (kind !== "group")
			return facts.get(withoutPosition(id)) ?? (answered.has(withoutPosition(id)) ? "none" : undefined);
		const isAnswered = members.every((member) => !asksForFacts(member) || answered.has(withoutPosition(member)));
		return factsOfMembers(members, facts) ?? (isAnswered ? "none" : undefined);
	}),
);

/** Tokens, logits and errors have no words of their own. */
const asksForFacts = (id: string): boolean => !/^(token|logit)\.|_error_/.test(id);

export const placeId = (id: string): string => (useView.getState().columns === "tokens" ? id + columnsMark : id);

/** Places of nodes that are only being found: they are not worth keeping. */
let passing: { readonly subject: unknown; readonly places: readonly Place[] } = { subject: null, places: [] };
let laying = false;

/** Of what the places are: another circuit, or two that are compared, have others. */
const subjectNow = (): unknown => useComparison.getState().comparison ?? useDocument.getState().name;

function derive(): void {
	const state = useDocument.getState();
	const view = useView.getState();
	const job = useSession
		.getState()
		.jobs.find(({ circuit, state: jobState }) => circuit === state.name && jobState === "running");
	const { comparison, onlyDiffering, level } = useComparison.getState();
	const isAside = comparison !== null || state.preview !== null;
	const document = joinPartial(shownDocument(state), isAside ? undefined : job?.partial);
	const metricName = shownRun()?.metricName ?? "cross_entropy";
	const own = viewOf(document.nodes, document.edges, document.groups, view.foldPositions, metricName);
	const compared = comparison ? comparedOf(own, comparison.union) : null;
	const seen: CircuitView = compared ?? own;
	const strongest = strongestOf(seen);
	const minWeight = threshold(view.weightLevel, strongest.weight);
	const differing =
		compared && onlyDiffering ? differingOf(compared, threshold(level, compared.largestDifference), minWeight) : null;
	const sieved = sievedOf(
		differing ?? seen,
		document.hidden,
		threshold(view.attributionLevel, strongest.attribution),
		view.showErrors,
		view.showHidden,
		view.atLeast,
		useConsensus.getState().counts,
	);
	const filtered = cutOf(sieved, minWeight);
	const subject = subjectNow();
	if (passing.subject !== subject || (!job && !isAside)) passing = { subject, places: [] };
	const stored = passing.places.length === 0 ? document.places : joinPlaces(document.places, passing.places);
	const places = placesOf(stored, view.columns);
	const sides = compared ? sideOfEdgeOf(compared) : undefined;
	const standing = standingOf(seen.nodes, places, view.columns);
	const built = builtOf(filtered, standing, document.links, seen.viewOf, metricName, sides);
	const { facts, answered } = useFacts.getState();
	const scene = sceneOf(built, facts, answered);
	useDerived.setState({
		document,
		view: seen,
		strongestWeight: strongest.weight,
		strongestAttribution: strongest.attribution,
		filtered,
		places,
		scene,
		compared,
		differing,
	});
	// Half of what is needed is not there yet.
	if (state.loading) return;
	if (view.fresh && (!job || isAside) && seen.edges.length > 0) {
		const weightLevel = firstWeightLevel(seen, strongest.weight);
		// Comes back here with what is to be seen.
		setView({ fresh: false, ...(weightLevel !== undefined && { weightLevel }) });
		return;
	}
	if (laying) return;
	const first = job && !isAside ? filtered : firstOf(seen, document.hidden);
	const question = askForPlaces(seen, first, filtered, places, view.columns);
	if (question) layOut(question, job !== undefined || isAside);
}

const joinPlaces = remember((kept: readonly Place[], more: readonly Place[]) => [...kept, ...more]);

function layOut(question: LayoutQuestion, isPassing: boolean): void {
	laying = true;
	const { columns } = question;
	const subject = subjectNow();
	requestPlaces(question)
		.then((found) => {
			laying = false;
			if (subjectNow() !== subject) return derive();
			const marked = found.map((place) => (columns === "tokens" ? { ...place, id: place.id + columnsMark } : place));
			const { preview } = useDocument.getState();
			if (isPassing || preview) {
				passing = { subject, places: [...passing.places, ...marked] };
				derive();
			} else keepLayout(marked);
		})
		.catch((error) => {
			laying = false;
			reportError(error);
		});
}

/** Begins to follow what it is derived from. */
export function startDerived(): void {
	for (const store of [useDocument, useView, useSession, useConsensus, useFacts, useComparison] as const)
		store.subscribe(() => derive());
	derive();
}
