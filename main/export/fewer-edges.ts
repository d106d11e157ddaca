import type { ExportRequest } from "#shared/contract/export-request";
import type { FewerEdges } from "#shared/contract/export-result";
import { planExport } from "#shared/drawing/export-plan";
import { buildDrawing, countShown } from "./build-drawing.ts";
import type { ExportSource } from "./export-source.ts";

/** With fewer a figure says little: then it is drawn more sparingly before edges are left out. */
const worthwhile = 8;

/**
 * How many of the strongest edges a figure can show in letters that are read, found by drawing it so: first as it is
 * asked for, then without the card of its origin, which the file carries, then with compact cards, then without bands. Undefined where not even one edge fits.
 */
export function findFewerEdges(
	source: ExportSource,
	request: ExportRequest,
	legible: (text: string) => string,
): FewerEdges | undefined {
	const looks = [
		{},
		{ provenance: false },
		{ provenance: false, detail: "compact" },
		{ provenance: false, detail: "compact", lanes: false },
	] as const satisfies readonly Partial<ExportRequest>[];
	let best: FewerEdges | undefined;
	for (const look of looks) {
		const draw = (maxEdges: number) => {
			const asked = { ...request, ...look, maxEdges, rearrange: true };
			const { drawing, arrangement } = buildDrawing(source, asked, legible);
			const { nodes, edges } = countShown(arrangement);
			return { fits: planExport(drawing, asked).letters === undefined, nodes, edges };
		};
		const most = searchMost((count) => draw(count).fits, source.document.edges.length);
		const { nodes, edges } = draw(Math.max(1, most));
		// Edges that lead nowhere are not drawn: the number that is told is the one that is seen, where that does the same.
		const maxEdges = edges < most && draw(Math.max(1, edges)).nodes === nodes ? edges : most;
		if (maxEdges <= (best?.maxEdges ?? 0)) continue;
		best = {
			maxEdges,
			nodes,
			compact: "detail" in look && request.detail !== "compact",
			without: (["provenance", "lanes"] as const).filter((part) => part in look && request[part]),
		};
		if (maxEdges >= worthwhile) break;
	}
	return best;
}

/** The largest count up to `most` that fits, looked for from small ones on, which are soon drawn; 0 where none does. */
function searchMost(fits: (count: number) => boolean, most: number): number {
	let [low, high] = [0, 1];
	while (high <= most && fits(high)) [low, high] = [high, 2 * high];
	high = Math.min(high, most + 1);
	while (high - low > 1) {
		const middle = Math.floor((low + high) / 2);
		if (fits(middle)) low = middle;
		else high = middle;
	}
	return low;
}
