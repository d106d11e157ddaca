import type { Drawing } from "./drawing.ts";
import type { Page } from "./page.ts";
import { drawPosterMap } from "./poster-map.ts";
import type { PosterPlan, Sheet } from "./poster-plan.ts";
import { type Shape, text } from "./shapes.ts";

export interface PosterMarks {
	readonly cropMarks: boolean;
	readonly labels: boolean;
	readonly map: boolean;
	/** What the sheets belong to, beside their labels. */
	readonly title: string;
}

const ink = "#000000";
const grey = "#6b7078";

/** The map and the sheets that have something on them, in order of rows. */
export function buildPosterPages(drawing: Drawing, plan: PosterPlan, marks: PosterMarks): readonly Page[] {
	const printed = plan.sheets.filter(({ isEmpty }) => !isEmpty);
	const { paper, margin, scale } = plan;
	const pages = printed.map(
		(sheet): Page => ({
			width: paper.width,
			height: paper.height,
			label: sheet.label,
			view: {
				scale,
				x: margin - sheet.x,
				y: margin - sheet.y,
				clip: { x: margin, y: margin, width: sheet.width, height: sheet.height },
			},
			marks: printed.length === 1 ? [] : drawMarks(sheet, plan, marks),
		}),
	);
	return marks.map && printed.length > 1 ? [drawPosterMap(drawing, plan, marks.title), ...pages] : pages;
}

const letterSize = 7;

/** In the sheet's margin: where it is cut, where its neighbour is glued over it, and which sheet it is. */
function drawMarks(sheet: Sheet, plan: PosterPlan, { cropMarks, labels, title }: PosterMarks): readonly Shape[] {
	const { margin, columns, rows, paper } = plan;
	const shapes: Shape[] = [];
	if (cropMarks && margin >= 4) shapes.push(...drawCropMarks(sheet, plan));
	if (labels && margin >= letterSize + 4) {
		const y = paper.height - margin / 2 + letterSize / 3;
		const left = margin + 14;
		const place = `${sheet.label} · row ${sheet.row} of ${rows}, column ${sheet.column} of ${columns}`;
		shapes.push(text(left, y, place, ink, { size: letterSize, bold: true }));
		const room = paper.width - 2 * left - place.length * letterSize * 0.602;
		const cells = Math.floor(room / (letterSize * 0.602)) - 3;
		if (cells > 8)
			shapes.push(
				text(paper.width - left, y, title.length > cells ? `${title.slice(0, cells - 1)}…` : title, grey, {
					size: letterSize,
					align: "end",
				}),
			);
	}
	return shapes;
}

/** Short strokes outside of what is seen, in line with its corners and cuts; beyond a cut the paper is glued under. */
function drawCropMarks({ x, y, width, height, cutRight, cutBelow }: Sheet, plan: PosterPlan): readonly Shape[] {
	const { margin } = plan;
	const [near, far] = [margin * 0.15, margin * 0.7];
	const [left, top, right, bottom] = [margin, margin, margin + width, margin + height];
	const points: number[] = [];
	const across = [left, cutRight === undefined ? right : margin + cutRight - x];
	const down = [top, cutBelow === undefined ? bottom : margin + cutBelow - y];
	for (const at of across) points.push(at, top - far, at, top - near, at, bottom + near, at, bottom + far);
	for (const at of down) points.push(left - far, at, left - near, at, right + near, at, right + far, at);
	const glue: Shape[] = [];
	const [cutX, cutY] = [across[1] ?? right, down[1] ?? bottom];
	if (cutRight !== undefined && right - cutX > 12)
		glue.push(
			{
				type: "segments",
				points: [cutX, top - near, right, top - near],
				stroke: ink,
				lineWidth: 0.5,
				dash: [1.5, 1.5],
			},
			text((cutX + right) / 2, top - near - 2, "glue", ink, { size: 5.5, align: "middle" }),
		);
	if (cutBelow !== undefined && bottom - cutY > 12)
		glue.push(
			{
				type: "segments",
				points: [left - near, cutY, left - near, bottom],
				stroke: ink,
				lineWidth: 0.5,
				dash: [1.5, 1.5],
			},
			text(left - near - 1.5, (cutY + bottom) / 2 + 2, "glue", ink, { size: 5.5, align: "end" }),
		);
	return [{ type: "segments", points, stroke: ink, lineWidth: 0.4 }, ...glue];
}
