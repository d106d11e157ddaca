import { wrapText } from "./draw-note.ts";
import type { Drawing } from "./drawing.ts";
import type { Page } from "./page.ts";
import { pointsPerMm } from "./paper.ts";
import type { PosterPlan } from "./poster-plan.ts";
import { type Shape, text } from "./shapes.ts";
import { cellWidth, cutText } from "./svg-text.ts";

const ink = "#14161a";
const grey = "#6b7078";
const card = "#c9ced8";

/** The first page: the whole as boxes, the sheets that it is glued together from, and how. */
export function drawPosterMap(drawing: Drawing, plan: PosterPlan, title: string): Page {
	const { paper, margin, sheets, width, height, columns, rows } = plan;
	const edge = Math.max(margin, 28);
	const cells = Math.floor((paper.width - 2 * edge) / (9 * cellWidth));
	const advice = wrapText(
		"Cut each sheet at its marks on the right and below, or glue the next one over what lies beyond them.",
		cells,
	);
	const top = edge + 52 + 13 * advice.length;
	const shown = sheets.filter(({ isEmpty }) => !isEmpty);
	const left = Math.min(0, ...sheets.map(({ x }) => x));
	const upper = Math.min(0, ...sheets.map(({ y }) => y));
	const across = Math.max(width, ...sheets.map((sheet) => sheet.x + sheet.width)) - left;
	const down = Math.max(height, ...sheets.map((sheet) => sheet.y + sheet.height)) - upper;
	const scale = Math.min((paper.width - 2 * edge) / across, (paper.height - top - edge) / down);
	const [dx, dy] = [edge - left * scale, top - upper * scale];
	const size = `${mm(width)} × ${mm(height)} mm`;
	const shapes: Shape[] = [
		text(edge, edge + 12, cutText(title, Math.floor(cells * 0.6)), ink, { size: 15, bold: true }),
		text(
			edge,
			edge + 30,
			cutText(`${shown.length} sheets in ${rows} rows and ${columns} columns, ${size} together.`, cells),
			ink,
			{ size: 9 },
		),
		...advice.map((line, i) => text(edge, edge + 45 + 13 * i, line, grey, { size: 9 })),
		{ type: "rect", x: dx, y: dy, width: width * scale, height: height * scale, stroke: grey, lineWidth: 0.4 },
	];
	for (const { kind, box } of drawing.items)
		if (kind === "node" || kind === "note" || kind === "frame")
			shapes.push({
				type: "rect",
				x: dx + box.x * plan.scale * scale,
				y: dy + box.y * plan.scale * scale,
				width: box.width * plan.scale * scale,
				height: box.height * plan.scale * scale,
				fill: card,
				...(kind === "frame" && { opacity: 0.4 }),
			});
	for (const sheet of shown) {
		// Where sheets lie over one another, the map shows them as they are cut.
		const right = sheet.cutRight ?? sheet.x + sheet.width;
		const bottom = sheet.cutBelow ?? sheet.y + sheet.height;
		const [w, h] = [(right - sheet.x) * scale, (bottom - sheet.y) * scale];
		const [x, y] = [dx + sheet.x * scale, dy + sheet.y * scale];
		const letters = Math.max(5, Math.min(22, h * 0.4, w / 3));
		shapes.push(
			{ type: "rect", x, y, width: w, height: h, stroke: ink, lineWidth: 0.8 },
			text(x + w / 2, y + h / 2 + letters / 3, sheet.label, ink, { size: letters, bold: true, align: "middle" }),
		);
	}
	return { width: paper.width, height: paper.height, label: "map", marks: shapes };
}

const mm = (points: number) => Math.round(points / pointsPerMm);
