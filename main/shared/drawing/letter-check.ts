import type { FewerEdges } from "../contract/export-result.ts";
import type { Drawing } from "./drawing.ts";
import { formatPercent } from "./svg-text.ts";

/** Letters that are printed smaller than can be read, and what makes them larger. In points. */
export interface SmallLetters {
	readonly printed: number;
	readonly wanted: number;
	/** Points a unit at which they are large enough: whole percents. */
	readonly scale: number;
	/** Sheets that the scale takes, and what they are called; absent where nobody would glue so many. */
	readonly sheets?: { readonly count: number; readonly paper: string };
	/** A figure that is large enough, in words. */
	readonly figure?: string;
}

/** The size of a drawing's smallest letters that belong to cards, in its own units. */
export function findSmallestLetter({ items }: Drawing): number {
	let least = Number.POSITIVE_INFINITY;
	for (const { kind, shapes, scale = 1 } of items)
		if (kind === "node")
			for (const shape of shapes) if (shape.type === "text") least = Math.min(least, shape.size * scale);
	return Number.isFinite(least) ? least : 0;
}

/** Undefined where letters are large enough; `scale` is in points a unit. */
export function checkLetters(
	drawing: Drawing,
	scale: number,
	wanted: number,
): Pick<SmallLetters, "printed" | "wanted" | "scale"> | undefined {
	const letter = findSmallestLetter(drawing);
	const printed = letter * scale;
	if (printed === 0 || printed >= wanted - 0.005) return undefined;
	return { printed, wanted, scale: Math.ceil((100 * wanted) / letter) / 100 };
}

/** What to do about it, each way with the numbers that do it. */
export function describeSmallLetters(
	{ printed, wanted, scale, sheets, figure }: SmallLetters,
	fewer: FewerEdges | undefined,
): string {
	const ways = [
		fewer && describeFewer(fewer),
		figure && `make it ${figure}`,
		sheets &&
			`print it at ${formatPercent(scale)} of its own size, on about ${sheets.count} ${sheets.count === 1 ? "sheet" : "sheets"} of ${sheets.paper}`,
	].filter((way) => way !== undefined && way !== "");
	const [first = "hide cards that matter less", ...rest] = ways;
	const advice = [`${first.slice(0, 1).toUpperCase()}${first.slice(1)}`, ...rest].join(", or ");
	return `The smallest letters are printed ${(Math.floor(10 * printed) / 10).toFixed(1)} points high, and ${wanted} are wanted. ${advice}.`;
}

function describeFewer({ maxEdges, nodes, compact, without }: FewerEdges): string {
	const words = { provenance: "nothing on where it comes from", lanes: "no bands of layers" };
	const look = [...(compact ? ["compact cards"] : []), ...without.map((part) => words[part])];
	return `draw the ${maxEdges === 1 ? "strongest edge" : `${maxEdges} strongest edges`} alone, laid out anew${look.length > 0 ? ` with ${look.join(", ")}` : ""} (${nodes} nodes)`;
}
