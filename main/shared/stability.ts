import type { Strengths } from "./circuit-strengths.ts";
import { seededRandom } from "./random.ts";
import { spearman } from "./rank-correlation.ts";
import type { Figure, Stability, Steadiness } from "./validation.ts";

const draws = 100;
/** Fewer have no order worth the name. */
const fewestRanked = 3;

/**
 * How much of a circuit comes back on other prompts. `traced` is what each prompt gave by itself, undefined where no
 * feature had an effect: nothing of the circuit comes back there. `similar`: each prompt traced alone beside the circuit;
 * intervals resample prompts. `resampled`: prompts are drawn with replacement, their means ranked, and as many of the
 * strongest as the circuit has are compared with those of all prompts; intervals hold 95% of the draws. Overlaps are
 * Jaccard's `|A ∩ B| / |A ∪ B|`; ranks are Spearman's ρ of strengths, whatever their sign, over what both have, where that
 * is three or more: overlap says what only one has, and counting it as 0 would make the ranks of any two run against each
 * other.
 */
export function measureStability(
	reference: Strengths,
	traced: readonly (Strengths | undefined)[],
	seed: number,
): Stability {
	const parts = (part: keyof Strengths) => traced.map((one) => one?.[part]);
	return {
		prompts: traced.length,
		draws,
		skipped: traced.filter((one) => one === undefined).length,
		similar: {
			nodes: compareEach(reference.nodes, parts("nodes"), seed),
			edges: compareEach(reference.edges, parts("edges"), seed),
		},
		resampled: {
			nodes: redraw(reference.nodes.size, parts("nodes"), seed),
			edges: redraw(reference.edges.size, parts("edges"), seed),
		},
	};
}

type Sums = ReadonlyMap<string, number>;

const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;

function compareEach(reference: Sums, traced: readonly (Sums | undefined)[], seed: number): Steadiness {
	const kept = new Set(reference.keys());
	return summarise(
		traced.map((one) => (one ? compare(kept, new Set(one.keys()), reference, one) : nothingBack)),
		(values) => resampleMean(values, seed),
	);
}

interface Comparison {
	readonly jaccard: number;
	readonly shared: number;
	readonly rank: number | undefined;
}

const nothingBack: Comparison = { jaccard: 0, shared: 0, rank: undefined };

/** Two circuits, with the strengths that each has of what is in it. */
function compare(a: ReadonlySet<string>, b: ReadonlySet<string>, strengthsA: Sums, strengthsB: Sums): Comparison {
	const both = [...a].filter((key) => b.has(key));
	const either = a.size + b.size - both.length;
	const strength = (of: Sums) => both.map((key) => Math.abs(of.get(key) ?? 0));
	return {
		jaccard: either === 0 ? 1 : both.length / either,
		shared: both.length,
		rank: both.length < fewestRanked ? undefined : spearman(strength(strengthsA), strength(strengthsB)),
	};
}

function summarise(all: readonly Comparison[], figure: (values: readonly number[]) => Figure): Steadiness {
	const ranked = all.flatMap(({ rank, shared }) => (rank === undefined ? [] : [{ rank, shared }]));
	return {
		jaccard: figure(all.map(({ jaccard }) => jaccard)),
		rank: ranked.length > 0 ? figure(ranked.map(({ rank }) => rank)) : null,
		...(ranked.length > 0 && { shared: mean(ranked.map(({ shared }) => shared)) }),
	};
}

function resampleMean(values: readonly number[], seed: number): Figure {
	const random = seededRandom(seed);
	const drawn = Float64Array.from({ length: 1000 }, () =>
		mean(values.map(() => values[Math.floor(random() * values.length)] as number)),
	);
	return { value: mean(values), interval: middleOf(drawn) };
}

/** Where 95% lie. */
function middleOf(values: Float64Array): Figure["interval"] {
	const sorted = values.toSorted();
	const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
	return [at(0.025), at(0.975)];
}

function redraw(size: number, traced: readonly (Sums | undefined)[], seed: number): Steadiness {
	const add = (picked: readonly number[]): Sums => {
		const sums = new Map<string, number>();
		for (const prompt of picked)
			for (const [key, value] of traced[prompt] ?? []) sums.set(key, (sums.get(key) ?? 0) + value);
		return sums;
	};
	const all = add([...traced.keys()]);
	const strongest = findStrongest(all, size);
	const random = seededRandom(seed);
	const found = Array.from({ length: draws }, () => {
		const picked = traced.map(() => Math.floor(random() * traced.length));
		if (picked.every((prompt) => traced[prompt] === undefined)) return nothingBack;
		const drawn = add(picked);
		return compare(strongest, findStrongest(drawn, size), all, drawn);
	});
	return summarise(found, (values) => ({ value: mean(values), interval: middleOf(Float64Array.from(values)) }));
}

/** The largest, of those that are not zero. */
function findStrongest(sums: Sums, count: number): ReadonlySet<string> {
	const sizes = Float64Array.from(sums.values(), Math.abs).sort();
	const bar = sizes[Math.max(0, sizes.length - count)] ?? 0;
	return new Set([...sums].flatMap(([key, value]) => (value !== 0 && Math.abs(value) >= bar ? [key] : [])));
}
