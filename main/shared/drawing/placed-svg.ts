import type { ViewNode } from "../circuit-view.ts";
import type { Note } from "../document.ts";
import type { Lane } from "./circuit-layout.ts";
import { type CardContent, type CardNode, drawCard } from "./feature-card.ts";
import { type Shape, text as textShape, writeSvg } from "./shapes.ts";
import { cellWidth, countCells, cutText, escapeXml, formatNumber, showToken } from "./svg-text.ts";
import type { Theme } from "./theme.ts";

/** A circuit with places: what stands where, and what it says. */
export interface PlacedDrawing {
	readonly nodes: readonly PlacedNode[];
	/** Strongest first. */
	readonly edges: readonly PlacedEdge[];
	readonly lanes: readonly Lane[];
	readonly notes: readonly Note[];
	contentOf(node: DrawnNode): CardContent;
	readonly theme: Theme;
	/** Texts of the prompt's tokens, target included. */
	readonly tokens: readonly string[];
	readonly metricName: string;
	readonly caption: string;
	/** CSS that brings the letters along, so that the picture looks the same everywhere. */
	readonly fontFace?: string;
}

/** A node of a circuit, or one that stands for several. */
export type DrawnNode = CardNode & Omit<ViewNode, "members">;

interface PlacedNode {
	readonly node: DrawnNode;
	/** Of the upper left corner. */
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

interface PlacedEdge {
	readonly source: string;
	readonly target: string;
	readonly weight: number;
	readonly raises: boolean;
	/** |weight| as a share of the strongest. */
	readonly share: number;
	/** A person drew it. */
	readonly manual: boolean;
}

const text = (...parameters: Parameters<typeof textShape>) => writeSvg([textShape(...parameters)]);

const margin = 28;
const gutter = 92;
const headerHeight = 112;
const footerHeight = 74;
const noteWidth = 190;

/** A document and its size in its own units. */
export interface DrawnSvg {
	readonly svg: string;
	readonly width: number;
	readonly height: number;
}

/** A circuit at given places as one SVG document: prompt and caption above, lanes, signed edges, cards, legend below. */
export function buildPlacedSvg(drawing: PlacedDrawing): DrawnSvg {
	const { nodes, edges, lanes, notes, theme } = drawing;
	const boxes = [...nodes, ...notes.map(({ x, y }) => ({ x, y, width: noteWidth, height: 60 }))];
	const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
	const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
	const [left, top] = [least(boxes.map(({ x }) => x)), least(boxes.map(({ y }) => y))];
	const across = most(boxes.map(({ x, width }) => x + width)) - left;
	const down = most(boxes.map(({ y, height }) => y + height)) - top;
	const width = Math.ceil(Math.max(760, across + gutter + 2 * margin));
	const height = Math.ceil(down + headerHeight + footerHeight + 2 * margin);
	const dx = gutter + margin + (width - 2 * margin - gutter - across) / 2 - left;
	const dy = headerHeight + margin - top;
	const places = new Map(nodes.map((one) => [one.node.id, one]));
	const used = lanes.filter((lane) =>
		nodes.some(({ y, height: h }) => y + h / 2 >= lane.y && y + h / 2 <= lane.y + lane.height),
	);
	const parts = [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(`Circuit of ${drawing.tokens.join("")}`)}" font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" style="font-variant-ligatures:none">`,
		...(drawing.fontFace === undefined ? [] : [`<style>${drawing.fontFace}</style>`]),
		`<defs>${drawArrowhead("raise", theme.raise)}${drawArrowhead("lower", theme.lower)}${drawArrowhead("drawn", theme.quiet)}</defs>`,
		`<rect width="${width}" height="${height}" fill="${theme.background}"/>`,
		drawPrompt(drawing, theme, width),
		text(margin, 80, drawing.caption, theme.quiet, { size: 11 }),
		...used.map(
			({ name, y, height: laneHeight }) =>
				`<rect x="0" y="${dy + y - 14}" width="${width}" height="${laneHeight + 28}" fill="${theme.lane}"/>` +
				text(margin, dy + y + laneHeight / 2 + 3, name, theme.quiet, { size: 10.5, bold: true }),
		),
		`<g transform="translate(${dx} ${dy})">`,
		`<g>${edges
			.toReversed()
			.map((edge) => drawEdge(edge, places, theme))
			.join("")}</g>`,
		`<g role="list">${nodes
			.map(({ node, x, y, width: w, height: h }) => {
				const title = `${node.name ?? node.id} · activation ${formatNumber(node.activation)} · attribution ${formatNumber(node.attribution)}`;
				return `<g transform="translate(${x} ${y})" role="listitem" aria-label="${escapeXml(title)}"><title>${escapeXml(title)}</title>${writeSvg(drawCard(node, drawing.contentOf(node), theme, { width: w, height: h }))}</g>`;
			})
			.join("")}</g>`,
		notes.map((note) => writeSvg(drawNote(note, theme))).join(""),
		"</g>",
		`<g transform="translate(${margin} ${height - footerHeight + 6})">${drawLegend(drawing, theme)}</g>`,
		"</svg>\n",
	];
	return { svg: parts.join("\n"), width, height };
}

function drawArrowhead(name: string, colour: string): string {
	return `<marker id="${name}" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8 7 4 0 7.2z" fill="${colour}"/></marker>`;
}

function drawEdge(edge: PlacedEdge, places: ReadonlyMap<string, PlacedNode>, theme: Theme): string {
	const { source, target, weight, raises, share, manual } = edge;
	const [from, to] = [places.get(source), places.get(target)];
	if (!from || !to) return "";
	const [x1, y1] = [from.x + from.width / 2, from.y - 1];
	const [x2, y2] = [to.x + to.width / 2, to.y + to.height + 2];
	const bend = Math.max(26, Math.abs(y1 - y2) * 0.42);
	const label = manual
		? `${source} → ${target} (drawn by hand)`
		: `${source} → ${target}: ${formatNumber(weight)} (${raises ? "raises" : "lowers"})`;
	const dash = manual ? ' stroke-dasharray="1.5 4"' : raises ? "" : ' stroke-dasharray="5 3"';
	const [head, colour] = manual ? ["drawn", theme.quiet] : raises ? ["raise", theme.raise] : ["lower", theme.lower];
	const strength = manual
		? 'stroke-width="1.6"'
		: `stroke-width="${(0.7 + 2 * share).toFixed(2)}" stroke-opacity="${(0.14 + 0.8 * Math.sqrt(share)).toFixed(3)}"`;
	return (
		`<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}C${x1.toFixed(1)} ${(y1 - bend).toFixed(1)} ${x2.toFixed(1)} ${(y2 + bend).toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}" fill="none"` +
		` stroke="${colour}" ${strength}${dash} marker-end="url(#${head})"><title>${escapeXml(label)}</title></path>`
	);
}

/** The prompt as a row of tokens; with cross-entropy the last is the target. */
function drawPrompt({ tokens, metricName }: PlacedDrawing, theme: Theme, width: number): string {
	let x = margin;
	const chips: string[] = [];
	for (const [i, token] of tokens.entries()) {
		const label = cutText(showToken(token), 18);
		const chip = countCells(label) * 12 * cellWidth + 10;
		if (x + chip > width - margin - 20) {
			chips.push(text(x + 2, 47, "…", theme.text, { size: 12 }));
			break;
		}
		const target = metricName === "cross_entropy" && i === tokens.length - 1;
		chips.push(
			`<rect x="${x.toFixed(1)}" y="32" width="${chip.toFixed(1)}" height="22" rx="4" fill="${target ? theme.raise : theme.lane}" stroke="${target ? theme.raise : theme.line}"/>` +
				text(x + chip / 2, 47, label, target ? theme.onSign : theme.text, { size: 12, align: "middle" }),
		);
		x += chip + 4;
	}
	return chips.join("");
}

function drawLegend({ metricName }: PlacedDrawing, theme: Theme): string {
	const goal = metricName === "cross_entropy" ? "the target's probability" : metricName;
	const items: [string, string][] = [
		[`<path d="M0 8h30" stroke="${theme.raise}" stroke-width="2" marker-end="url(#raise)"/>`, `raises ${goal}`],
		[
			`<path d="M0 8h30" stroke="${theme.lower}" stroke-width="2" stroke-dasharray="5 3" marker-end="url(#lower)"/>`,
			`lowers ${goal}`,
		],
		[
			`<rect y="1" width="30" height="14" rx="3" fill="none" stroke="${theme.kinds.attn}" stroke-width="1.4"/>`,
			"attention",
		],
		[`<rect y="1" width="30" height="14" rx="3" fill="none" stroke="${theme.kinds.mlp}" stroke-width="1.4"/>`, "MLP"],
		[
			`<rect y="1" width="30" height="14" rx="3" fill="none" stroke="${theme.kinds.resid}" stroke-width="1.4" stroke-dasharray="6 3"/>`,
			"residual",
		],
		[
			`<rect y="1" width="30" height="14" rx="3" fill="none" stroke="${theme.kinds.error}" stroke-width="1.4" stroke-dasharray="1.5 3" stroke-linecap="round"/>`,
			"error: what the dictionary misses",
		],
	];
	let x = 0;
	let [drawn, y] = ["", 0];
	for (const [sign, label] of items) {
		const width = 44 + label.length * 10 * 0.602 + 18;
		if (x > 0 && x + width > 720) [x, y] = [0, y + 22];
		drawn += `<g transform="translate(${x} ${y})">${sign}${text(38, 11.5, label, theme.text, { size: 10 })}</g>`;
		x += width;
	}
	const note =
		"An edge is the direct effect on the metric of ablating its source through its target; stronger is wider and more opaque. a: activation, ∂: attribution.";
	return drawn + text(0, y + 38, note, theme.quiet, { size: 8.5 });
}

function drawNote({ text: content, x, y }: Note, theme: Theme): readonly Shape[] {
	const lines = wrap(content, 28);
	return [
		{
			type: "rect",
			x,
			y,
			width: noteWidth,
			height: 14 + lines.length * 14,
			radius: 5,
			fill: theme.lane,
			stroke: theme.line,
			lineWidth: 1,
		},
		...lines.map((line, i) => textShape(x + 8, y + 17 + i * 14, line, theme.text, { size: 10 })),
	];
}

function wrap(content: string, cells: number): readonly string[] {
	return content.split("\n").flatMap((paragraph) => {
		const lines: string[] = [];
		let line = "";
		for (const word of paragraph.split(" ")) {
			if (line !== "" && countCells(`${line} ${word}`) > cells) {
				lines.push(line);
				line = word;
			} else line = line === "" ? word : `${line} ${word}`;
		}
		return [...lines, line];
	});
}
