import { AppError } from "#shared/errors";

interface KnownFailure {
	/** Beginnings of the codes of SQLite, of the file system, and of zlib. */
	readonly codes: readonly string[];
	/** What happened, and what to do beside taking another file. */
	readonly tell: (path: string) => readonly [string, string];
}

const failures: readonly KnownFailure[] = [
	{
		codes: ["SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"],
		tell: (path) => [
			`The database ${path} is in use by another program and stayed locked for five seconds.`,
			"Close the other program",
		],
	},
	{
		codes: ["SQLITE_READONLY", "EACCES", "EPERM", "EROFS"],
		tell: (path) => [`The database ${path} cannot be written.`, "Check the permissions of the file and its folder,"],
	},
	{
		codes: ["SQLITE_NOTADB", "SQLITE_CORRUPT", "Z_"],
		tell: (path) => [`${path} is damaged or not a database, and was left as it is.`, "Restore a copy of it,"],
	},
	{
		codes: ["SQLITE_CANTOPEN", "ENOENT", "ENOTDIR", "EISDIR", "EEXIST"],
		tell: (path) => [`The database ${path} cannot be opened.`, "Check that the folder exists and may be written,"],
	},
	{
		codes: ["SQLITE_IOERR", "EIO"],
		tell: (path) => [`Reading or writing the database ${path} failed.`, "Check the disk and the space left on it,"],
	},
];

/**
 * Runs a database action; what SQLite throws becomes a sentence that says what to do.
 * @param otherwise What to do when the file itself cannot be had.
 */
export function withDatabaseErrors<T>(path: string, action: () => T, otherwise?: string): T {
	try {
		return action();
	} catch (cause) {
		throw describeDatabaseError(path, cause, otherwise);
	}
}

/** Whether SQLite failed with one of these codes, or with a finer one that begins so. */
export function isDatabaseErrorOf(cause: unknown, ...codes: readonly string[]): boolean {
	const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
	return typeof code === "string" && codes.some((beginning) => code.startsWith(beginning));
}

/** The user's sentence for what SQLite or the file system threw; anything else as it is. */
export function describeDatabaseError(path: string, cause: unknown, otherwise = "give another --db"): unknown {
	if (cause instanceof AppError) return cause;
	const data = { path, code: (cause as { code?: unknown }).code };
	if (isDatabaseErrorOf(cause, "SQLITE_FULL", "ENOSPC", "EDQUOT"))
		return new AppError(
			"disk-full",
			`The disk that holds ${path} is full. Free some space and try again; everything committed so far is kept.`,
			data,
		);
	const known = failures.find(({ codes }) => isDatabaseErrorOf(cause, ...codes));
	if (!known) return cause;
	const [what, advice] = known.tell(path);
	return new AppError("database", `${what} ${advice} or ${otherwise}.`, data);
}
