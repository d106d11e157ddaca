import type { DownloadProgress, DownloadRequest } from "#shared/download";
import { HubConnection } from "../hub/hub-connection.ts";
import type { HubSettings } from "../hub/hub-settings.ts";
import { type DownloadPlan, planDownload } from "../hub/plan-download.ts";
import { runDownload } from "../hub/run-download.ts";

interface FetchListener {
	/** The hub has said what it is; false to leave it at that. */
	planned(plan: DownloadPlan): boolean;
	progress(progress: DownloadProgress): void;
	/** Why nothing comes, and for how long. */
	waiting(step: string): void;
}

/** Fetches what a request names. Throws `network`, `access`, `not-found`, `bad-file`, `disk-full`, or the signal's reason. */
export async function fetchRequest(
	settings: HubSettings,
	request: DownloadRequest,
	signal: AbortSignal,
	{ planned, progress, waiting }: FetchListener,
): Promise<void> {
	const connection = new HubConnection(settings, {
		signal,
		waiting: (seconds, why) => waiting(`${why}; goes on in ${Math.ceil(seconds)} s`),
	});
	try {
		const plan = await planDownload(connection, request);
		if (planned(plan)) await runDownload(connection, plan, signal, progress);
	} finally {
		connection.dispose();
	}
}
