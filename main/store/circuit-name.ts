import { AppError } from "#shared/errors";

const longest = 200;

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
