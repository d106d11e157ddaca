import { Worker } from "node:worker_threads";
import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportOutcome, ExportPreview, WrittenFile } from "#shared/contract/export-result";
import { AppError } from "#shared/errors";
import type { Progress } from "#shared/trace";
import type { ExportAnswer, ExportQuestion, ExportResult } from "../export/export-protocol.ts";
import type { ExportSource } from "../export/export-source.ts";
import type { ReportSource } from "../export/report/report-source.ts";
import type { ReportFile } from "../export/report/write-report.ts";
import { discardDrafts } from "../export/save-export.ts";
import { exportWorkerFile } from "./locations.ts";

interface Waiting {
	resolve(result: ExportResult): void;
	reject(error: Error): void;
	progress(progress: Progress): void;
}

export interface ThreadContext {
	readonly signal: AbortSignal;
	progress(progress: Progress): void;
}

/** So long a thread that has nothing to do keeps its letters. */
const idleMs = 120_000;

/** The thread in which exports are drawn: started when one is asked for, ended by a cancellation or when it rests. */
export class ExportThread {
	#worker: Worker | undefined;
	#count = 0;
	#rest: NodeJS.Timeout | undefined;
	readonly #waiting = new Map<number, Waiting>();

	async write(source: ExportSource, request: ExportRequest, path: string, context: ThreadContext) {
		return (await this.#ask({ kind: "write", path, source, request }, context)) as ExportOutcome;
	}

	async preview(source: ExportSource, request: ExportRequest, context: ThreadContext) {
		return (await this.#ask({ kind: "preview", source, request }, context)) as ExportPreview;
	}

	async report(source: ReportSource, files: readonly ReportFile[], context: ThreadContext) {
		return (await this.#ask({ kind: "report", source, files }, context)) as readonly WrittenFile[];
	}

	dispose(): void {
		this.#end(new AppError("cancelled", "The app was closed."));
	}

	#ask(question: Question, { signal, progress }: ThreadContext): Promise<ExportResult> {
		if (signal.aborted) return Promise.reject(cancelled());
		clearTimeout(this.#rest);
		const worker = this.#start();
		const id = ++this.#count;
		return new Promise((resolve, reject) => {
			// What is being drawn holds its thread; the others that wait for it are asked again.
			const cancel = () => this.#cancel(id);
			signal.addEventListener("abort", cancel, { once: true });
			const settle = () => {
				signal.removeEventListener("abort", cancel);
				this.#waiting.delete(id);
				this.#questions.delete(id);
				if (this.#waiting.size === 0) this.#restSoon();
			};
			this.#questions.set(id, question);
			this.#waiting.set(id, {
				resolve: (result) => {
					settle();
					resolve(result);
				},
				reject: (error) => {
					settle();
					reject(error);
				},
				progress,
			});
			worker.postMessage({ id, ...question });
		});
	}

	readonly #questions = new Map<number, Question>();

	#start(): Worker {
		if (this.#worker) return this.#worker;
		const worker = new Worker(exportWorkerFile, { resourceLimits: { maxOldGenerationSizeMb: 3000 } });
		worker.unref();
		worker.on("message", (answer: ExportAnswer) => this.#receive(answer));
		worker.on("error", (error) => {
			if (this.#worker === worker) this.#end(failure(error.message));
		});
		worker.on("exit", () => {
			if (this.#worker === worker) this.#end(failure("its thread ended"));
		});
		this.#worker = worker;
		return worker;
	}

	#receive(answer: ExportAnswer): void {
		const waiting = this.#waiting.get(answer.id);
		if (!waiting) return;
		if (answer.type === "progress") waiting.progress(answer.progress);
		else if (answer.type === "done") waiting.resolve(answer.result);
		else {
			const { failure: known, reason } = answer;
			waiting.reject(known ? new AppError(known.code, known.message, known.data) : failure(reason));
		}
	}

	#cancel(id: number): void {
		const others = [...this.#questions].filter(([other]) => other !== id);
		const question = this.#questions.get(id);
		const ended = this.#worker?.terminate();
		this.#worker = undefined;
		void Promise.resolve(ended).then(() => {
			if (question?.kind === "write") discardDrafts(question.path);
			if (question?.kind === "report") for (const { path } of question.files) discardDrafts(path);
			this.#waiting.get(id)?.reject(cancelled());
		});
		if (others.length === 0) return;
		const worker = this.#start();
		for (const [other, question] of others) worker.postMessage({ id: other, ...question });
	}

	#restSoon(): void {
		clearTimeout(this.#rest);
		this.#rest = setTimeout(() => {
			void this.#worker?.terminate();
			this.#worker = undefined;
		}, idleMs);
		this.#rest.unref();
	}

	#end(error: Error): void {
		clearTimeout(this.#rest);
		const worker = this.#worker;
		this.#worker = undefined;
		void worker?.terminate();
		for (const { reject } of [...this.#waiting.values()]) reject(error);
	}
}

type Question = ExportQuestion extends infer Q ? (Q extends ExportQuestion ? Omit<Q, "id"> : never) : never;

const cancelled = () => new AppError("cancelled", "The export was cancelled, and no file was written.");

function failure(reason: string): AppError {
	return new AppError(
		"engine",
		`The export could not be drawn: ${reason}. Try fewer pixels or another format, and please report it.`,
		{ reason },
	);
}
