import { homedir } from "node:os";
import { isAbsolute, join, relative, sep } from "node:path";
import { referenceFolder } from "../locations.ts";

/**
 * Paths in a circuit file: what comes with the program is `bundled:saes`, what lies in the home folder `~/models`, so that
 * a file says nothing of whoever wrote it and means the same folder elsewhere. All else stays as it is.
 */
export function makePortable(path: string): string {
	const bundled = pathBelow(referenceFolder, path);
	if (bundled !== undefined) return `bundled:${bundled}`;
	const home = pathBelow(homedir(), path);
	return home === undefined ? path : `~/${home}`;
}

/**
 * The other way. A path that leads to another machine, out of its folder or to a device is cut down to its last part: a
 * file from anybody must not make this program reach out.
 */
export function makeLocal(path: string): string {
	const [, place, rest] = /^(bundled:|~\/)(.*)$/s.exec(path) ?? [];
	const isStrange =
		/^[\\/]{2}|^[a-z][a-z0-9+.-]+:\/|\p{Cc}/iu.test(rest ?? path) || (rest ?? path).split(/[\\/]/).includes("..");
	if (isStrange) return path.replace(/.*[\\/]|\p{Cc}/gsu, "").replace(/^\.+$/, "");
	if (rest === undefined) return path;
	return join(place === "~/" ? homedir() : referenceFolder, rest);
}

/** With forward slashes; undefined where it is not in the folder. */
function pathBelow(folder: string, path: string): string | undefined {
	if (!isAbsolute(path) || folder.length < 2) return undefined;
	const below = relative(folder, path);
	return below === "" || isAbsolute(below) || below.split(sep)[0] === ".." ? undefined : below.split(sep).join("/");
}

const pathKeys = new Set(["modelDir", "dictionaryDirs", "corpus", "file", "output"]);

/** A request with its paths changed, and all else as it was, in the same order. */
export function mapPaths(request: unknown, change: (path: string) => string): Record<string, unknown> {
	const changeAny = (value: unknown) =>
		typeof value === "string"
			? change(value)
			: Array.isArray(value)
				? value.map((one: unknown) => (typeof one === "string" ? change(one) : one))
				: value;
	return Object.fromEntries(
		Object.entries((request ?? {}) as Record<string, unknown>).map(([key, value]) => [
			key,
			pathKeys.has(key) ? changeAny(value) : value,
		]),
	);
}
