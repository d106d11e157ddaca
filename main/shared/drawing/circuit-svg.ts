import type { Circuit, CircuitEdge, CircuitNode } from "../circuit.ts";
import { raisesTarget } from "../edge-sign.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import { withoutPosition } from "../node-id.ts";
import { layOutCircuit, type Placed } from "./circuit-layout.ts";
import { type CardContent, drawCard, measureCard, text } from "./feature-card.ts";
import { findStrongest } from "./strongest.ts";
import { countCells, cutText, escapeXml, formatNumber, showToken } from "./svg-text.ts";
import { type ColourPair, findTheme, type Theme, type ThemeName } from "./theme.ts";

export interface CircuitDrawing {
	readonly circuit: Circuit;
	/** By node id without position, `mlp_3.17`. */
	readonly facts: ReadonlyMap<string, FeatureFacts>;
	readonly modelName: string;
	readonly metricName: string;
	readonly metric: number;
	readonly explained: number;
	/** Texts of the prompt's tokens, target included. */
	readonly tokens: readonly string[];
	/** Text of a vocabulary number, for logit nodes. */
	tokenText(id: number): string;
	readonly theme?: ThemeName;
	readonly colours?: ColourPair;
	/** Only so many of the strongest edges are drawn; the caption says how many there are. */
	readonly maxEdges?: number;
}

const margin = 28;
const gutter = 92;
const headerHeight = 112;
const footerHeight = 74;

/**
 * A circuit as one SVG document: prompt and caption above, rows of cards, signed edges, legend below.
 */
export function buildCircuitSvg(drawing: CircuitDrawing): string {
	const theme = findTheme(drawing.theme ?? "light", drawing.colours);
	const shown = findStrongest(drawing.circuit, drawing.maxEdges ?? 160);
	const content = (node: CircuitNode): CardContent => {
		const facts = drawing.facts.get(withoutPosition(node.id));
		const token = node.kind === "logit" ? drawing.tokenText(node.feature ?? 0) : (drawing.tokens[node.position] ?? "");
		return { token, ...(facts && { facts }) };
	};
	const layout = layOutCircuit(shown, (node) => measureCard(node, content(node)), 8);
	const width = Math.max(760, layout.width + gutter + 2 * margin);
	const height = layout.height + headerHeight + footerHeight + 2 * margin;
	const left = gutter + margin + (width - 2 * margin - gutter - layout.width) / 2;
	const top = headerHeight + margin;

	const lanes = layout.lanes.map(
		({ name, y, height: laneHeight }) =>
			`<rect x="0" y="${top + y - 14}" width="${width}" height="${laneHeight + 28}" fill="${theme.lane}"/>` +
			text(margin, top + y + laneHeight / 2 + 3, name, theme.quiet, { size: 10.5, bold: true }),
	);
	const strongest = Math.max(...shown.edges.map(({ weight }) => Math.abs(weight)), Number.MIN_VALUE);
	const edges = shown.edges
		.toSorted((a, b) => Math.abs(a.weight) - Math.abs(b.weight))
		.map((edge) => drawEdge(edge, layout.nodes, strongest, raisesTarget(drawing.metricName, edge.weight), theme));
	const cards = shown.nodes.map((node) => {
		const place = layout.nodes.get(node.id) as Placed;
		const title = `${node.id} · activation ${formatNumber(node.activation)} · attribution ${formatNumber(node.attribution)}`;
		return `<g transform="translate(${place.x} ${place.y})" role="listitem" aria-label="${escapeXml(title)}"><title>${escapeXml(title)}</title>${drawCard(node, content(node), theme)}</g>`;
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(`Circuit of ${drawing.tokens.join("")}`)}" font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace">`,
		`<defs>${drawArrowhead("raise", theme.raise)}${drawArrowhead("lower", theme.lower)}</defs>`,
		`<rect width="${width}" height="${height}" fill="${theme.background}"/>`,
		drawHeader(drawing, shown, theme, width),
		lanes.join(""),
		`<g transform="translate(${left} ${top})"><g>${edges.join("")}</g><g role="list">${cards.join("")}</g></g>`,
		`<g transform="translate(${margin} ${height - footerHeight + 6})">${drawLegend(drawing, theme)}</g>`,
		"</svg>\n",
	].join("\n");
}

function drawArrowhead(name: string, colour: string): string {
	return `<marker id="${name}" viewBox="0 0 8 8" refX="6.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8 7 4 0 7.2z" fill="${colour}"/></marker>`;
}

function drawEdge(
	{ source, target, weight }: CircuitEdge,
	places: ReadonlyMap<string, Placed>,
	strongest: number,
	raises: boolean,
	theme: Theme,
): string {
	const [from, to] = [places.get(source), places.get(target)];
	if (!from || !to) return "";
	const share = Math.abs(weight) / strongest;
	const [x1, y1] = [from.x + from.width / 2, from.y - 1];
	const [x2, y2] = [to.x + to.width / 2, to.y + to.height + 2];
	const bend = Math.max(26, (y1 - y2) * 0.42);
	const label = `${source} → ${target}: ${formatNumber(weight)} (${raises ? "raises" : "lowers"})`;
	const dash = raises ? "" : ' stroke-dasharray="5 3"';
	return (
		`<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}C${x1.toFixed(1)} ${(y1 - bend).toFixed(1)} ${x2.toFixed(1)} ${(y2 + bend).toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}" fill="none"` +
		` stroke="${raises ? theme.raise : theme.lower}" stroke-width="${(0.7 + 2 * share).toFixed(2)}" stroke-opacity="${(0.14 + 0.8 * Math.sqrt(share)).toFixed(3)}"${dash}` +
		` marker-end="url(#${raises ? "raise" : "lower"})"><title>${escapeXml(label)}</title></path>`
	);
}

function drawHeader(drawing: CircuitDrawing, shown: Circuit, theme: Theme, width: number): string {
	const { circuit, metricName } = drawing;
	let x = margin;
	const chips: string[] = [];
	for (const [i, token] of drawing.tokens.entries()) {
		const label = cutText(showToken(token), 18);
		const chip = countCells(label) * 12 * 0.602 + 10;
		if (x + chip > width - margin - 20) {
			chips.push(text(x + 2, 47, "…", theme.text, { size: 12 }));
			break;
		}
		const target = metricName === "cross_entropy" && i === drawing.tokens.length - 1;
		chips.push(
			`<rect x="${x.toFixed(1)}" y="32" width="${chip.toFixed(1)}" height="22" rx="4" fill="${target ? theme.raise : theme.lane}" stroke="${target ? theme.raise : theme.line}"/>` +
				text(x + chip / 2, 47, label, target ? theme.onSign : theme.text, { size: 12, middle: true }),
		);
		x += chip + 4;
	}
	const hidden = circuit.edges.length - shown.edges.length;
	const counts =
		hidden > 0
			? `the ${shown.edges.length} strongest of ${circuit.edges.length} edges, ${shown.nodes.length} of ${circuit.nodes.length} nodes`
			: `${circuit.nodes.length} nodes, ${circuit.edges.length} edges`;
	const caption = `${drawing.modelName} · ${metricName} ${formatNumber(drawing.metric)} · features explain ${(100 * drawing.explained).toFixed(0)}% · ${counts}`;
	return chips.join("") + text(margin, 80, caption, theme.quiet, { size: 11 });
}

function drawLegend({ metricName }: CircuitDrawing, theme: Theme): string {
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
