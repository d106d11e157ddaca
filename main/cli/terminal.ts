import type { DownloadProgress } from "#shared/download";
import { AppError, type AppErrorCode } from "#shared/errors";
import type { Progress } from "#shared/trace";
import { type FileParts, writeParts } from "../export/text-parts.ts";
import { size } from "./size.ts";

/** Prints for people on standard error, results on standard output. */
export function printResult(text: string): void {
	process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** A file's content, for another program to read; bytes are not for a terminal. */
export function printFile(content: string | Uint8Array): void {
	if (typeof content === "string") printResult(content);
	else {
		refuseTerminal();
		process.stdout.write(content);
	}
}

/** The same for what comes piece by piece. */
export async function printParts(parts: FileParts, isBinary: boolean): Promise<void> {
	if (isBinary) refuseTerminal();
	await writeParts(process.stdout, parts);
}

function refuseTerminal(): void {
	if (process.stdout.isTTY)
		throw new AppError("usage", "A picture cannot be shown here. Write it to a file with -o, or send it to a program.");
}

export function printJson(value: unknown): void {
	printResult(JSON.stringify(value));
}

/** Rounded up, in the unit that fits. */
export function describeSeconds(seconds: number): string {
	if (seconds < 100) return `${Math.ceil(seconds)} s`;
	return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

const width = 28;

interface ProgressBar {
	show(progress: Progress): void;
	clear(): void;
}

/** A bar in a terminal; elsewhere a line soon after the start and every ten seconds, for whoever reads a log. */
export function createProgressBar(): ProgressBar {
	const { stderr } = process;
	if (!stderr.isTTY) return createProgressLines();
	return {
		show({ step, done, total, secondsLeft }) {
			const filled = Math.round((width * done) / Math.max(1, total));
			const left = secondsLeft === undefined ? "" : `  ${describeSeconds(secondsLeft)} left`;
			stderr.write(`\r\x1b[K${"█".repeat(filled)}${"░".repeat(width - filled)}  ${step}${left}`);
		},
		clear: () => void stderr.write("\r\x1b[K"),
	};
}

/** What is fetched, as a bar shows it. */
export function describeFetched({
	bytes,
	totalBytes,
	bytesPerSecond,
	secondsLeft,
	step,
}: Omit<DownloadProgress, "files" | "totalFiles">): Progress {
	const speed = bytesPerSecond > 0 ? `, ${size(bytesPerSecond)}/s` : "";
	return {
		step: `${size(bytes)} of ${size(totalBytes)}${speed}  ${step}`,
		done: bytes,
		total: totalBytes,
		...(secondsLeft !== undefined && { secondsLeft }),
	};
}

/** What is over sooner needs no word about when it will be. */
const firstLineMs = 2000;
const lineMs = 10_000;

function createProgressLines(): ProgressBar {
	let timer: NodeJS.Timeout | undefined;
	let last: Progress | undefined;
	const write = () => {
		if (!last) return;
		const { step, done, total, secondsLeft } = last;
		const left = secondsLeft === undefined ? "" : `, ${describeSeconds(secondsLeft)} left`;
		timer = setTimeout(write, lineMs);
		process.stderr.write(`scd: ${Math.floor((100 * done) / Math.max(1, total))}%${left}: ${step}\n`);
	};
	return {
		show(progress) {
			last = progress;
			timer ??= setTimeout(write, firstLineMs);
		},
		clear() {
			clearTimeout(timer);
			timer = undefined;
			last = undefined;
		},
	};
}

/** Runs a command's work with a signal that Ctrl-C fires; a second Ctrl-C ends the process at once. */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const controller = new AbortController();
	const interrupt = () => {
		if (controller.signal.aborted) process.exit(1);
		controller.abort();
	};
	process.on("SIGINT", interrupt);
	process.on("SIGTERM", interrupt);
	try {
		return await work(controller.signal);
	} finally {
		process.off("SIGINT", interrupt);
		process.off("SIGTERM", interrupt);
	}
}

/** A line for each folder that could not be used: what is left out is said. */
export function reportSkipped(skipped: readonly { readonly path: string; readonly reason: string }[]): void {
	for (const { path, reason } of skipped) process.stderr.write(`scd: left out ${path}: ${reason}\n`);
}

/** Something to know that stops nothing, on standard error. */
export function warn(text: string): void {
	process.stderr.write(`scd: ${text}\n`);
}

/** What a command line says cannot be meant, whatever lies on the machine. */
const wrongUsage: ReadonlySet<AppErrorCode> = new Set<AppErrorCode>(["usage", "bad-prompt"]);

/** One line on standard error and the exit code: 2 for wrong usage, 1 for everything else. */
export function reportFailure(error: unknown, debug: boolean): void {
	const known = error instanceof AppError;
	const message = known
		? error.message
		: `The program met a fault of its own: ${error instanceof Error ? error.message : String(error)}. Please report it.`;
	process.stderr.write(`scd: ${message.replace(/\s*\n\s*/g, " ")}\n`);
	if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
	process.exitCode = known && wrongUsage.has(error.code) ? 2 : 1;
}
