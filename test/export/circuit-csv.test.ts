import { expect, test } from "vitest";
import { buildCircuitCsv } from "../../main/export/circuit-csv.ts";
import { exampleFile } from "../exchange/example-file.ts";

/** Reads RFC 4180 by its grammar. */
function parse(text: string): string[][] {
	const rows: string[][] = [];
	for (const line of text.matchAll(/((?:(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,|(?=\r\n)))+)\r\n/g))
		rows.push(
			[...(line[1] ?? "").matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(?:,|$)/g)].map(([, cell = ""]) => cell).slice(0, 11),
		);
	return rows.map((row) => row.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)));
}

test("words that a spreadsheet would compute are words, numbers are numbers, and every text comes back", () => {
	const words = ["=1+1", "+x", "-x", "@x", "\tx", 'a "b", c', "two\r\nlines", " blank ", "plain"];
	const file = exampleFile();
	const tokens = words.map((token, i) => ({
		...{ id: `token.${i}@${i}`, kind: "token" as const, site: null, layer: null, feature: i, position: i },
		...{ activation: 1, attribution: -0.5, token },
	}));
	const rows = parse(buildCircuitCsv({ ...file, nodes: tokens }).nodes);
	expect(rows).toHaveLength(1 + words.length);
	expect(rows.slice(1).map((row) => row[8])).toEqual(["'=1+1", "'+x", "'-x", "'@x", "'\tx", ...words.slice(5)]);
	expect(rows[1]?.slice(0, 8)).toEqual(["token.0@0", "token", "", "", "0", "0", "1", "-0.5"]);
});
