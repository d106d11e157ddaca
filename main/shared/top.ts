/** The `count` largest (or smallest) numbers with their indices, in order. One pass, so that a vocabulary need not be sorted. */
export function pickExtremes(
	numbers: ArrayLike<number>,
	count: number,
	end: "largest" | "smallest",
): readonly { readonly index: number; readonly value: number }[] {
	const sign = end === "largest" ? 1 : -1;
	const best: { index: number; value: number }[] = [];
	for (let index = 0; index < numbers.length && count > 0; index++) {
		const value = numbers[index] as number;
		const weakest = best.at(-1);
		if (best.length === count && weakest && sign * value <= sign * weakest.value) continue;
		let at = best.length;
		while (at > 0 && sign * (best[at - 1]?.value as number) < sign * value) at--;
		best.splice(at, 0, { index, value });
		if (best.length > count) best.pop();
	}
	return best;
}
