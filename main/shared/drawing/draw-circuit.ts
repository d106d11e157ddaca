import type { ViewNode } from "../circuit-view.ts";
import type { Note } from "../document.ts";
import { signed } from "../effect.ts";
import { writeName } from "../naming.ts";
import type { CircuitProvenance } from "../provenance.ts";
import { type Box, boxAround } from "./box.ts";
import { drawEdge } from "./draw-edge.ts";
import { drawHeader, drawLegend, drawProvenance, type FramePart } from "./draw-frame.ts";
import { drawNote, measureNote } from "./draw-note.ts";
import { drawStory, type ToldStep } from "./draw-story.ts";
import type { Drawing, DrawnItem } from "./drawing.ts";
import { reachOf } from "./edge-path.ts";
import { fadeOf } from "./edge-stroke.ts";
import { type CardContent, type CardDetail, drawCard } from "./feature-card.ts";
import type { Scene, SceneEdge, SceneLane, SceneNode } from "./scene.ts";
import { text } from "./shapes.ts";
import { formatNumber } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** A circuit that stands, and what its drawing says. */
export interface CircuitPicture {
	readonly scene: Scene;
	/** In the scene's units. */
	readonly notes: readonly Note[];
	contentOf(node: ViewNode): CardContent;
	readonly theme: Theme;
	/** Texts of the prompt's tokens, target included. */
	readonly tokens: readonly string[];
	readonly metricName: string;
	readonly caption: string;
	readonly detail: CardDetail;
	/** The paper shows through, also through lanes. */
	readonly transparent: boolean;
	readonly parts: DrawingParts;
	/** At least so wide where something is written around the circuit; absent means as wide as reads well. */
	readonly leastWidth?: number;
	/** Words around the circuit take no more than this; absent means its whole width. */
	readonly frameWidth?: number;
	/** What is told of the circuit, under it; absent where nothing is. */
	readonly story?: readonly ToldStep[];
	/** Absent where no card of it is wanted. */
	readonly provenance?: CircuitProvenance;
	/** Ids of seen nodes that stand out with their edges, and the key of a chosen edge. */
	readonly highlight?: { readonly nodes: ReadonlySet<string>; readonly edge: string | null };
}

/** What is drawn around the circuit. */
export interface DrawingParts {
	readonly header: boolean;
	readonly legend: boolean;
	readonly lanes: boolean;
}

const margin = 28;
const gutter = 92;
const laneMargin = 14;
/** Around a card, for its outline where it is selected. */
export const nodeRoom = 4.5;
/** The frame's letters grow with a drawing that is wider than this, so that they are read where it is printed small. */
const usualWidth = 1600;
/** Two columns of a paper in letters that are read: their 174 mm are 493 points. */
const usualLeastWidth = 720;
/** Of the frame, in its own units: narrower, its letters become smaller instead. */
const leastFrame = 520;

/** Prompt and caption above, lanes, signed edges, cards and notes, legend and provenance below. */
export function drawCircuit(picture: CircuitPicture): Drawing {
	const { scene, notes, theme, parts, leastWidth = usualLeastWidth, frameWidth = Number.POSITIVE_INFINITY } = picture;
	const noteBoxes = notes.map((note) => ({ x: note.x, y: note.y, ...measureNote(note) }));
	const ink = boxAround([...scene.nodes, ...noteBoxes, ...besideColumns(scene)]) ?? { x: 0, y: 0, width: 0, height: 0 };
	const side = parts.lanes ? gutter : 0;
	const isFramed = parts.header || parts.legend || picture.provenance || picture.story;
	const least = isFramed ? leastWidth : 0;
	const width = Math.ceil(Math.max(least, ink.width + side + 2 * margin));
	const growth = Math.max(1, width / usualWidth);
	const scale = Math.min(growth, frameWidth / leastFrame);
	const inner = Math.min(width - 2 * margin, frameWidth) / scale;
	const header = parts.header ? drawHeader(picture, inner, theme) : undefined;
	const below = [
		...(picture.story ? [drawStory(picture.story, inner, theme)] : []),
		...(parts.legend ? [drawLegend(picture.metricName, inner, theme)] : []),
		...(picture.provenance ? [drawProvenance(picture.provenance, inner, theme)] : []),
	];
	const top = margin + (header ? header.height * scale + 34 : laneMargin);
	const dx = side + margin + (width - 2 * margin - side - ink.width) / 2 - ink.x;
	const dy = top - ink.y;
	let y = top + ink.height + laneMargin + 22;
	const frame: DrawnItem[] = header ? [placePart(header, margin, margin, scale)] : [];
	for (const part of below) {
		frame.push(placePart(part, margin, y, scale));
		y += part.height * scale + 14;
	}
	const height = Math.ceil((below.length > 0 ? y - 14 : y - 22) + margin);
	const shift = (item: DrawnItem): DrawnItem => ({
		...item,
		x: item.x + dx,
		y: item.y + dy,
		box: { ...item.box, x: item.box.x + dx, y: item.box.y + dy },
	});
	const stands = picture.highlight?.nodes ?? new Set<string>();
	const isHighlighted = (edge: SceneEdge) =>
		stands.has(edge.source.node.id) || stands.has(edge.target.node.id) || edge.key === picture.highlight?.edge;
	const fade = fadeOf(scene.edges.length);
	const draw = (edge: SceneEdge, isOut: boolean) =>
		shift(drawEdge(edge, scene.edges.pathBetween(edge), theme, { isHighlighted: isOut, fade }));
	const weakestFirst = [...scene.edges].reverse();
	return {
		width,
		height,
		background: picture.transparent ? null : theme.background,
		title: `Circuit of ${picture.tokens.join("")}`,
		items: [
			...(parts.lanes
				? usedLanes(scene).map((lane) => drawLane(lane, dy, width, theme, picture.transparent, growth))
				: []),
			...weakestFirst.filter((edge) => !isHighlighted(edge)).map((edge) => draw(edge, false)),
			...weakestFirst.filter(isHighlighted).map((edge) => draw(edge, true)),
			...scene.nodes.map((node) => shift(drawNode(node, picture, stands.has(node.node.id)))),
			...notes.map((note, i) => {
				const box = noteBoxes[i] as Box;
				return shift({ kind: "note", x: note.x, y: note.y, box, shapes: drawNote(note, theme), title: note.text });
			}),
			...frame,
		],
	};
}

