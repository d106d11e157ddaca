/** Amounts for people. */
export function showBytes(bytes: number): string {
	if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
	if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
	return `${(bytes / 1e9).toFixed(1)} GB`;
}

export function showSeconds(seconds: number): string {
	if (seconds < 1) return "1 s";
	if (seconds < 90) return `${Math.round(seconds)} s`;
	return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const sameDay = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const sameYear = new Intl.DateTimeFormat("en-GB", {
	day: "numeric",
	month: "short",
	hour: "2-digit",
	minute: "2-digit",
});
const other = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function showTime(at: number): string {
	const [date, now] = [new Date(at), new Date()];
	if (date.toDateString() === now.toDateString()) return sameDay.format(date);
	return date.getFullYear() === now.getFullYear() ? sameYear.format(date) : other.format(date);
}

/** Of the whole: 12.5%. */
export function showShare(share: number): string {
	return `${(100 * share).toFixed(1).replace("-", "−")}%`;
}

export function count(number: number, noun: string, nouns = `${noun}s`): string {
	return `${number.toLocaleString("en")} ${number === 1 ? noun : nouns}`;
}

/** Edges that are there, and whether they are but the strongest of all. */
export function countEdges(loaded: number, left: number): string {
	if (left === 0) return count(loaded, "edge");
	return `strongest ${loaded.toLocaleString("en")} of ${count(loaded + left, "edge")}`;
}

/** A day, as in a source: 28 Nov 2026. */
export function showDay(at: number): string {
	return other.format(at);
}
