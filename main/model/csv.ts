/** Rows of a table with commas (RFC 4180): cells in quotes hold commas, line ends and doubled quotes; empty lines are none. */
export function readCsv(text: string): readonly (readonly string[])[] {
	const rows: string[][] = [];
	let row: string[] = [];
	const cell = /("(?:[^"]|"")*"?|[^,\n]*)(,|\n|$)/y;
	while (cell.lastIndex < text.length) {
		const [, raw = "", end] = cell.exec(text) ?? [];
		row.push(raw.startsWith('"') ? raw.replace(/^"|"$/g, "").replaceAll('""', '"') : raw);
		if (end === ",") {
			if (cell.lastIndex === text.length) row.push("");
			else continue;
		}
		if (row.length > 1 || row[0] !== "") rows.push(row);
		row = [];
	}
	return rows;
}
