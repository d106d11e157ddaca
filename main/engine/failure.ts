import { AppError } from "#shared/errors";
import type { EngineFailure } from "./protocol.ts";

/** Whether the words of V8, C++ or ONNX Runtime say that memory ran out. */
export function isOutOfMemory(words: string): boolean {
	return /out of memory|bad_alloc|failed to allocate memory|allocation failed/i.test(words);
}

/** An error as it crosses between processes. What no user could have caused is an engine failure. */
export function packFailure(error: unknown): EngineFailure {
	const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
	if (error instanceof AppError) return { code: error.code, message: error.message, data: error.data, ...stack };
	const reason = error instanceof Error ? error.message : String(error);
	if (isOutOfMemory(reason))
		return {
			code: "out-of-memory",
			message: `Memory ran out (${reason}). Use a shorter prompt or fewer nodes, or lower --memory-limit; what was finished is kept.`,
			data: { reason },
			...stack,
		};
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
