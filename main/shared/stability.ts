import type { Strengths } from "./circuit-strengths.ts";
import { seededRandom } from "./random.ts";
import { spearman } from "./rank-correlation.ts";
import type { Figure, Stability, Steadiness } from "./validation.ts";

const draws = 100;

/**
 * How much of a circuit comes back on other prompts. `similar`: each prompt traced alone beside the circuit; intervals
 * resample prompts. `resampled`: prompts are drawn with replacement, their means ranked, and as many of the strongest as
 * the circuit has are compared with those of all prompts; intervals hold 95% of the draws. Overlaps are Jaccard's
 * `|A ∩ B| / |A ∪ B|`; ranks are Spearman's ρ of strengths, whatever their sign, over what either has.
 */
export function measureStability(reference: Strengths, traced: readonly Strengths[], seed: number): Stability {
	return {
		prompts: traced.length,
		draws,
		similar: {
			nodes: compareEach(
				reference.nodes,
				traced.map(({ nodes }) => nodes),
				seed,
			),
			edges: compareEach(
				reference.edges,
				traced.map(({ edges }) => edges),
				seed,
			),
		},
		resampled: {
			nodes: redraw(
				reference.nodes.size,
				traced.map(({ nodes }) => nodes),
				seed,
			),
			edges: redraw(
				reference.edges.size,
				traced.map(({ edges }) => edges),
				seed,
			),
		},
	};
}

type Sums = ReadonlyMap<string, number>;

const mean = (of: readonly number[]) => of.reduce((a, b) => a + b, 0) / of.length;

function compareEach(reference: Sums, traced: readonly Sums[], seed: number): Steadiness {
	const pairs = traced.map((one) => {
		const union = [...new Set([...reference.keys(), ...one.keys()])];
		const strength = (of: Sums) => union.map((key) => Math.abs(of.get(key) ?? 0));
		return {
			jaccard: jaccard(new Set(reference.keys()), new Set(one.keys())),
			rank: spearman(strength(reference), strength(one)),
		};
	});
	const ranks = pairs.flatMap(({ rank }) => (rank === undefined ? [] : [rank]));
	return {
		jaccard: resampleMean(
			pairs.map((pair) => pair.jaccard),
			seed,
		),
		rank: ranks.length > 0 ? resampleMean(ranks, seed) : null,
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

function redraw(size: number, traced: readonly Sums[], seed: number): Steadiness {
	const keys = [...new Set(traced.flatMap((one) => [...one.keys()]))];
	const columns = traced.map((one) => Float64Array.from(keys, (key) => one.get(key) ?? 0));
	const strengthsOf = (picked: readonly number[]) => {
		const sums = new Float64Array(keys.length);
		for (const prompt of picked)
			for (const [i, value] of (columns[prompt] as Float64Array).entries()) sums[i] = (sums[i] as number) + value;
		return sums.map(Math.abs);
	};
	const all = strengthsOf([...traced.keys()]);
	const strongest = findStrongest(all, size);
	const random = seededRandom(seed);
	const found = Array.from({ length: draws }, () => {
		const drawn = strengthsOf(traced.map(() => Math.floor(random() * traced.length)));
		return { jaccard: jaccard(strongest, findStrongest(drawn, size)), rank: spearman([...all], [...drawn]) ?? 0 };
	});
	const figure = (of: readonly number[]) => ({ value: mean(of), interval: middleOf(Float64Array.from(of)) });
	return { jaccard: figure(found.map((one) => one.jaccard)), rank: figure(found.map((one) => one.rank)) };
}

/** Numbers of the largest, of those that are not zero. */
function findStrongest(values: Float64Array, count: number): ReadonlySet<number> {
	const bar = values.toSorted()[Math.max(0, values.length - count)] ?? 0;
	return new Set(Array.from(values.keys()).filter((i) => (values[i] as number) >= bar && values[i] !== 0));
}

function jaccard<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
	const both = [...a].filter((one) => b.has(one)).length;
	const either = a.size + b.size - both;
	return either === 0 ? 1 : both / either;
}
