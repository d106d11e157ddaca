import { AppError } from "#shared/errors";
import { upgradeRequest } from "#shared/exchange/upgrade-request";
import { type RunRequest, runRequest, writeRequest } from "#shared/trace-request";

/** What a run was asked, as it lies in its row. Throws `database` where that is no request of this version. */
export function readRunRequest(text: string): RunRequest {
	const parsed = runRequest.safeParse(parseJson(text));
	if (!parsed.success)
		throw new AppError(
			"database",
			"The database holds a run whose request cannot be read. Restore a copy of it, or give another --db.",
			{ request: text.slice(0, 400) },
		);
	return parsed.data;
}

/** A row of schema 8 in the form of schema 9; what is no request stays as it is, for whoever reads it to complain of. */
export function upgradeRow(text: string): string {
	const parsed = runRequest.safeParse(upgradeRequest(parseJson(text)));
	return parsed.success ? writeRequest(parsed.data) : text;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
