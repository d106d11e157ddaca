import { usualDrawing } from "#shared/contract/export-request";
import type { CircuitDocument } from "#shared/document";
import type { Drawing } from "#shared/drawing/drawing";
import { EdgeList } from "#shared/edge-list";
import { PathGraph } from "#shared/paths";
import { storyOf } from "#shared/story";
import { type BuiltDrawing, buildDrawing, countShown } from "../build-drawing.ts";
import type { ReportSource } from "./report-source.ts";

export interface ReportFigure {
	readonly drawing: Drawing;
	readonly caption: string;
}

/** Edges that a figure of a page's width shows so that each can be followed. */
const mostEdges = 60;
const usual = { ...usualDrawing, story: false, detail: "compact", provenance: false, highlight: false } as const;
const signs =
	"Tokens stand below and logits above; solid edges raise the target, dashed ones lower it, and stronger ones are wider.";

/** A circuit as it is looked at where that can be read in a report's width; else the paths that its story or the strongest ones take. */
export function drawFigure(source: ReportSource, legible: (text: string) => string): ReportFigure {
	const { document } = source;
	const seen = document.edges.length > 20 * mostEdges ? undefined : buildDrawing(source, usual, legible);
	if (seen && countShown(seen.arrangement).edges <= 2 * mostEdges) return describe(seen, "", document);
	const chosen = choosePaths(document, source.run?.metricName ?? "");
	const part = chosen && keepPaths(document, chosen.paths);
	if (!part) {
		const request = { ...usual, show: "all", maxEdges: mostEdges, rearrange: true } as const;
		return describe(buildDrawing(source, request, legible), "The strongest edges: ", document);
	}
	// What is left out of it is told below and not within, where nothing is known of it.
	const request = { ...usual, show: "all", rearrange: true, header: false } as const;
	return describe(buildDrawing({ ...source, document: part }, request, legible), chosen.words, document);
}

function describe({ drawing, arrangement }: BuiltDrawing, words: string, whole: CircuitDocument): ReportFigure {
	const { nodes, edges } = countShown(arrangement);
	const of = (shown: number, all: number) =>
		shown < all ? `${shown.toLocaleString("en")} of ${all.toLocaleString("en")}` : all.toLocaleString("en");
	const counts = `${of(nodes, whole.nodes.length)} nodes and ${of(edges, whole.edges.length)} direct effects`;
	return { drawing, caption: `${words}${counts}. ${signs}` };
}

/** The story's paths, or as many of the strongest as a figure can show; undefined where no path leads to the target. */
function choosePaths(document: CircuitDocument, metricName: string) {
	const told = storyOf(document).flatMap(({ path }) => (path.length > 1 ? [path] : []));
	if (told.length > 0) return { paths: told, words: "The story’s paths: " };
	const { paths } = new PathGraph({ ...document, metricName }).throughout(10 * mostEdges);
	const kept: (readonly string[])[] = [];
	const edges = new Set<string>();
	let carried = 0;
	for (const { nodes, share } of paths) {
		const along = nodes.slice(1).map((node, i) => `${nodes[i]} ${node}`);
		if (edges.size + along.filter((edge) => !edges.has(edge)).length > mostEdges) break;
		for (const edge of along) edges.add(edge);
		kept.push(nodes);
		carried += share;
	}
	if (kept.length === 0) return undefined;
	return {
		paths: kept,
		words: `The strongest paths from tokens to the target, which carry ${(100 * carried).toFixed(0)}% of what all such paths do: `,
	};
}

/** A circuit with what lies on these paths alone. */
function keepPaths(document: CircuitDocument, paths: readonly (readonly string[])[]): CircuitDocument | undefined {
	const ids = new Set(paths.flat());
	const along = new Set(paths.flatMap((path) => path.slice(1).map((node, i) => `${path[i]} ${node}`)));
	const all = EdgeList.from(document.edges);
	const isOn = all.ids.map((id) => ids.has(id));
	const edges = all.where((edge) => {
		const [source, target] = [all.sources[edge] as number, all.targets[edge] as number];
		return isOn[source] === true && isOn[target] === true && along.has(`${all.ids[source]} ${all.ids[target]}`);
	});
	if (edges.length === 0) return undefined;
	return {
		...document,
		nodes: document.nodes.filter(({ id }) => ids.has(id)),
		edges,
		groups: [],
		notes: [],
		links: [],
	};
}
