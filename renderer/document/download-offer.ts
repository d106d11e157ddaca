import { requestForPath } from "#shared/catalogue-choice";
import { downloadRequest } from "#shared/contract/catalogue";
import type { DownloadRequest } from "#shared/download";

/** What would bring back what a failure misses: it says so itself, or by a path in the hub's cache. */
export function findOffer(failure: {
	readonly code: string;
	readonly data: Readonly<Record<string, unknown>>;
}): DownloadRequest | undefined {
	const { download, path } = failure.data;
	const said = downloadRequest.safeParse(download);
	if (said.success) return said.data;
	if (failure.code !== "not-found" && failure.code !== "bad-file") return undefined;
	return typeof path === "string" ? requestForPath(path) : undefined;
}
