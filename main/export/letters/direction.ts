/** A part of a text whose letters are read one way. */
export interface DirectedPart {
	readonly part: string;
	readonly direction: "ltr" | "rtl";
}

const fromRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** An escape is read as it is written; numbers with their points are one; marks go with what they sit on. */
const unit = /\\u\{[0-9a-f]+\}|\\x[0-9a-f]{2}|\p{Nd}+(?:[.,:]\p{Nd}+)*|[\s\S][\p{M}\u200c\u200d]*/gu;
const mirrored: Readonly<Record<string, string>> = {
	"(": ")",
	")": "(",
	"[": "]",
	"]": "[",
	"{": "}",
	"}": "{",
	"<": ">",
	">": "<",
	"«": "»",
	"»": "«",
};

type Kind = "left" | "right" | "number" | "neutral";

/** 0 and 2 are read from the left, 1 from the right; a higher one lies within a lower one. */
type Level = 0 | 1 | 2;

/**
 * The parts of a text as they stand from left to right: the rules of Unicode Standard Annex 9 as far as a line without
 * marks of direction needs them. What has no direction of its own, such as an ellipsis at the end, goes with its
 * neighbours where they agree, and else with the first letter that has one.
 */
export function orderParts(text: string): readonly DirectedPart[] {
	if (!fromRight.test(text)) return text === "" ? [] : [{ part: text, direction: "ltr" }];
	const units = text.match(unit) ?? [];
	const kinds = units.map(kindOf);
	const base = kinds.find((kind) => kind === "left" || kind === "right") === "right" ? 1 : 0;
	const levels = findLevels(kinds, base);
	const parts: { text: string; level: Level }[] = [];
	for (const [i, letters] of units.entries()) {
		const level = levels[i] as Level;
		const before = parts.at(-1);
		const shown = level === 1 ? (mirrored[letters] ?? letters) : letters;
		if (before?.level === level) before.text += shown;
		else parts.push({ text: shown, level });
	}
	return turnRound(turnRound(parts, 2), 1).map(({ text: part, level }) => ({
		part,
		direction: level === 1 ? "rtl" : "ltr",
	}));
}

function kindOf(letters: string): Kind {
	if (letters.length > 1 && letters.startsWith("\\")) return "left";
	if (/^\p{Nd}/u.test(letters)) return "number";
	if (fromRight.test(letters)) return "right";
	return /^\p{L}/u.test(letters) ? "left" : "neutral";
}

function findLevels(kinds: readonly Kind[], base: 0 | 1): readonly Level[] {
	const left: Level = base === 1 ? 2 : 0;
	let isAmongRight = base === 1;
	const levels = kinds.map((kind): Level | undefined => {
		if (kind === "left" || kind === "right") isAmongRight = kind === "right";
		if (kind === "number") return isAmongRight ? 2 : left;
		return kind === "left" ? left : kind === "right" ? 1 : undefined;
	});
	// A number among letters from the right counts as one of them for what stands beside it.
	const sideOf = (i: number) => (levels[i] === undefined ? base : kinds[i] === "left" || levels[i] === 0 ? 0 : 1);
	for (let i = 0; i < levels.length; i++) {
		if (levels[i] !== undefined) continue;
		let end = i;
		while (end < levels.length && levels[end] === undefined) end++;
		const [before, after] = [sideOf(i - 1), sideOf(end)];
		const level: Level = before !== after ? base : before === 1 ? 1 : left;
		levels.fill(level, i, end);
	}
	return levels as readonly Level[];
}

/** Parts in a row that lie at this level or above change places. */
function turnRound<P extends { readonly level: Level }>(parts: readonly P[], level: Level): readonly P[] {
	const turned: P[] = [];
	let row: P[] = [];
	for (const part of parts)
		if (part.level >= level) row.unshift(part);
		else {
			turned.push(...row, part);
			row = [];
		}
	return [...turned, ...row];
}
