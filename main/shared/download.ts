/** What can be fetched by name, and how far that has come. */

/** Names are those of the catalogue; a model may also be a repository, as `organisation/name`. */
export interface DownloadRequest {
	readonly models: readonly string[];
	readonly sets: readonly SetRequest[];
	/** Sample texts. */
	readonly texts?: readonly string[];
}

export interface SetRequest {
	/** A release, by its name. */
	readonly release: string;
	/** Some of its dictionaries, by their paths; all of them where it is left out. */
	readonly paths?: readonly string[];
}

export interface DownloadProgress {
	/** On disk already, also from before. */
	readonly bytes: number;
	readonly totalBytes: number;
	readonly files: number;
	readonly totalFiles: number;
	/** Over the network in the last seconds, each second; 0 while nothing comes. */
	readonly bytesPerSecond: number;
	readonly secondsLeft?: number;
	/** What is happening, for people. */
	readonly step: string;
}

/** What a download will do, found out before it begins. */
export interface DownloadForecast {
	readonly files: number;
	readonly bytes: number;
	/** Of `bytes`, what is on disk. */
	readonly presentBytes: number;
	/** On the disk that gets it; null where the system does not say. */
	readonly freeBytes: number | null;
	readonly cache: string;
}
