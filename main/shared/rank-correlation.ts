/** Pairs of numbers that may go together; undefined where one side does not vary, for then nothing can be said. */
type Sample = readonly number[];

/** Pearson's r. */
export function pearson(a: Sample, b: Sample): number | undefined {
	const mean = (of: Sample) => of.reduce((sum, value) => sum + value, 0) / of.length;
	const [meanA, meanB] = [mean(a), mean(b)];
	let [both, onlyA, onlyB] = [0, 0, 0];
	for (let i = 0; i < a.length; i++) {
		const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
		both += x * y;
		onlyA += x * x;
		onlyB += y * y;
	}
	return onlyA > 0 && onlyB > 0 ? both / Math.sqrt(onlyA * onlyB) : undefined;
}

/** Spearman's ρ: Pearson's r of the ranks, equal numbers sharing the mean of theirs. */
export const spearman = (a: Sample, b: Sample): number | undefined => pearson(rank(a), rank(b));

/** Kendall's τ-b, which takes ties on either side into account. */
export function kendall(a: Sample, b: Sample): number | undefined {
	let [together, onlyA, onlyB] = [0, 0, 0];
	for (let i = 1; i < a.length; i++)
		for (let j = 0; j < i; j++) {
			const [x, y] = [Math.sign((a[i] as number) - (a[j] as number)), Math.sign((b[i] as number) - (b[j] as number))];
			together += x * y;
			onlyA += x * x;
			onlyB += y * y;
		}
	return onlyA > 0 && onlyB > 0 ? together / Math.sqrt(onlyA * onlyB) : undefined;
}

/** From 1 for the smallest. */
export function rank(of: Sample): readonly number[] {
	const order = Array.from(of.keys()).sort((i, j) => (of[i] as number) - (of[j] as number));
	const ranks = new Array<number>(of.length);
	for (let from = 0; from < order.length; ) {
		let to = from + 1;
		while (to < order.length && of[order[to] as number] === of[order[from] as number]) to++;
		for (let place = from; place < to; place++) ranks[order[place] as number] = (from + to + 1) / 2;
		from = to;
	}
	return ranks;
}
