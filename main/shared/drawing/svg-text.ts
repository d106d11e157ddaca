/** Text in SVG: escaped, made visible, measured and cut by cells of a monospace font. */

/** Advance of a monospace letter as a share of the font's size; wide characters take two. */
export const cellWidth = 0.602;

/** Characters that nobody could see, or that would turn the text around them. */
const unseen =
	/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** A character as its number, `\u{1f}`. */
export const escapeCharacter = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** Spaces, line ends and characters that could not be seen are drawn as signs or numbers. */
export function showToken(token: string): string {
	// What joins letters is seen by what it does, and at the beginning it does nothing.
	const joined = token.replace(/^(?:\u200c|\u200d|[\ufe00-\ufe0f])+/, (joiners) =>
		joiners.replace(/./gu, escapeCharacter),
	);
	const visible = joined.replace(/\n/g, "↵").replace(/\t/g, "⇥").replace(/\r/g, "␍").replace(unseen, escapeCharacter);
	if (/^ +$/.test(visible)) return "·".repeat(visible.length);
	return visible.replace(/^ /, "·");
}

export function escapeXml(text: string): string {
	return text
		.toWellFormed()
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g, "\ufffd")
		.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const wide =
	/[\p{Extended_Pictographic}\u{1f1e6}-\u{1f1ff}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Letters of which each is one cell and none joins another: most texts, and found out at once. */
const plain = /^[\u0020-\u007e\u00a0-\u02ff]*$/;

export function countCells(text: string): number {
	if (plain.test(text)) return text.length;
	let cells = 0;
	for (const { segment } of segmenter.segment(text)) cells += wide.test(segment) ? 2 : 1;
	return cells;
}

/** What is not cut in two: characters written as numbers, and clusters of letters. */
const escaped = /(\\u\{[0-9a-f]+\}|\\x[0-9a-f]{2})/;

function* splitToCut(text: string): Generator<string> {
	for (const [i, part] of text.split(escaped).entries())
		if (i % 2 === 1) yield part;
		else for (const { segment } of segmenter.segment(part)) yield segment;
}

/** At most `cells` cells, with an ellipsis where something is cut. */
export function cutText(text: string, cells: number): string {
	if (countCells(text) <= cells) return text;
	if (plain.test(text) && !escaped.test(text)) return `${text.slice(0, Math.max(0, cells - 1))}…`;
	let kept = "";
	let used = 1;
	for (const part of splitToCut(text)) {
		used += countCells(part);
		if (used > cells) break;
		kept += part;
	}
	return `${kept}…`;
}

/** A share for people: −62% with the sign that type has for it. */
export function formatPercent(share: number): string {
	return `${(100 * share).toFixed(0).replace("-", "−")}%`;
}

export function formatNumber(number: number): string {
	if (number === 0) return "0";
	const size = Math.abs(number);
	const digits = size >= 100 ? number.toFixed(0) : size >= 0.001 ? number.toPrecision(3) : number.toExponential(1);
	return digits.replaceAll("-", "−");
}
