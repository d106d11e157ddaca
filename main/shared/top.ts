/** The `count` largest (or smallest) numbers with their indices, in order. One pass, so that a vocabulary need not be sorted. */
export function pickExtremes(
	numbers: ArrayLike<number>,
	count: number,
	end: "largest" | "smallest",
): readonly { readonly index: number; readonly value: number }[] {
	const sign = end === "largest" ? 1 : -1;
	const best: { index: number; value: number }[] = [];
	/** What a number must exceed to get in: most do not, and cost one comparison. */
	let bar = Number.NEGATIVE_INFINITY;
	for (let index = 0; index < numbers.length && count > 0; index++) {
		const score = sign * (numbers[index] as number);
		if (!(score > bar) && best.length === count) continue;
		let at = best.length;
		while (at > 0 && sign * (best[at - 1]?.value as number) < score) at--;
		best.splice(at, 0, { index, value: numbers[index] as number });
		if (best.length > count) best.pop();
		if (best.length === count) bar = sign * (best.at(-1)?.value as number);
	}
	return best;
}
