import { expect, test } from "vitest";
import { readTokens } from "../../main/shared/token-characters.ts";

const alone = (...tokens: string[]) => readTokens(tokens).map((token) => token.alone);
const inline = (...tokens: string[]) => readTokens(tokens).map((token) => token.inline);

// Bytes by Unicode's own tables: é is c3 a9, ’ is e2 80 99, 😀 is f0 9f 98 80, 😁 is f0 9f 98 81.
test("parts of a character are the character, marked by their number, once in a row", () => {
	expect(alone("caf", "\\xc3", "\\xa9", "!")).toEqual(["caf", "é₁", "é₂", "!"]);
	expect(inline("caf", "\\xc3", "\\xa9", "!")).toEqual(["caf", "é₁", "₂", "!"]);
	expect(alone(" \\xf0\\x9f", "\\x98", "\\x80")).toEqual([" 😀₁", "😀₂", "😀₃"]);
	expect(inline(" \\xf0\\x9f", "\\x98", "\\x80")).toEqual([" 😀₁", "₂", "₃"]);
	expect(readTokens(["\\xe2\\x80", "\\x99s"]).map(({ continues }) => continues)).toEqual([false, true]);
});

test("a token that ends one character and begins another has parts of both", () => {
	expect(alone("\\xf0\\x9f\\x98", "\\x80\\xf0\\x9f", "\\x98\\x81")).toEqual(["😀₁", "😀₂😁₁", "😁₂"]);
});

test("bytes that form nothing stay as they are: broken off, overlong, a surrogate, another between", () => {
	for (const tokens of [
		["\\xc3"],
		["\\xc3", "a", "\\xa9"],
		["\\xc0", "\\xaf"],
		["\\xe0", "\\x80\\xaf"],
		["\\xed\\xa0", "\\x80"],
		["\\xf4\\x90", "\\x80\\x80"],
		["\\xa9", "\\xc3"],
		["\\x41", "\\xg0"],
	])
		expect([alone(...tokens), inline(...tokens)]).toEqual([tokens, tokens]);
});
