/**
 * Middles of a row's cards, in their order and without overlap, as near as possible to where they wish to stand: least
 * squares under least distances between neighbours, by pooling adjacent violators (Ayer et al. 1955), then kept within
 * a row of that length. Leaning to neither side is what a pass from left to right alone would not do.
 */
export function settleRow(
	wishes: readonly number[],
	widths: readonly number[],
	gap: number,
	length: number,
): readonly number[] {
	const offsets: number[] = [];
	let offset = 0;
	for (const [i, width] of widths.entries()) {
		if (i > 0) offset += ((widths[i - 1] as number) + width) / 2 + gap;
		offsets.push(offset);
	}
	const pools: { sum: number; count: number }[] = [];
	for (const [i, wish] of wishes.entries()) {
		let pool = { sum: wish - (offsets[i] as number), count: 1 };
		for (let last = pools.at(-1); last && last.sum / last.count > pool.sum / pool.count; last = pools.at(-1)) {
			pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
			pools.pop();
		}
		pools.push(pool);
	}
	const least = (widths[0] ?? 0) / 2;
	const most = length - (widths.at(-1) ?? 0) / 2 - offset;
	const middles: number[] = [];
	for (const { sum, count } of pools) {
		const at = Math.max(least, Math.min(most, sum / count));
		for (let i = 0; i < count; i++) middles.push(at + (offsets[middles.length] as number));
	}
	return middles;
}
