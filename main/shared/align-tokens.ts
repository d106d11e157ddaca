/** Which positions of two prompts are one in a comparison. */
export interface Alignment {
	/** Of each position of the left prompt, and of the right one, where it stands among all. */
	readonly left: readonly number[];
	readonly right: readonly number[];
	/** A token for each of these; both where they differ. */
	readonly tokens: readonly string[];
	/** Positions that both have. */
	readonly matched: number;
	readonly how: "same" | "in step" | "by token";
}

/**
 * The same prompt position by position; prompts of one length of which at least half of the tokens agree, as those made
 * from a template, too. Others where their tokens agree in order (longest common subsequence), and the last `ends`
 * positions with one another, which are what the metric is about.
 */
export function alignTokens(left: readonly string[], right: readonly string[], ends: number): Alignment {
	const agree = left.filter((token, i) => token === right[i]).length;
	if (left.length === right.length && 2 * agree >= left.length) {
		const steps = left.map((_, i) => i);
		const tokens = left.map((token, i) => (token === right[i] ? token : `${token} / ${right[i]}`));
		return { left: steps, right: steps, tokens, matched: left.length, how: agree === left.length ? "same" : "in step" };
	}
	const tail = Math.min(ends, left.length, right.length);
	const pairs = commonPairs(left.slice(0, left.length - tail), right.slice(0, right.length - tail));
	for (let i = tail; i > 0; i--) pairs.push([left.length - i, right.length - i]);
	const [lefts, rights, tokens] = [[] as number[], [] as number[], [] as string[]];
	for (const [l, r] of [...pairs, [left.length, right.length] as const]) {
		while (lefts.length < l) lefts.push(tokens.push(left[lefts.length] as string) - 1);
		while (rights.length < r) rights.push(tokens.push(right[rights.length] as string) - 1);
		if (l === left.length) break;
		const [a, b] = [left[l] as string, right[r] as string];
		const at = tokens.push(a === b ? a : `${a} / ${b}`) - 1;
		lefts.push(at);
		rights.push(at);
	}
	return { left: lefts, right: rights, tokens, matched: pairs.length, how: "by token" };
}

/** Places of a longest common subsequence, in order. */
function commonPairs(left: readonly string[], right: readonly string[]): [number, number][] {
	const width = right.length + 1;
	const lengths = new Uint32Array((left.length + 1) * width);
	const at = (i: number, j: number) => lengths[i * width + j] as number;
	for (let i = left.length - 1; i >= 0; i--)
		for (let j = right.length - 1; j >= 0; j--)
			lengths[i * width + j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
	const pairs: [number, number][] = [];
	for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
		if (left[i] === right[j]) pairs.push([i++, j++]);
		else if (at(i + 1, j) >= at(i, j + 1)) i++;
		else j++;
	}
	return pairs;
}
