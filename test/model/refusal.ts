import { AppError } from "#shared/errors";

/** The error that `act` must end in. */
export function refusalOf(act: () => unknown): AppError {
	try {
		act();
	} catch (error) {
		if (error instanceof AppError) return error;
		throw error;
	}
	throw new Error("nothing was refused");
}
