/**
 * The closed set of failures that a user can meet. A message is one or two sentences: what happened, why, what to do.
 * `data` holds the offending value for programs. Broken promises between programmers are plain `Error`s from `assert`.
 */
export type AppErrorCode =
	| "usage"
	| "not-found"
	| "bad-file"
	| "mismatch"
	| "bad-prompt"
	| "no-effect"
	| "database"
	| "engine"
	| "out-of-memory"
	| "disk-full"
	| "network"
	| "access"
	| "cancelled"
	| "unsupported";

export class AppError extends Error {
	readonly code: AppErrorCode;
	readonly data: Readonly<Record<string, unknown>>;

	constructor(code: AppErrorCode, message: string, data: Readonly<Record<string, unknown>> = {}) {
		super(message);
		this.name = "AppError";
		this.code = code;
		this.data = data;
	}
}

const interruptions: ReadonlySet<AppErrorCode> = new Set<AppErrorCode>([
	"engine",
	"out-of-memory",
	"disk-full",
	"database",
	"network",
]);

/** Whether work was cut off from without, so that asking for the same again goes on with it. */
export function isInterruption(code: AppErrorCode): boolean {
	return interruptions.has(code);
}

/** Throws when a programmer, not a user, broke a rule. */
export function assert(condition: unknown, message: string): asserts condition {
	if (!condition) throw new Error(`Broken invariant: ${message}`);
}
