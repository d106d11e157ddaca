/** The `count` largest (or smallest) numbers with their indices, in order. One pass, so that a vocabulary need not be sorted. */
export function pickExtremes(
	numbers: ArrayLike<number>,
	count: number,
	end: "largest" | "smallest",
): readonly { readonly index: number; readonly value: number }[] {
	const sign = end === "largest" ? 1 : -1;
	const best: { index: number; value: number }[] = [];
	const insert = (index: number) => {
		const value = numbers[index] as number;
		let at = best.length;
		while (at > 0 && sign * (best[at - 1]?.value as number) < sign * value) at--;
		best.splice(at, 0, { index, value });
	};
	const filled = Math.min(count, numbers.length);
	for (let index = 0; index < filled; index++) insert(index);
	if (filled === 0) return best;
	/** What a number must exceed to get in: most do not, and cost one comparison. */
	let bar = sign * (best.at(-1)?.value as number);
	for (let index = filled; index < numbers.length; index++) {
		if (!(sign * (numbers[index] as number) > bar)) continue;
		insert(index);
		best.pop();
		bar = sign * (best.at(-1)?.value as number);
	}
	return best;
}
