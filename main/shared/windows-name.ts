/** What Windows takes in no file's name, or drops from its end. */
const forbidden = /[:<>"|?*\x00-\x1f]|[. ](?:\/|$)/;

/** Whether a path, with slashes, can be the name of a file on Windows. */
export function fitsWindows(path: string): boolean {
	return !forbidden.test(path);
}
