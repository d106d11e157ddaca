import { extname, resolve } from "node:path";

/** The app's own kind of file: a project, which is imported beside what a person has. */
const projectEnding = ".scd";

/** The database that a start asks for: `--db FILE`. */
export function findDatabaseArgument(parameters: readonly string[], folder: string): string | undefined {
	const at = parameters.indexOf("--db");
	const named = at >= 0 ? parameters[at + 1] : undefined;
	return named === undefined ? undefined : resolve(folder, named);
}

/** Projects that were opened with the app: they are read into the database that is open. */
export function findProjectArguments(parameters: readonly string[], folder: string): readonly string[] {
	const database = parameters.indexOf("--db") + 1;
	return parameters
		.slice(1)
		.filter((one, i) => extname(one).toLowerCase() === projectEnding && (database === 0 || i + 1 !== database))
		.map((one) => resolve(folder, one));
}
