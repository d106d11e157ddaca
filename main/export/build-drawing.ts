import type { ViewNode } from "#shared/circuit-view";
import type { DrawingRequest, ExportRequest } from "#shared/contract/export-request";
import { type Arrangement, arrangeCircuit } from "#shared/drawing/arrange";
import { buildCardContent } from "#shared/drawing/card-content";
import { type CircuitPicture, drawCircuit } from "#shared/drawing/draw-circuit";
import type { ToldStep } from "#shared/drawing/draw-story";
import type { Drawing } from "#shared/drawing/drawing";
import type { CardContent } from "#shared/drawing/feature-card";
import { fitCards } from "#shared/drawing/scene";
import { findTheme } from "#shared/drawing/theme";
import { AppError } from "#shared/errors";
import { type NodeName, nameNodes, writeName } from "#shared/naming";
import { withoutPosition } from "#shared/node-id";
import { initialView, readSavedView, type SavedView } from "#shared/saved-view";
import { describeScores } from "#shared/score-words";
import { storyOf } from "#shared/story";
import { factsOfMembers } from "#shared/supernode";
import type { DescribedRun, ExportSource } from "./export-source.ts";
import type { ShownCounts } from "./latex.ts";
import { legibleFacts, legibleProvenance } from "./legible.ts";

/** What a column shows in letters that are read: its 84 mm are 238 points. */
const columnWidth = 350;

export interface BuiltDrawing {
	readonly drawing: Drawing;
	readonly arrangement: Arrangement;
}

/** The circuit as it was arranged and is looked at, as a drawing; `legible` writes letters that no font has as numbers. */
export function buildDrawing(
	source: ExportSource,
	request: DrawingRequest & Partial<Pick<ExportRequest, "figure">>,
	legible: (text: string) => string,
	room: Pick<CircuitPicture, "frameWidth"> = {},
): BuiltDrawing {
	const look = chooseView(source, request);
	const metricName = source.run?.metricName || "cross_entropy";
	const arrangement = arrange(source, request, look, metricName);
	checkEdges(arrangement.scene.edges.length);
	const theme = findTheme(request.theme, request.ink);
	const stands = request.highlight && (look.selection.size > 1 || look.edge !== null);
	const told = request.story && request.only === undefined ? tellStory(source, arrangement, legible) : [];
	const drawing = drawCircuit({
		scene: arrangement.scene,
		notes:
			request.only === undefined ? source.document.notes.map((note) => ({ ...note, text: legible(note.text) })) : [],
		contentOf: buildContent(source, nameShown(source, arrangement, legible), legible),
		theme,
		tokens: source.run?.tokens.map(legible) ?? [],
		metricName,
		caption: legible(describe(source.run, arrangement)),
		detail: request.detail,
		transparent: request.transparent,
		parts: { header: request.header, legend: request.legend, lanes: request.lanes },
		...room,
		...(request.figure === "single-column" && { leastWidth: columnWidth }),
		...(told.length > 0 && { story: told }),
		...(request.provenance && { provenance: legibleProvenance(source.provenance, legible) }),
		...(stands && { highlight: { nodes: look.selection, edge: look.edge } }),
	});
	return { drawing, arrangement };
}

/** More lie over one another, and a file of them is larger than programs open. */
const mostEdges = 100_000;

function checkEdges(edges: number): void {
	if (edges <= mostEdges) return;
	throw new AppError(
		"usage",
		`A picture of ${edges.toLocaleString("en")} edges would be larger than programs open, and nobody could tell them apart; ${mostEdges.toLocaleString("en")} can be drawn. Hide weaker ones with the slider, or ask for the strongest alone (--max-edges ${mostEdges}).`,
		{ edges, mostEdges },
	);
}

function chooseView({ view }: ExportSource, { show }: DrawingRequest): SavedView {
	const saved = readSavedView(view);
	if (show === "view") return saved;
	const { columns, foldPositions } = saved;
	return { ...initialView, fresh: false, columns, foldPositions };
}

function arrange(source: ExportSource, request: DrawingRequest, look: SavedView, metricName: string): Arrangement {
	const { detail, maxEdges, only, rearrange } = request;
	const document = rearrange ? { ...source.document, places: [] } : source.document;
	const arranged = arrangeCircuit(document, look, {
		metricName,
		counts: new Map(source.counts),
		detail,
		...(maxEdges !== undefined && { maxEdges }),
	});
	const facts = new Map(source.facts);
	const factsOf = ({ id, kind, members }: ViewNode) =>
		(kind === "group" ? factsOfMembers(members, facts) : facts.get(withoutPosition(id))) ?? "none";
	const scene = detail === "full" ? fitCards(arranged.scene, factsOf) : arranged.scene;
	if (only === undefined) return { ...arranged, scene };
	const wanted = new Set(only);
	const nodes = scene.nodes.filter(({ node }) => wanted.has(node.id));
	const edges = scene.edges.where(({ source: from, target }) => wanted.has(from.node.id) && wanted.has(target.node.id));
	return { ...arranged, scene: { ...scene, nodes, edges } };
}

/** What seen nodes are called. */
function nameShown(
	{ facts, labels, phrases, run }: ExportSource,
	{ view }: Arrangement,
	legible: (text: string) => string,
): (id: string) => NodeName {
	const names = nameNodes(view.nodes, {
		...{ labels: new Map(labels), facts: new Map(facts), phrases: new Map(phrases), run },
	});
	return (id) => {
		const name = names.get(id) ?? { text: id, kind: "id" };
		return { ...name, text: legible(name.text) };
	};
}

/** The story with the nodes of each step by name, as they are seen. */
function tellStory(
	source: ExportSource,
	arrangement: Arrangement,
	legible: (text: string) => string,
): readonly ToldStep[] {
	const nameOf = nameShown(source, arrangement, legible);
	const { viewOf } = arrangement.view;
	return storyOf(source.document).map(({ path, text }) => ({
		text: legible(text),
		path: path.map((id) => {
			const { at, ...name } = nameOf(viewOf.get(id) ?? id);
			const place = at?.match(/@\d+$/)?.[0];
			return writeName({ ...name, ...(place !== undefined && { at: place }) });
		}),
	}));
}

function buildContent(
	source: ExportSource,
	nameOf: (id: string) => NodeName,
	legible: (text: string) => string,
): (node: ViewNode) => CardContent {
	const facts = new Map(source.facts.map(([id, known]) => [id, legibleFacts(known, legible)]));
	const content = buildCardContent(facts, nameOf, source.run);
	return (node) => {
		const shown = content(node);
		return { ...shown, token: legible(shown.token) };
	};
}

/** How much of what could be seen is drawn. */
export function countShown({ scene, view }: Arrangement): ShownCounts {
	return {
		nodes: scene.nodes.length,
		allNodes: view.nodes.length,
		edges: scene.edges.measured.length,
		allEdges: view.edges.length,
	};
}

function describe(run: DescribedRun | null, arrangement: Arrangement): string {
	const { nodes, allNodes, edges, allEdges } = countShown(arrangement);
	return [
		run?.modelName,
		run && run.metric !== null ? `${run.metricName} ${run.metric.toPrecision(4).replace("-", "−")}` : undefined,
		run ? describeScores(run.scores) : undefined,
		`${nodes} of ${allNodes} nodes`,
		edges < allEdges
			? `the ${edges < arrangement.filtered.edges.length ? "" : "strongest "}${edges} of ${allEdges} edges`
			: `${allEdges} edges`,
	]
		.filter((part) => part !== undefined && part !== "")
		.join(" · ");
}
