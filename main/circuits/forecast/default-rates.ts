import { availableParallelism } from "node:os";
import type { Rates } from "#shared/forecast";

/** More cores than these do not make the small products of one prompt faster. */
const usefulCores = 8;

/** What holds where nothing has been measured: a processor of some years, as fast as its cores. */
export function defaultRates(cores = availableParallelism()): Rates {
	const used = Math.min(usefulCores, cores);
	return {
		products: 1 / (35e9 * used),
		attention: 1 / (6e9 * used),
		read: 1 / 6e9,
		loaded: 60e-6,
		steps: 12e-6,
		entries: 5e-9,
	};
}
