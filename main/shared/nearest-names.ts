/** Names that are likely meant, nearest first; none where nothing is like it. */
export function nearestNames(wanted: string, names: readonly string[], most = 3): readonly string[] {
	const plain = wanted.toLowerCase();
	return names
		.map((name) => ({ name, distance: measure(plain, name.toLowerCase()) }))
		.filter(({ distance }) => distance <= 0.6)
		.sort((a, b) => a.distance - b.distance || a.name.length - b.name.length)
		.slice(0, most)
		.map(({ name }) => name);
}

/** Edits for each letter; what is contained in the other is near, whatever is left. */
function measure(a: string, b: string): number {
	const edits = countEdits(a, b) / Math.max(a.length, b.length, 1);
	const contained = a.length > 2 && (b.includes(a) || a.includes(b));
	return contained ? edits / 4 : edits;
}

/** Levenshtein's distance. */
function countEdits(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++)
			next[j] = Math.min(
				(next[j - 1] ?? 0) + 1,
				(row[j] ?? 0) + 1,
				(row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
			);
		row = next;
	}
	return row[b.length] ?? 0;
}
