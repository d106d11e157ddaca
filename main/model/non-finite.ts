import { AppError } from "#shared/errors";
import { type StoredTensor, scanTensor } from "./safetensors.ts";
import { findNonFiniteNumber } from "./stored-numbers.ts";

/** Number of the first value that is NaN or infinite. Reads the whole tensor, 4 MB at a time. */
export function findNonFinite(tensor: StoredTensor): number | undefined {
	return scanTensor(tensor, (bytes, dtype, first) => {
		const found = findNonFiniteNumber(bytes, dtype);
		return found === undefined ? undefined : first + found;
	});
}

/**
 * Throws `bad-file` naming the first damaged tensor. Reading every weight costs seconds for a large model, so call it
 * only when a result is not finite, to say why.
 */
export function checkFinite(tensors: Iterable<StoredTensor>): void {
	for (const tensor of tensors) {
		const index = findNonFinite(tensor);
		if (index === undefined) continue;
		const { name, path } = tensor;
		throw new AppError(
			"bad-file",
			`${name} in ${path} is damaged: its value number ${index} is not a finite number. Download the file again.`,
			{ path, name, index },
		);
	}
}
