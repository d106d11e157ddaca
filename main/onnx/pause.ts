import { AppError } from "#shared/errors";
import { memoryLeft } from "./memory.ts";

/**
 * A run of ONNX Runtime blocks its thread, so long work pauses between runs: messages come in, and a cancellation among
 * them ends the work. Throws `cancelled` with `message`.
 */
export async function pauseBetweenRuns(signal: AbortSignal, message: string): Promise<void> {
	// Asking collects what nobody needs any more, where a limit comes near.
	memoryLeft();
	await new Promise<void>((resolve) => setImmediate(resolve));
	if (signal.aborted) throw new AppError("cancelled", message);
}
