import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packPayloadParts } from "../../main/export/circuit-payload.ts";
import { joinParts, writeJson } from "../../main/export/text-parts.ts";
import type { CircuitFile } from "../../main/shared/exchange/circuit-file.ts";

/** More elements than are written at once, with what must be escaped, left out or indented. */
const value = {
	none: undefined,
	empty: [],
	bare: {},
	text: 'a "b"\n\\u{1f} 👩‍👩‍👧 \ud800',
	nodes: Array.from({ length: 1203 }, (_, i) => ({
		id: `n${i}\n`,
		deep: { list: [i, [null, undefined]] },
		off: undefined,
	})),
	runs: [
		{ edges: Array.from({ length: 700 }, (_, i) => ({ source: `${i}`, weight: i / 7 })), gone: { not: undefined } },
	],
	numbers: [1, -0, 1e-9, Number.NaN, undefined],
	last: null,
};

test.each(["", "\t"] as const)("what is written in pieces is the JSON of the whole, indented by '%s'", (indent) => {
	expect([...writeJson(value, indent)].join("")).toBe(JSON.stringify(value, null, indent));
	expect([...writeJson({}, indent)].join("")).toBe("{}");
});

test("a circuit that is packed in pieces of whole lines is the circuit", async () => {
	let letters = "";
	const lengths: number[] = [];
	for await (const part of packPayloadParts(value as unknown as CircuitFile)) {
		letters += part;
		lengths.push(part.length);
	}
	expect(lengths.slice(0, -1).every((length) => length % 120 === 0)).toBe(true);
	expect(gunzipSync(Buffer.from(letters, "base64")).toString("utf8")).toBe(JSON.stringify(value));
});

test("text and bytes are joined in their order", async () => {
	const long = "é".repeat(300_000);
	const blocks: Uint8Array[] = [];
	for await (const block of joinParts(["a", long, Buffer.from("b"), "c", "d"])) blocks.push(block);
	expect(Buffer.concat(blocks).toString("utf8")).toBe(`a${long}bcd`);
	expect(blocks.length).toBe(3);
});
