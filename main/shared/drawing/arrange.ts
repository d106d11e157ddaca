import { buildView, type CircuitView, type FilteredView, filterView } from "../circuit-view.ts";
import type { CircuitDocument, Place } from "../document.ts";
import { type SavedView, threshold } from "../saved-view.ts";
import { compactPlaces } from "./compact-places.ts";
import type { CardDetail } from "./feature-card.ts";
import { type Columns, type LaidNode, placeNodes } from "./lanes.ts";
import { buildScene, type Scene } from "./scene.ts";
import { findStrongest } from "./strongest.ts";

/**
 * From what is stored of a circuit to where everything stands. The canvas, which remembers each step, and every export,
 * which takes all of them at once, see the same.
 */
export interface Arrangement {
	readonly view: CircuitView;
	readonly filtered: FilteredView;
	readonly scene: Scene;
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
	const all = buildView(document, look.foldPositions);
	const places = placesFor(document.places, look.columns);
	const view =
		maxEdges === undefined ? all : buildView({ ...document, ...keepEdges(document, maxEdges) }, look.foldPositions);
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
	// Places are sought for what is shown: a circuit that nobody has laid out has them close together.
	const shown = places.size === 0 ? { nodes: filtered.nodes, edges: filtered.edges } : all;
	for (const place of placeNodes(shown.nodes.map(laidNode), shown.edges, places, look.columns))
		places.set(place.id, place);
	const standing = detail === "compact" ? compactPlaces(shown.nodes, places) : places;
	const scene = buildScene(filtered, shown.nodes, document.links, standing, all.viewOf, metricName, detail);
	return { view: all, filtered, scene };
}

function keepEdges(document: CircuitDocument, count: number): Pick<CircuitDocument, "nodes" | "edges"> {
	const hidden = new Set(document.hidden.map(({ id }) => id));
	const nodes = document.nodes.filter(({ id }) => !hidden.has(id));
	const edges = document.edges.filter(({ source, target }) => !hidden.has(source) && !hidden.has(target));
	return findStrongest({ nodes, edges }, count);
}

/** What a layout must know of a seen node, and no more: it is sent to a worker. */
export function laidNode({ id, kind, site, layer, position }: LaidNode): LaidNode {
	return { id, kind, position, ...(site !== undefined && { site }), ...(layer !== undefined && { layer }) };
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
		weight: view.edges.reduce((most, { weight }) => Math.max(most, Math.abs(weight)), 0),
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
	const sizes = edges.map(({ weight }) => Math.abs(weight)).sort((a, b) => b - a);
	return Math.min(1, Math.cbrt((sizes[count] ?? 0) / strongest) + 1e-6);
}
