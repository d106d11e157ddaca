/** How well an entry fits what is typed: every word is in it, best at its beginning, then at that of a word; 0: not. */
export function rankEntry(entry: string, typed: string): number {
	const text = entry.toLowerCase();
	const wanted = typed.trim().toLowerCase();
	if (!wanted.split(/\s+/).every((word) => text.includes(word))) return 0;
	const place = text.startsWith(wanted) ? 1 : text.includes(` ${wanted}`) ? 0.8 : text.includes(wanted) ? 0.6 : 0.4;
	// Of two, the shorter one.
	return place - Math.min(0.1, text.length / 1000);
}
