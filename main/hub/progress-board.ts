import type { DownloadProgress } from "#shared/download";
import { countPresent, type PlannedRepo } from "./plan-download.ts";
import type { RemoteFile } from "./repo-listing.ts";
import { TransferRate } from "./transfer-rate.ts";

const tellMs = 200;

/** Joins what all files say into one progress, told a few times a second. */
export class ProgressBoard {
	readonly #bytes = new Map<RemoteFile, number>();
	readonly #waiting = new Map<RemoteFile, string>();
	readonly #done = new Set<RemoteFile>();
	readonly #rate = new TransferRate();
	readonly #total: number;
	readonly #timer: NodeJS.Timeout;
	readonly #tell: () => void;
	#current: RemoteFile | undefined;

	constructor(
		queue: readonly { readonly part: PlannedRepo; readonly file: RemoteFile }[],
		tell: (progress: DownloadProgress) => void,
	) {
		for (const { part, file } of queue) this.#bytes.set(file, countPresent(part, file));
		this.#total = queue.reduce((sum, { file }) => sum + file.bytes, 0);
		this.#tell = () => tell(this.#describe());
		this.#timer = setInterval(this.#tell, tellMs);
		this.#tell();
	}

	progress(file: RemoteFile, bytes: number, received: number): void {
		this.#bytes.set(file, bytes);
		if (received > 0) {
			this.#rate.add(received);
			this.#current = file;
			this.#waiting.delete(file);
		}
	}

	waiting(file: RemoteFile, why: string | undefined): void {
		if (why === undefined) this.#waiting.delete(file);
		else this.#waiting.set(file, why);
	}

	finish(file: RemoteFile): void {
		this.#bytes.set(file, file.bytes);
		this.#done.add(file);
		this.#waiting.delete(file);
	}

	dispose(): void {
		clearInterval(this.#timer);
		this.#tell();
	}

	#describe(): DownloadProgress {
		const bytes = [...this.#bytes.values()].reduce((sum, one) => sum + one, 0);
		const perSecond = this.#rate.perSecond();
		const [why] = this.#waiting.values();
		const left = this.#total - bytes;
		return {
			bytes,
			totalBytes: this.#total,
			files: this.#done.size,
			totalFiles: this.#bytes.size,
			bytesPerSecond: Math.round(perSecond),
			// At first a rate is of next to nothing.
			...(perSecond > 1 && (left === 0 || this.#rate.isSettled()) && { secondsLeft: left / perSecond }),
			step: left === 0 ? "Checking" : (why ?? this.#current?.path ?? "Starting"),
		};
	}
}
