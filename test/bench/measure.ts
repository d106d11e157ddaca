/** Milliseconds of the median run, after one that does not count. */
export async function measureMedian(runs: number, action: () => Promise<void>): Promise<number> {
	await action();
	const times: number[] = [];
	for (let i = 0; i < runs; i++) {
		const began = performance.now();
		await action();
		times.push(performance.now() - began);
	}
	times.sort((a, b) => a - b);
	return times[Math.floor(runs / 2)] as number;
}

/** Resident memory of this process now. */
export const megabytes = (): number => process.memoryUsage().rss / 1e6;
