import type { CoFiring } from "#shared/collection";
import type { ActivationHistogram, FeatureContext } from "#shared/feature-facts";
import type { Posting } from "#shared/posting";

const bins = 20;

/** Text by address, as the store gives it. */
export interface AddressedText {
	readonly begins: Int32Array;
	read(from: number, to: number): readonly number[];
}

/**
 * Some kinds, such as abstopk, keep the sign of their activations, and to choose a feature they go by its size. So does all
 * that is said of a feature here: its strongest places, its largest activation, its histogram and its percentiles.
 */
const size = (value: number | undefined) => Math.abs(value as number);

/**
 * Where a feature is most active: at most one place a sequence, and one for passages that are the same word for word.
 * The window reaches `view` tokens to either side and ends with its sequence.
 */
export function findTopContexts(
	{ addresses, values }: Posting,
	text: AddressedText,
	{ contexts, view }: { readonly contexts: number; readonly view: number },
	tokenText: (id: number) => string,
): readonly FeatureContext[] {
	const peaks: { entry: number; sequence: number }[] = [];
	let sequence = 0;
	for (let entry = 0; entry < addresses.length; entry++) {
		const address = addresses[entry] as number;
		if (address >= (text.begins[sequence + 1] as number)) sequence = findSequence(text.begins, address);
		const last = peaks.at(-1);
		if (last?.sequence !== sequence) peaks.push({ entry, sequence });
		else if (size(values[entry]) > size(values[last.entry])) last.entry = entry;
	}
	peaks.sort((a, b) => size(values[b.entry]) - size(values[a.entry]));
	const found: FeatureContext[] = [];
	const passages = new Set<string>();
	for (const peak of peaks) {
		if (found.length === contexts) break;
		const address = addresses[peak.entry] as number;
		const begin = Math.max(text.begins[peak.sequence] as number, address - view);
		const end = Math.min(text.begins[peak.sequence + 1] as number, address + view + 1);
		const ids = text.read(begin, end);
		// Boilerplate comes back word for word: one context says it.
		const passage = ids.join(" ");
		if (passages.has(passage)) continue;
		passages.add(passage);
		const activations = ids.map(() => 0);
		for (let i = peak.entry; i >= 0 && (addresses[i] as number) >= begin; i--)
			activations[(addresses[i] as number) - begin] = values[i] as number;
		for (let i = peak.entry + 1; i < addresses.length && (addresses[i] as number) < end; i++)
			activations[(addresses[i] as number) - begin] = values[i] as number;
		found.push({ tokens: ids.map(tokenText), activations, peak: address - begin });
	}
	return found;
}

function findSequence(begins: Int32Array, address: number): number {
	let [low, high] = [0, begins.length - 1];
	while (high - low > 1) {
		const middle = (low + high) >> 1;
		if ((begins[middle] as number) <= address) low = middle;
		else high = middle;
	}
	return low;
}

/** Sizes in twenty equal bins over (0, largest]; undefined where there is nothing. */
export function buildHistogram(values: Float32Array): ActivationHistogram | undefined {
	const max = size(findLargest(values));
	if (max === 0) return undefined;
	const counts = new Array<number>(bins).fill(0);
	for (const value of values) {
		const bin = Math.min(bins - 1, Math.max(0, Math.ceil((size(value) / max) * bins) - 1));
		counts[bin] = (counts[bin] as number) + 1;
	}
	return { max, counts };
}

/** The activation of largest size, with its sign; 0 where there is none. */
export function findLargest(values: Float32Array): number {
	return values.reduce((a, b) => (size(b) > size(a) ? b : a), 0);
}

/**
 * The size of activation below which a share of all tokens lies, those on which the feature is off (0) counted. Between two
 * tokens linearly, as NumPy's `percentile`.
 */
export function findPercentile(values: Float32Array, tokens: number, percentile: number): number {
	const rank = (percentile / 100) * (tokens - 1);
	const zeros = tokens - values.length;
	if (rank <= zeros - 1) return 0;
	const sorted = values.map(size).sort();
	const at = (index: number): number => (index < zeros ? 0 : (sorted[Math.min(index - zeros, sorted.length - 1)] ?? 0));
	const low = Math.floor(rank);
	return at(low) + (rank - low) * (at(low + 1) - at(low));
}

/** Features of the same dictionary that share most of their tokens with one, by overlap (Jaccard). */
export function findCoFiring(
	feature: number,
	own: Posting,
	all: Iterable<{ readonly feature: number; readonly posting: Posting }>,
	tokens: number,
	count: number,
): readonly CoFiring[] {
	const active = new Uint8Array(tokens);
	for (const address of own.addresses) active[address] = 1;
	const found: CoFiring[] = [];
	for (const { feature: other, posting } of all) {
		if (other === feature) continue;
		let both = 0;
		for (const address of posting.addresses) both += active[address] as number;
		if (both === 0) continue;
		found.push({ feature: other, count: both, overlap: both / (own.values.length + posting.values.length - both) });
	}
	return found.sort((a, b) => b.overlap - a.overlap).slice(0, count);
}
