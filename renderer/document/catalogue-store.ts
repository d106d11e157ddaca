import { create } from "zustand";
import type { Catalogue, Download } from "#shared/contract/catalogue";
import type { DownloadRequest } from "#shared/download";
import { client, watchConnection } from "../bridge/connection.ts";
import { reportError } from "./session-store.ts";

/** What can be fetched, what of it is on this machine, and what is being fetched. */
export const useCatalogue = create<{
	readonly catalogue: Catalogue | null;
	readonly downloads: readonly Download[];
}>(() => ({ catalogue: null, downloads: [] }));

const set = useCatalogue.setState;

async function refreshCatalogue(): Promise<void> {
	set({ catalogue: await client.call("catalogue.list", {}) });
}

async function refreshAll(): Promise<void> {
	set({ downloads: await client.call("downloads.list", {}) });
	await refreshCatalogue();
}

/** Begins to listen. */
export function startCatalogue(): void {
	watchConnection(({ status }) => {
		if (status === "open") refreshAll().catch(reportError);
	});
	client.on("library", () => void refreshCatalogue().catch(reportError));
	client.on("download", (download) => {
		set(({ downloads }) => ({ downloads: putDownload(downloads, download) }));
		// Paused or failed, it may have brought some of what it was to bring.
		if (download.state === "paused" || download.state === "failed") refreshCatalogue().catch(reportError);
	});
	client.on("download-gone", ({ id }) => {
		set(({ downloads }) => ({ downloads: downloads.filter((one) => one.id !== id) }));
		refreshCatalogue().catch(reportError);
	});
}

function putDownload(downloads: readonly Download[], download: Download): readonly Download[] {
	return downloads.some(({ id }) => id === download.id)
		? downloads.map((one) => (one.id === download.id ? download : one))
		: [...downloads, download];
}

/** Begins to fetch; what is fetched already under the same request goes on instead. */
export function fetchPublished(request: DownloadRequest): void {
	const same = findDownload(useCatalogue.getState().downloads, request);
	const done =
		same && same.state !== "done"
			? client.call("downloads.resume", { download: same.id })
			: client.call("downloads.start", { download: crypto.randomUUID(), request });
	done.catch(reportError);
}

/** The newest download of just this. */
export function findDownload(downloads: readonly Download[], request: DownloadRequest): Download | undefined {
	const wanted = JSON.stringify(request);
	return downloads.findLast((one) => JSON.stringify(one.request) === wanted);
}

export const pauseDownload = (download: string) => void client.call("downloads.pause", { download }).catch(reportError);
export const resumeDownload = (download: string) =>
	void client.call("downloads.resume", { download }).catch(reportError);
export const cancelDownload = (download: string) =>
	void client.call("downloads.cancel", { download }).catch(reportError);
export const dismissDownload = (download: string) =>
	void client.call("downloads.dismiss", { download }).catch(reportError);
