import type { CacheRepo } from "./cache-repo.ts";
import type { HubConnection } from "./hub-connection.ts";
import type { RemoteFile } from "./repo-listing.ts";
import type { Transfers } from "./transfers.ts";

/** One file on its way into the cache. */
export interface FileTransfer {
	readonly connection: HubConnection;
	readonly transfers: Transfers;
	readonly repo: CacheRepo;
	readonly revision: string;
	readonly file: RemoteFile;
	/** Aborted: what has come is kept, and whoever asks next goes on with it. */
	readonly signal: AbortSignal;
	/** How much of the file is on disk, and how much of that has just come over the network. */
	progress(bytes: number, received: number): void;
	/** Told while it is waited for something: another process, the hub. */
	waiting(why: string | undefined): void;
}
