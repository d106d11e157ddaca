/** Interpolated modified Kneser-Ney over token ids (Chen & Goodman 1999, section 3), the yardstick of the bundled model. */
export interface TrigramModel {
	/** Natural logarithm of p(c | a b). */
	logProbability(a: number, b: number, c: number): number;
}

/** N-grams of one order. A key is the n-gram read as a number in base `vocabularySize`; keys ascend. */
interface Order {
	readonly keys: Float64Array;
	readonly counts: Uint32Array;
	/** Discounts for counts of 1, 2, and 3 or more. */
	readonly discounts: readonly [number, number, number];
	readonly histories: ReadonlyMap<number, History>;
}

interface History {
	total: number;
	/** What the discounts take off this history's counts: it goes to the next lower order. */
	taken: number;
}

/** Learns from a token stream; the lower orders count distinct histories, and the lowest is smoothed with 1 / vocabulary. */
export function buildKneserNey(tokens: Uint16Array, vocabularySize: number): TrigramModel {
	const size = vocabularySize;
	const stream = new Float64Array(Math.max(0, tokens.length - 2));
	for (let i = 0; i < stream.length; i++)
		stream[i] = ((tokens[i] as number) * size + (tokens[i + 1] as number)) * size + (tokens[i + 2] as number);
	const trigrams = countOrder(stream, size);
	const bigrams = countOrder(
		trigrams.keys.map((key) => key % (size * size)),
		size,
	);
	const unigrams = countOrder(
		bigrams.keys.map((key) => key % size),
		size,
	);
	const uniform = 1 / size;
	return {
		logProbability(a, b, c) {
			const unigram = interpolate(unigrams, c, size, uniform);
			const bigram = interpolate(bigrams, b * size + c, size, unigram);
			return Math.log(interpolate(trigrams, (a * size + b) * size + c, size, bigram));
		},
	};
}

/** Mean of −log p in nats, each token after the two before it; `separator` stands before the first. */
export function measureCrossEntropy(model: TrigramModel, tokens: Uint16Array, separator: number): number {
	let [a, b, sum] = [separator, separator, 0];
	for (const c of tokens) {
		sum -= model.logProbability(a, b, c);
		[a, b] = [b, c];
	}
	return sum / tokens.length;
}

function countOrder(stream: Float64Array, size: number): Order {
	const sorted = stream.slice().sort();
	const keys = new Float64Array(sorted.length);
	const counts = new Uint32Array(sorted.length);
	let last = -1;
	for (const key of sorted) {
		if (last < 0 || keys[last] !== key) keys[++last] = key;
		counts[last] = (counts[last] as number) + 1;
	}
	const distinct = { keys: keys.slice(0, last + 1), counts: counts.slice(0, last + 1) };
	const discounts = estimateDiscounts(distinct.counts);
	const histories = new Map<number, History>();
	for (const [i, key] of distinct.keys.entries()) {
		const count = distinct.counts[i] as number;
		const history = histories.get(Math.floor(key / size)) ?? { total: 0, taken: 0 };
		history.total += count;
		history.taken += discountOf(discounts, count);
		histories.set(Math.floor(key / size), history);
	}
	return { ...distinct, discounts, histories };
}

/** Equation 17 of Chen & Goodman: Y = n₁/(n₁+2n₂), D_i = i − (i+1)·Y·n_{i+1}/n_i; ½, 1, 1½ where there are too few n-grams. */
function estimateDiscounts(counts: Uint32Array): readonly [number, number, number] {
	const n = [0, 0, 0, 0, 0];
	for (const count of counts) if (count < 5) n[count] = (n[count] as number) + 1;
	const [, n1, n2, n3, n4] = n as [number, number, number, number, number];
	const y = n1 / (n1 + 2 * n2);
	const discounts = [1 - (2 * y * n2) / n1, 2 - (3 * y * n3) / n2, 3 - (4 * y * n4) / n3] as const;
	const sound = discounts.every((discount, i) => discount > 0 && discount <= i + 1);
	return sound ? discounts : [0.5, 1, 1.5];
}

function discountOf(discounts: Order["discounts"], count: number): number {
	return count === 0 ? 0 : (discounts[Math.min(count, 3) - 1] as number);
}

function interpolate(order: Order, key: number, size: number, lower: number): number {
	const history = order.histories.get(Math.floor(key / size));
	if (!history) return lower;
	const count = findCount(order, key);
	return (count - discountOf(order.discounts, count) + history.taken * lower) / history.total;
}

function findCount({ keys, counts }: Order, key: number): number {
	let [low, high] = [0, keys.length];
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((keys[middle] as number) < key) low = middle + 1;
		else high = middle;
	}
	return keys[low] === key ? (counts[low] as number) : 0;
}
