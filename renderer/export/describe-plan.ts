import type { Drawing } from "#shared/drawing/drawing";
import type { ExportPlan } from "#shared/drawing/export-plan";
import { pointsPerMm } from "#shared/drawing/paper";
import { count } from "../ui/amounts.ts";
import type { ExportChoice } from "./export-choice.ts";

/** What will be written, in one line. */
export function describePlan(drawing: Drawing, plan: ExportPlan, { product, size, paper }: ExportChoice): string {
	const mm = (units: number) => Math.round((units * plan.scale) / pointsPerMm).toLocaleString("en");
	const printed = `${mm(drawing.width)} × ${mm(drawing.height)} mm`;
	if (plan.poster) {
		const { sheets, columns, rows } = plan.poster;
		const used = sheets.filter(({ isEmpty }) => !isEmpty).length;
		const empty = sheets.length - used;
		return [
			`${count(used, "sheet")} of ${paper === "custom" ? "paper" : paper}, ${columns} × ${rows}`,
			...(empty > 0 ? [`${empty} empty and left out`] : []),
			`${printed}, ${(100 * plan.scale).toFixed(0)}%`,
		].join(" · ");
	}
	if (product === "png" || product === "webp") {
		const pixels = (units: number) => Math.round(units * plan.pixelScale).toLocaleString("en");
		return `${pixels(drawing.width)} × ${pixels(drawing.height)} pixels`;
	}
	return size === "own" && product === "svg"
		? `${drawing.width.toLocaleString("en")} × ${drawing.height.toLocaleString("en")} units`
		: printed;
}
