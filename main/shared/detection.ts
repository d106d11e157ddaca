import { rank } from "./rank-correlation.ts";

/** Something that was scored, and whether it is really one of those looked for. */
export interface Scored {
	readonly score: number;
	readonly known: boolean;
}

/**
 * Area under the ROC curve: how often one that is known scores above one that is not, ties counting half (Mann & Whitney
 * 1947). Beside `all`, whose scores are not negative, there are `rest` unknown ones of score 0. Undefined where there are none of
 * either.
 */
export function areaUnderRoc(all: readonly Scored[], rest = 0): number | undefined {
	const ranks = rank(all.map(({ score }) => score));
	const known = all.filter((one) => one.known).length;
	const others = all.length - known + rest;
	if (known === 0 || others === 0) return undefined;
	const sum = all.reduce(
		(total, one, i) => total + (one.known ? (ranks[i] as number) + (one.score > 0 ? rest : rest / 2) : 0),
		0,
	);
	return (sum - (known * (known + 1)) / 2) / (known * others);
}

/** Area under precision over recall by steps (average precision); those of one score come in together, `rest` at score 0. */
export function averagePrecision(all: readonly Scored[], rest = 0): number | undefined {
	const known = all.filter((one) => one.known).length;
	if (known === 0) return undefined;
	const sorted = all.toSorted((a, b) => b.score - a.score);
	let [found, area] = [0, 0];
	for (let from = 0; from < sorted.length; ) {
		let to = from;
		let here = 0;
		for (; to < sorted.length && sorted[to]?.score === sorted[from]?.score; to++) if (sorted[to]?.known) here++;
		found += here;
		area += (here / known) * (found / (sorted[from]?.score === 0 ? to + rest : to));
		from = to;
	}
	return area;
}
