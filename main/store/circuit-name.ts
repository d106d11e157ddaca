import { AppError } from "#shared/errors";

const longest = 200;

/** The name that is wanted, with a number behind it where that is taken, and no longer than a name may be. */
export function findFreeName(wanted: string, taken: (name: string) => boolean): string {
	for (let number = 1; ; number++) {
		const end = number === 1 ? "" : `-${number}`;
		const name = cutName(wanted, end.length) + end;
		if (!taken(name)) return name;
	}
}

/** As much of a name as there is room for, with so many letters to come; a letter of two places stays whole. */
export const cutName = (name: string, more = 0): string =>
	name.length + more <= longest
		? name
		: name
				.slice(0, longest - more)
				.toWellFormed()
				.trim();

/** A name is one line that can be typed and read in a list. Throws `usage`. Call it before long work, too. */
export function checkCircuitName(name: string): void {
	if (name.trim() === "") throw new AppError("usage", "A circuit needs a name. Give one that is not empty.", { name });
	if (name.length > longest)
		throw new AppError("usage", `The circuit's name has ${name.length} characters. Give one of at most ${longest}.`, {
			name,
		});
	if (/\p{Cc}|\p{Zl}|\p{Zp}/u.test(name) || name !== name.trim() || !name.isWellFormed())
		throw new AppError(
			"usage",
			`${JSON.stringify(name)} cannot name a circuit: it begins or ends with a space or holds a line break or another invisible character.`,
			{ name },
		);
}
