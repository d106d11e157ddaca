import { countCells } from "#shared/drawing/svg-text";

/** Lines of so many cells at most, broken between words; a word that is longer is broken where the line ends. */
export function wrapText(text: string, cells: number): readonly string[] {
	return text.split("\n").flatMap((paragraph) => {
		const lines: string[] = [];
		let current = "";
		for (const word of paragraph.split(" ")) {
			const joined = current === "" ? word : `${current} ${word}`;
			if (countCells(joined) <= cells) {
				current = joined;
				continue;
			}
			if (current !== "") lines.push(current);
			const parts = breakWord(word, cells);
			lines.push(...parts.slice(0, -1));
			current = parts.at(-1) ?? "";
		}
		return [...lines, current];
	});
}

/** A command over several lines, each but the last with the mark by which a shell reads on. */
export function breakCommand(command: string, cells: number): readonly string[] {
	const words = command.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
	const lines: string[] = [];
	let current = "";
	for (const word of words) {
		const joined = current === "" ? word : `${current} ${word}`;
		if (countCells(joined) <= cells - 2 || current === "") current = joined;
		else {
			lines.push(`${current} \\`);
			current = `  ${word}`;
		}
	}
	return command.startsWith("#")
		? wrapText(command, cells)
		: [...lines, current].flatMap((one) => breakWord(one, cells));
}

function breakWord(word: string, cells: number): readonly string[] {
	const parts: string[] = [];
	let current = "";
	for (const letter of word) {
		if (current !== "" && countCells(current + letter) > cells) {
			parts.push(current);
			current = "";
		}
		current += letter;
	}
	return [...parts, current];
}
