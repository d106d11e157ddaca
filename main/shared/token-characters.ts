/**
 * Tokens as they are read in their sequence. A token may hold only some bytes of a character, which alone are shown as
 * `\xc3`; beside one another the parts are the character again, each marked with its number: `é₁`, `é₂`.
 */
export interface ReadToken {
	/** For a place where the token stands alone: `é₂`. */
	readonly alone: string;
	/** In a row with the others, where the character is seen once: `é₁`, then `₂`. */
	readonly inline: string;
	/** Whether it begins in the middle of a character. */
	readonly continues: boolean;
}

const known = new WeakMap<readonly string[], readonly ReadToken[]>();

export function readTokens(tokens: readonly string[]): readonly ReadToken[] {
	const read = known.get(tokens) ?? joinParts(tokens);
	known.set(tokens, read);
	return read;
}

interface Unit {
	readonly token: number;
	readonly text: string;
	/** Of a part of a character. */
	readonly byte?: number;
}

function joinParts(tokens: readonly string[]): readonly ReadToken[] {
	if (!tokens.some((token) => part.test(token)))
		return tokens.map((token) => ({ alone: token, inline: token, continues: false }));
	const units = tokens.flatMap(splitUnits);
	const read = tokens.map(() => ({ alone: "", inline: "", continues: false }));
	for (let i = 0; i < units.length; ) {
		const parts = findCharacter(units, i);
		const { token, text } = units[i] as Unit;
		const at = read[token] as { alone: string; inline: string };
		if (parts === undefined) {
			at.alone += text;
			at.inline += text;
			i++;
			continue;
		}
		for (const [k, holder] of parts.holders.entries()) {
			const of = read[holder] as { alone: string; inline: string; continues: boolean };
			of.continues ||= k > 0;
			of.alone += parts.character + subscript(k + 1);
			of.inline += (k === 0 ? parts.character : "") + subscript(k + 1);
		}
		i += parts.length;
	}
	return read;
}

const part = /\\x[89a-f][0-9a-f]/;
const units = /\\x([89a-f][0-9a-f])|[\s\S]/gu;

function splitUnits(text: string, token: number): Unit[] {
	return [...text.matchAll(units)].map(([unit, byte]) => ({
		...{ token, text: unit },
		...(byte !== undefined && { byte: Number.parseInt(byte, 16) }),
	}));
}

/** The character whose bytes begin here and lie in several tokens; `holders` are these. */
function findCharacter(all: readonly Unit[], at: number) {
	const lead = all[at]?.byte;
	if (lead === undefined || lead < 0xc2 || lead > 0xf4) return undefined;
	const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	let point = lead & (0x7f >> length);
	for (let i = 1; i < length; i++) {
		const byte = all[at + i]?.byte;
		if (byte === undefined || byte >= 0xc0) return undefined;
		point = (point << 6) | (byte & 0x3f);
	}
	const isLonger = point < (length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000);
	if (isLonger || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return undefined;
	const holders = [...new Set(all.slice(at, at + length).map(({ token }) => token))];
	return { character: String.fromCodePoint(point), length, holders };
}

const subscript = (number: number): string => String.fromCodePoint(0x2080 + number);
