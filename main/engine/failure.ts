import { AppError } from "#shared/errors";
import type { EngineFailure } from "./protocol.ts";

/** An error as it crosses between processes. What no user could have caused is an engine failure. */
export function packFailure(error: unknown): EngineFailure {
	const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
	if (error instanceof AppError) return { code: error.code, message: error.message, data: error.data, ...stack };
	const reason = error instanceof Error ? error.message : String(error);
	return {
		code: "engine",
		message: `The engine met a fault of its own: ${reason}. Please report it.`,
		data: {},
		...stack,
	};
}

export function unpackFailure({ code, message, data, stack }: EngineFailure): AppError {
	const error = new AppError(code, message, data);
	if (stack !== undefined) error.stack = stack;
	return error;
}
