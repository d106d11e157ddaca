import { expect, test } from "vitest";
import { writeCircuitCsv } from "../../main/export/circuit-csv.ts";
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
	const formulas = ["=cmd|' /C calc'!A0", "+x", "-x", "@x", "\tx", "\r=1", "＝1", "'s", "''"];
	const words = [...formulas, 'a "b", c', "two\r\nlines", " blank ", "plain", ";=1", ""];
	const file = exampleFile();
	const tokens = words.map((token, i) => ({
		...{ id: `token.${i}@${i}`, kind: "token" as const, site: null, layer: null, feature: i, position: i },
		...{ activation: 1, attribution: -0.5, token },
	}));
	const rows = parse([...writeCircuitCsv({ ...file, nodes: tokens }).nodes].join(""));
	expect(rows).toHaveLength(1 + words.length);
	const cells = rows.slice(1).map((row) => row[8] ?? "");
	expect(cells).toEqual([...formulas.map((word) => `'${word}`), ...words.slice(formulas.length)]);
	expect(cells.map((cell) => cell.replace(/^'/, ""))).toEqual(words);
	expect(rows[1]?.slice(0, 8)).toEqual(["token.0@0", "token", "", "", "0", "0", "1", "-0.5"]);
});
