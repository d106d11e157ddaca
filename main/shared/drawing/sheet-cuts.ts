/** Where one sheet begins and ends along one axis of a poster, in points. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

export interface CutOptions {
	/** Of the whole poster along this axis. */
	readonly length: number;
	/** What one sheet can show of it. */
	readonly usable: number;
	/** What neighbours show twice, at least. */
	readonly overlap: number;
	/** Where the first sheet begins: 0 or before it. */
	readonly first: number;
	/** What should not be cut. */
	readonly cards: readonly Span[];
	/** What is not cut where a sheet can show all of it: words around the circuit, which are read as one. */
	readonly words?: readonly Span[];
}

/** Cuts lie on the coarsest of these grids that will do, so that sheets fit one another to the pixel at usual resolutions. */
const grids = [36, 12, 6, 1, 0.5];
/** More than a poster may have, so that one that goes on is known. */
const mostSheets = 2501;

/**
 * The sheets along one axis. A cut is where the next sheet begins; it may be up to one overlap before the last place
 * where it could be, and stands where it goes through the fewest cards. Words are worth more overlap than that.
 */
export function cutIntoSheets({ length, usable, overlap, first, cards, words = [] }: CutOptions): readonly Span[] {
	const sorted = cards.toSorted((a, b) => a.start - b.start);
	const wordAt = (at: number) => words.find((span) => crosses(span, at));
	const sheets: Span[] = [];
	for (let start = first; sheets.length < mostSheets; ) {
		sheets.push({ start, end: start + usable });
		if (start + usable >= length - 0.01) break;
		const last = start + usable - overlap;
		const nearest = (to: number) => chooseCut(Math.max(start + 1, to - overlap), to, sorted);
		const isWhole = (span: Span) => span.start > start + leastShare * usable && span.end - span.start < usable;
		let cut = nearest(last);
		for (let word = wordAt(cut); word && isWhole(word); word = wordAt(cut)) cut = nearest(Math.floor(word.start));
		start = cut;
	}
	return sheets;
}

/** Of a sheet, where the next one begins early. */
const leastShare = 0.1;

const crosses = ({ start, end }: Span, at: number) => start < at - 0.01 && end > at + 0.01;

function chooseCut(from: number, to: number, cards: readonly Span[]): number {
	const near = cards.filter(({ start, end }) => start < to && end > from);
	const crossings = (at: number) => near.reduce((count, span) => count + (crosses(span, at) ? 1 : 0), 0);
	let best = { at: to, cut: Number.POSITIVE_INFINITY };
	for (const grid of grids) {
		for (let at = Math.floor(to / grid) * grid; at >= from; at -= grid) {
			const cut = crossings(at);
			if (cut < best.cut) best = { at, cut };
		}
		if (best.cut === 0) return best.at;
	}
	// A gap that only just begins within reach: a point less of overlap is no loss.
	for (const at of [Math.ceil(to), Math.floor(from)]) if (crossings(at) === 0) return at;
	// Between whole points only where that saves every card: such a sheet no longer fits its neighbour to the pixel.
	const between = near.flatMap(({ start, end }) => [start, end]).filter((at) => at >= from && at <= to);
	return between.find((at) => crossings(at) === 0) ?? best.at;
}