/** Among columns of tokens edges also run outside the first and the last. */
function besideColumns({ columns, edges }: Scene): readonly Box[] {
	if (columns.length === 0) return [];
	return [...edges].map((edge) => {
		const { left, right, top, bottom } = reachOf(edges.pathBetween(edge));
		return { x: left, y: top, width: right - left, height: bottom - top };
	});
}

function placePart(part: FramePart, x: number, y: number, scale: number): DrawnItem {
	const box = { x, y, width: part.width * scale, height: part.height * scale };
	return { kind: "frame", x, y, ...(scale !== 1 && { scale }), shapes: part.shapes, box, title: part.title };
}

/** Lanes in which something is seen. */
function usedLanes({ lanes, nodes }: Scene): readonly SceneLane[] {
	return lanes.filter((lane) =>
		nodes.some(({ y, height }) => y + height / 2 >= lane.y && y + height / 2 <= lane.y + lane.height),
	);
}

function drawLane(
	lane: SceneLane,
	dy: number,
	width: number,
	theme: Theme,
	transparent: boolean,
	scale: number,
): DrawnItem {
	const box = { x: 0, y: lane.y + dy - laneMargin, width, height: lane.height + 2 * laneMargin };
	const size = Math.min(18, 10.5 * scale);
	return {
		kind: "lane",
		x: box.x,
		y: box.y,
		box,
		shapes: [
			...(theme.pure || transparent
				? [
						{
							type: "segments" as const,
							points: [0, 0, width, 0, 0, box.height, width, box.height],
							stroke: theme.line,
							lineWidth: 0.4,
						},
					]
				: [{ type: "rect" as const, x: 0, y: 0, width, height: box.height, fill: theme.lane }]),
			text(margin, box.height / 2 + size / 3, lane.name, theme.quiet, { size, bold: true }),
		],
	};
}

function drawNode(one: SceneNode, picture: CircuitPicture, isHighlighted: boolean): DrawnItem {
	const { node, x, y, width, height } = one;
	const content = picture.contentOf(node);
	const { theme, detail } = picture;
	const numbers = `activation ${formatNumber(node.activation)} · effect on the target ${signed(content.effect)}`;
	const name = writeName(content.name);
	const outline = { x: -3, y: -3, width: width + 6, height: height + 6, radius: 6 };
	return {
		kind: "node",
		x,
		y,
		box: { x: x - nodeRoom, y: y - nodeRoom, width: width + 2 * nodeRoom, height: height + 2 * nodeRoom },
		title: `${node.kind === "group" ? name : node.id}${node.kind === "group" || name === node.id ? "" : ` · ${name}`} · ${numbers}`,
		shapes: [
			...drawCard(node, content, theme, { width, height }, detail),
			...(isHighlighted
				? [{ type: "rect" as const, ...outline, stroke: theme.raise, lineWidth: theme.pure ? 2.4 : 2 }]
				: []),
		],
	};
}
