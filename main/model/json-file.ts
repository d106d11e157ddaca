import { AppError } from "#shared/errors";

/** The value in a JSON file's text. Throws `bad-file` naming `path`. */
export function parseJson(text: string, path: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new AppError("bad-file", `${path} is not JSON. Download it again.`, { path });
	}
}

/** The same where only an object will do; `what` says of what. */
export function parseJsonTable(text: string, path: string, what = "a table"): Record<string, unknown> {
	const json = parseJson(text, path);
	if (typeof json !== "object" || json === null || Array.isArray(json))
		throw new AppError("bad-file", `${path} is not ${what}. Download it again.`, { path });
	return json as Record<string, unknown>;
}
