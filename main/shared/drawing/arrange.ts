import { buildView, type CircuitView, type FilteredView, filterView } from "../circuit-view.ts";
import type { CircuitDocument, Place } from "../document.ts";
import { type EdgeColumns, EdgeList } from "../edge-list.ts";
import { type SavedView, threshold } from "../saved-view.ts";
import { compactPlaces } from "./compact-places.ts";
import type { CardDetail } from "./feature-card.ts";
import { type LaidNode, laidNode } from "./laid-node.ts";
import { type Columns, placeNodes } from "./lanes.ts";
import { buildScene, type Scene, standNodes } from "./scene.ts";
import { findStrongest } from "./strongest.ts";

/**
 * From what is stored of a circuit to where everything stands. The canvas, which remembers each step, and every export,
 * which takes all of them at once, see the same.
 */
export interface Arrangement {
	readonly view: CircuitView;
	readonly filtered: FilteredView;
	readonly scene: Scene;
	/** By id, of full cards. */
	readonly places: ReadonlyMap<string, Place>;
}

export interface ArrangeOptions {
	readonly metricName: string;
	/** Of a consensus: how many prompts have a node or an edge. */
	readonly counts?: ReadonlyMap<string, number>;
	readonly detail?: CardDetail;
	/** So many of the strongest edges instead of what the view's slider leaves. */
	readonly maxEdges?: number;
}

export function arrangeCircuit(document: CircuitDocument, look: SavedView, options: ArrangeOptions): Arrangement {
	const { metricName, counts, detail = "full", maxEdges } = options;
	const all = buildView(document, look.foldPositions, metricName);
	const stored = placesFor(document.places, look.columns);
	const view =
		maxEdges === undefined
			? all
			: buildView({ ...document, ...keepEdges(document, maxEdges) }, look.foldPositions, metricName);
	const strongest = findLargest(view);
	const weightLevel =
		maxEdges !== undefined ? 0 : look.fresh ? (firstWeightLevel(view, strongest.weight) ?? 0) : look.weightLevel;
	const filtered = filterView(view, document.hidden, {
		minWeight: threshold(weightLevel, strongest.weight),
		minAttribution: threshold(look.attributionLevel, strongest.attribution),
		showErrors: look.showErrors,
		showHidden: look.showHidden,
		...(counts && counts.size > 0 && { recurrence: { atLeast: look.atLeast, counts } }),
	});
	const first = maxEdges === undefined ? firstView(view, document.hidden) : filtered;
	const question = askForPlaces(all, first, filtered, stored, look.columns);
	const places = new Map(stored);
	for (const place of question ? findPlaces(question) : []) places.set(place.id, place);
	const standing = detail === "compact" ? compactPlaces(all.nodes, places) : places;
	const stands = standNodes(all.nodes, standing, { detail, columns: look.columns });
	const scene = buildScene(filtered, stands, document.links, all.viewOf, metricName);
	return { view: all, filtered, scene, places };
}

/** What is seen of a circuit that nobody has looked at yet. */
export function firstView(view: CircuitView, hidden: CircuitDocument["hidden"]): FilteredView {
	const strongest = findLargest(view).weight;
	const minWeight = threshold(firstWeightLevel(view, strongest) ?? 0, strongest);
	return filterView(view, hidden, { minWeight, minAttribution: 0, showErrors: true, showHidden: false });
}

/** What must be known to find the places that are missing; it is sent to a worker. */
export interface LayoutQuestion {
	/** One after the other; each sees where those before it stand. */
	readonly rounds: readonly { readonly nodes: readonly LaidNode[]; readonly edges: EdgeColumns }[];
	readonly places: readonly Place[];
	readonly columns: Columns;
}

/**
 * What is to be placed so that all that is shown stands; undefined where it does. Only what is shown is placed, so that
 * nothing holds room that is not seen. A circuit without places gets those of its first view before any other, however
 * it is looked at: they are the same for a command, a window and a picture of it.
 */
export function askForPlaces(
	view: CircuitView,
	first: FilteredView,
	shown: FilteredView,
	places: ReadonlyMap<string, Place>,
	columns: Columns,
): LayoutQuestion | undefined {
	if (shown.nodes.every(({ id }) => places.has(id))) return undefined;
	const stand = new Set(view.nodes.flatMap(({ id }) => (places.has(id) ? [id] : [])));
	const rounds = [...(stand.size === 0 && first !== shown ? [first] : []), shown].map(({ nodes, edges }) => {
		for (const { id } of nodes) stand.add(id);
		return {
			nodes: view.nodes.filter(({ id }) => stand.has(id)).map(laidNode),
			edges: edges.columns,
		};
	});
	return { rounds, places: [...places.values()], columns };
}

export function findPlaces({ rounds, places, columns }: LayoutQuestion): readonly Place[] {
	const known = new Map(places.map((place) => [place.id, place]));
	return rounds.flatMap(({ nodes, edges }) => {
		const found = placeNodes(nodes, new EdgeList(edges), known, columns);
		for (const place of found) known.set(place.id, place);
		return found;
	});
}

function keepEdges(document: CircuitDocument, count: number): Pick<CircuitDocument, "nodes" | "edges"> {
	const hidden = new Set(document.hidden.map(({ id }) => id));
	const nodes = document.nodes.filter(({ id }) => !hidden.has(id));
	const all = EdgeList.from(document.edges);
	const isHidden = all.ids.map((id) => hidden.has(id));
	const edges = all.where((edge) => !isHidden[all.sources[edge] as number] && !isHidden[all.targets[edge] as number]);
	return findStrongest({ nodes, edges }, count);
}

/** Places among columns of tokens are stored beside those of the free layout, under marked ids. */
export const columnsMark = "|tokens";

/** The stored places of one way to make columns, by id. */
export function placesFor(stored: readonly Place[], columns: Columns): Map<string, Place> {
	const suffix = columns === "tokens" ? columnsMark : "";
	const places = new Map<string, Place>();
	for (const place of stored)
		if (place.id.endsWith(columnsMark) === (suffix !== "")) {
			const id = place.id.slice(0, place.id.length - suffix.length);
			places.set(id, { ...place, id });
		}
	return places;
}

/** What the sliders' ends stand for. */
export function findLargest(view: CircuitView): { readonly weight: number; readonly attribution: number } {
	return {
		weight: view.edges.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
		attribution: view.nodes.reduce(
			(most, { kind, attribution }) =>
				kind === "token" || kind === "logit" ? most : Math.max(most, Math.abs(attribution)),
			0,
		),
	};
}

/** So many of the strongest edges a circuit shows when it is first seen; the slider says how many are hidden. */
const firstEdges = (nodes: number) => 160 + Math.round(nodes / 5);

/** The level of the weights' slider at which about so many edges remain; undefined where there are no more. */
export function firstWeightLevel({ nodes, edges }: CircuitView, strongest: number): number | undefined {
	const count = firstEdges(nodes.length);
	if (edges.length <= count) return undefined;
	const size = Math.abs(edges.weights[edges.strongestFirst[count] as number] as number);
	return Math.min(1, Math.cbrt(size / strongest) + 1e-6);
}
