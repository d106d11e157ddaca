import { expect, test } from "vitest";
import { showTokenBytes } from "../../main/model/token-text.ts";

test.each<[string, number[], string]>([
	["ASCII", [0x20, 0x61, 0x0a], " a\n"],
	["whole characters", [0xe2, 0x80, 0xa6, 0xf0, 0x9f, 0x98, 0x80], "…😀"],
	["a character's first bytes", [0x20, 0xe2, 0x80], " \\xe2\\x80"],
	["a character's last byte before text", [0xa6, 0x61], "\\xa6a"],
	["bytes that UTF-8 never has", [0xff, 0xc0, 0x80], "\\xff\\xc0\\x80"],
	["a surrogate, which UTF-8 excludes", [0xed, 0xa0, 0x80, 0xc3, 0xa9], "\\xed\\xa0\\x80é"],
	["a byte order mark", [0xef, 0xbb, 0xbf], "\ufeff"],
])("shows %s", (_, bytes, text) => {
	expect(showTokenBytes(Uint8Array.from(bytes))).toBe(text);
});
