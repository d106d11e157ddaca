import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { assert } from "#shared/errors";
import { silenceMs } from "./http-agent.ts";
import type { AnswerHead, TransferAsked, TransferTold } from "./transfer-messages.ts";

const workerFile = join(
	import.meta.dirname,
	import.meta.filename.endsWith(".ts") ? "transfer-worker.ts" : "transfer-worker.js",
);
const threads = 2;

/** A file that is being filled. Whoever opens it closes it. */
export interface OpenTransfer {
	/** Fetches its bytes from `from` to `end`; where the answer is none that holds just them, nothing is written. */
	fetch(
		url: string,
		headers: Readonly<Record<string, string>>,
		range: { readonly from: number; readonly end: number },
		signal: AbortSignal,
		listener: TransferListener,
	): Promise<AnswerHead>;
	/** So many bytes of it were written by the caller. */
	upTo(bytes: number): void;
	/** It was emptied. */
	startOver(): void;
	/** Hexadecimal hash of its first bytes; null where none was asked for. Rejects with the signal's reason. */
	end(bytes: number, signal: AbortSignal): Promise<string | null>;
	close(): void;
}

export interface TransferListener {
	/** The body comes: headers by name in small letters. */
	begun(headers: AnswerHead["headers"]): void;
	/** So much of the file is there, and so much of that is new. */
	written(bytes: number, received: number): void;
}

interface Listener {
	caller?: TransferListener;
	fetched?: { resolve(head: AnswerHead): void; reject(error: Error): void };
	digest?: { resolve(digest: string | null): void; reject(error: Error): void };
}

/** Threads that move bytes to the disk, so that whoever asks is not held up. Whoever opens them disposes of them. */
export class Transfers {
	#workers: Worker[] = [];
	#next = 0;
	readonly #listeners = new Map<number, Listener>();
	#disposed = false;

	open(path: string, algorithm: string | null, prefix = ""): OpenTransfer {
		assert(!this.#disposed, "transfers are used before they are disposed of");
		const id = this.#next++;
		const worker = this.#worker(id % threads);
		const listener: Listener = {};
		this.#listeners.set(id, listener);
		const send = (message: TransferAsked) => worker.postMessage(message);
		send({ id, type: "open", path, algorithm, prefix });
		return {
			fetch: (url, headers, range, signal, caller) =>
				new Promise<AnswerHead>((resolve, reject) => {
					// It is over when the thread says so: until then it may still write.
					const stop = () => send({ id, type: "stop" });
					const free = () => {
						signal.removeEventListener("abort", stop);
						delete listener.fetched;
					};
					listener.caller = caller;
					listener.fetched = {
						resolve(head) {
							free();
							resolve(head);
						},
						reject(error) {
							free();
							reject(signal.aborted ? signal.reason : error);
						},
					};
					signal.addEventListener("abort", stop, { once: true });
					send({ id, type: "fetch", url, headers, ...range, silenceMs });
				}),
			upTo: (bytes) => send({ id, type: "upTo", bytes }),
			startOver: () => send({ id, type: "startOver" }),
			end: (bytes, signal) =>
				new Promise((resolve, reject) => {
					const stop = () => reject(signal.reason);
					if (signal.aborted) return stop();
					signal.addEventListener("abort", stop, { once: true });
					const free = () => signal.removeEventListener("abort", stop);
					listener.digest = {
						resolve(digest) {
							free();
							resolve(digest);
						},
						reject(error) {
							free();
							reject(error);
						},
					};
					send({ id, type: "end", bytes });
				}),
			close: () => {
				send({ id, type: "close" });
				this.#listeners.delete(id);
			},
		};
	}

	dispose(): void {
		this.#disposed = true;
		for (const worker of this.#workers) void worker.terminate();
		this.#fail(new Error("The transfer was ended."));
	}

	#worker(index: number): Worker {
		const known = this.#workers[index];
		if (known) return known;
		const worker = new Worker(workerFile, { resourceLimits: { maxYoungGenerationSizeMb: 8 } });
		worker.on("message", (told: TransferTold) => this.#take(told));
		worker.on("error", (error) => this.#fail(error as Error));
		this.#workers[index] = worker;
		return worker;
	}

	#take(told: TransferTold): void {
		const listener = this.#listeners.get(told.id);
		if (!listener) return;
		if (told.type === "written") listener.caller?.written(told.bytes, told.received);
		else if (told.type === "begun") listener.caller?.begun(told.headers);
		else if (told.type === "fetched") listener.fetched?.resolve(told.head);
		else if (told.type === "digest") listener.digest?.resolve(told.digest);
		else {
			const { message, code, syscall } = told;
			const error = Object.assign(new Error(message), { code, syscall });
			(told.of === "fetch" ? listener.fetched : listener.digest)?.reject(error);
		}
	}

	#fail(error: Error): void {
		for (const { fetched, digest } of this.#listeners.values()) {
			fetched?.reject(error);
			digest?.reject(error);
		}
	}
}
