import type { ExportRequest } from "#shared/contract/export-request";
import type { FewerEdges } from "#shared/contract/export-result";
import { type ExportPlan, findFrameRoom, planExport } from "#shared/drawing/export-plan";
import { type BuiltDrawing, buildDrawing } from "./build-drawing.ts";
import type { ExportSource } from "./export-source.ts";
import { findFewerEdges } from "./fewer-edges.ts";

export interface PlannedDrawing extends BuiltDrawing {
	readonly plan: ExportPlan;
	readonly fewer?: FewerEdges;
}

const rounds = 4;

/** The drawing as it is printed: over sheets of paper, the words around it take no more than one sheet's width. */
export function planDrawing(
	source: ExportSource,
	request: ExportRequest,
	legible: (text: string) => string,
): PlannedDrawing {
	let built = buildDrawing(source, request, legible);
	// Narrower words may leave sheets empty, so that the rest is printed larger and they must be narrower still.
	for (let round = 0; round < rounds; round++) {
		const frameWidth = findFrameRoom(built.drawing, request);
		if (frameWidth === undefined) break;
		built = buildDrawing(source, request, legible, { frameWidth: frameWidth * 0.97 ** round });
	}
	const plan = planExport(built.drawing, request);
	const fewer = plan.letters && request.figure ? findFewerEdges(source, request, legible) : undefined;
	return { ...built, plan, ...(fewer && { fewer }) };
}
