import { seededRandom } from "#shared/random";
import type { SiteName } from "#shared/site";
import type { ComplementSubsets, SubsetFigure } from "#shared/validation";
import { pieceKey } from "./recorded-pieces.ts";
import { SplicedGradient, type SplicedLoss } from "./spliced-loss.ts";
import type { FeatureSet } from "./spliced-model.ts";
import { type Scale, spreadPowers } from "./validation-figures.ts";
import type { ValidationRun } from "./validation-run.ts";
import { groupBySite } from "./validation-variants.ts";

/** A feature outside the circuit, and by how much what is measured changes when it is left out, by the gradient. */
interface Candidate {
	readonly site: SiteName;
	readonly feature: number;
	readonly change: number;
}

/** How often the search goes on from the worst that it has found. */
const rounds = 2;

/**
 * Subsets of what is outside the circuit put at their baseline, in place of all of it at once: one complete ablation can
 * look faithful because what it takes away cancels. Some subsets are drawn at random, each feature with probability ½; the
 * worst are searched for by the gradient at every feature outside that does anything: the features that lower (or raise)
 * what is measured most are left out first, and the search goes on from the worst found. A circuit that does all of it
 * keeps a share of 1 whatever is left out.
 */
export async function measureSubsets(
	run: ValidationRun,
	spliced: SplicedLoss,
	scale: Scale,
	draws: number,
): Promise<ComplementSubsets> {
	const gradient = await SplicedGradient.load(run.splicing);
	try {
		const search = new SubsetSearch(run, spliced, gradient, scale);
		return await search.run(draws);
	} finally {
		await gradient.dispose();
	}
}

/** Features that are left out, by `site.feature`. */
type Subset = ReadonlySet<string>;

const keyOf = ({ site, feature }: Pick<Candidate, "site" | "feature">) => `${site}.${feature}`;

class SubsetSearch {
	readonly #run: ValidationRun;
	readonly #spliced: SplicedLoss;
	readonly #gradient: SplicedGradient;
	readonly #scale: Scale;
	#lowest: SubsetFigure | undefined;
	#highest: SubsetFigure | undefined;
	#tried = 0;

	constructor(run: ValidationRun, spliced: SplicedLoss, gradient: SplicedGradient, scale: Scale) {
		this.#run = run;
		this.#spliced = spliced;
		this.#gradient = gradient;
		this.#scale = scale;
	}

	async run(draws: number): Promise<ComplementSubsets> {
		const candidates = await this.#differentiate(new Set());
		const random = seededRandom(this.#run.request.seed);
		const drawn = Array.from(
			{ length: draws },
			() => new Set(candidates.filter(() => random() < 0.5).map((one) => keyOf(one))),
		);
		// Leaving nothing out is where both searches begin: a share of 1.
		const [, ...losses] = await this.#measure([new Set(), ...drawn], false);
		let ordered = candidates;
		let [low, high]: [Subset, Subset] = [new Set(), new Set()];
		for (let round = 0; round < rounds; round++) {
			const found = await this.#extend(ordered, low, -1);
			if (round > 0) ordered = await this.#differentiate(high);
			const risen = await this.#extend(ordered, high, 1);
			[low, high] = [found, risen];
			if (round + 1 < rounds) ordered = await this.#differentiate(low);
		}
		const shares = losses.map((values) => this.#scale.shareOf(values));
		return {
			features: candidates.length,
			draws,
			tried: this.#tried - 1,
			...(draws > 0 && {
				mean: { value: shares.reduce((a, b) => a + b, 0) / draws, interval: this.#scale.resampleMean(losses) },
			}),
			shares,
			lowest: this.#lowest as SubsetFigure,
			highest: this.#highest as SubsetFigure,
		};
	}

	/** Features outside the circuit that do anything where a subset is left out, with what leaving out (or putting back) changes. */
	async #differentiate(subset: Subset): Promise<readonly Candidate[]> {
		const circuit = groupBySite(this.#run.pinned);
		const { dictionaries } = this.#run.inputs;
		const sums = new Map(dictionaries.map(({ siteName, dSae }) => [siteName, new Float64Array(dSae)]));
		const set = withoutThese(subset);
		for (const [index, text] of this.#run.read.texts.entries()) {
			const found = await this.#gradient.run(text, set, this.#run.baselinesOf(index));
			for (const [site, numbers] of found) {
				const sum = sums.get(site) as Float64Array;
				for (const [feature, value] of numbers.entries()) sum[feature] = (sum[feature] as number) + value;
			}
			await this.#run.step("Looking for what cancels");
		}
		const candidates: Candidate[] = [];
		for (const [site, sum] of sums)
			for (const [feature, kept] of sum.entries())
				if (kept !== 0 && !circuit.get(site)?.has(feature)) candidates.push({ site, feature, change: -kept });
		return candidates;
	}

	/** The worst of what comes of a subset when more and more features are flipped, those first that promise most. */
	async #extend(candidates: readonly Candidate[], from: Subset, direction: 1 | -1): Promise<Subset> {
		const toShare = direction / this.#scale.effect.value;
		const gain = (one: Candidate) => (from.has(keyOf(one)) ? -1 : 1) * one.change * toShare;
		const promising = candidates.filter((one) => gain(one) > 0).sort((a, b) => gain(b) - gain(a));
		const subsets = spreadPowers(promising.length).map((size) => flip(from, promising.slice(0, size)));
		const shares = (await this.#measure(subsets, true)).map((values) => this.#scale.shareOf(values));
		const best = shares.reduce((at, share, i) => (direction * share > direction * (shares[at] as number) ? i : at), 0);
		return subsets[best] ?? from;
	}

	/** What is measured of each text where each subset is left out. */
	async #measure(subsets: readonly Subset[], searched: boolean): Promise<readonly (readonly number[])[]> {
		const sets = subsets.map(withoutThese);
		const rows = await this.#run.measureSets(
			this.#spliced,
			{ names: subsets.map((subset) => pieceKey({ name: "subset", version: 1 }, [...subset])), sets },
			() => undefined,
		);
		const columns = subsets.map((_, column) => rows.map((row) => row[column] as number));
		for (const [i, values] of columns.entries()) this.#remember(values, subsets[i]?.size ?? 0, searched);
		return columns;
	}

	#remember(values: readonly number[], removed: number, searched: boolean): void {
		this.#tried++;
		const share = this.#scale.shareOf(values);
		const figure = () => ({
			...(this.#scale.figureOf(values) ?? { value: share, interval: [share, share] as const }),
			removed,
			searched,
		});
		if (!this.#lowest || share < this.#lowest.value) this.#lowest = figure();
		if (!this.#highest || share > this.#highest.value) this.#highest = figure();
	}
}

/** Features that were kept are left out, and those that were left out kept. */
function flip(from: Subset, changed: readonly Candidate[]): Subset {
	const subset = new Set(from);
	for (const key of changed.map((one) => keyOf(one))) if (!subset.delete(key)) subset.add(key);
	return subset;
}

function withoutThese(subset: Subset): FeatureSet {
	const left = new Map<SiteName, Set<number>>();
	for (const key of subset) {
		const dot = key.lastIndexOf(".");
		const site = key.slice(0, dot) as SiteName;
		left.set(site, (left.get(site) ?? new Set()).add(Number(key.slice(dot + 1))));
	}
	return { allBut: left };
}
