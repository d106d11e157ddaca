import { extname, resolve } from "node:path";

/** The app's own kind of file: a database with its circuits. */
export const databaseEnding = ".scd";

/** The database that a start asks for: `--db FILE`, or a file of our kind that was opened with the app. */
export function findDatabaseArgument(parameters: readonly string[], folder: string): string | undefined {
	const at = parameters.indexOf("--db");
	const named = at >= 0 ? parameters[at + 1] : parameters.slice(1).find((one) => extname(one) === databaseEnding);
	return named === undefined ? undefined : resolve(folder, named);
}
