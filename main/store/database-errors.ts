import { AppError } from "#shared/errors";

/** Runs a database action; what SQLite throws becomes a sentence that says what to do. */
export function withDatabaseErrors<T>(path: string, action: () => T): T {
	try {
		return action();
	} catch (cause) {
		throw describeDatabaseError(path, cause);
	}
}

function describeDatabaseError(path: string, cause: unknown): unknown {
	const code = (cause as { code?: unknown }).code;
	if (typeof code !== "string") return cause;
	const data = { path, code };
	if (/^SQLITE_(BUSY|LOCKED)/.test(code))
		return new AppError(
			"database",
			`The database ${path} is in use by another program and stayed locked for five seconds. Close the other program or give another --db.`,
			data,
		);
	if (/^SQLITE_READONLY|^EACCES|^EPERM|^EROFS/.test(code))
		return new AppError(
			"database",
			`The database ${path} cannot be written. Check the permissions of the file and its folder, or give another --db.`,
			data,
		);
	if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
		return new AppError(
			"database",
			`${path} is damaged or not a database, and was left as it is. Restore a copy of it, or give another --db to begin a new one.`,
			data,
		);
	if (/^SQLITE_FULL|^ENOSPC/.test(code))
		return new AppError(
			"disk-full",
			`The disk that holds ${path} is full. Free some space and try again; everything committed so far is kept.`,
			data,
		);
	if (/^SQLITE_CANTOPEN|^ENOENT|^ENOTDIR|^EISDIR|^EEXIST/.test(code))
		return new AppError(
			"database",
			`The database ${path} cannot be opened. Check that the folder exists and may be written, or give another --db.`,
			data,
		);
	if (/^SQLITE_IOERR/.test(code))
		return new AppError(
			"database",
			`Reading or writing the database ${path} failed. Check the disk, or give another --db.`,
			data,
		);
	return cause;
}
