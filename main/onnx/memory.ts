import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * The one budget of memory: what this process may take beside the app's others, as the operating system counts it. It
 * belongs to the process like the memory itself; the engine sets it for each call, and whatever has a choice asks here.
 */

/** Bytes of the rows of one run where nothing limits it. More is no faster: products of this size keep all cores busy. */
const usualRunBytes = 134_217_728;
/** Of what is left: results are copied out of the runtime, whose own pool grows in steps of up to twice its need. */
const runShare = 0.25;
/** Encoders that stay loaded where nothing limits them. */
const usualCacheBytes = 536_870_912;
/**
 * Encoders that stay on a card: those of GPT-2 small's 36 sites at 24,576 features are 2.7 GB. ONNX Runtime for Node does not
 * say how much memory a card has; where it has less, loading fails and is tried again with all others gone.
 */
const cardCacheBytes = 3_221_225_472;
/** Of what is left, for what stays loaded between runs. */
const cacheShare = 0.6;

/** Garbage is collected where less than this share of the budget is left and so much has been taken since it last was. */
const garbageFrom = 0.25;

let collectGarbage = () => {
	setFlagsFromString("--expose-gc");
	collectGarbage = runInNewContext("gc") as () => void;
	collectGarbage();
};
/** What was held when garbage was last collected, or less. */
let heldOnce = Number.POSITIVE_INFINITY;
let budget = Number.POSITIVE_INFINITY;

/** Binds this process from now on: all of the app's processes together to `limit`, of which others hold `others`. */
export function limitMemory(limit: number | undefined, others = 0): void {
	budget = limit === undefined ? Number.POSITIVE_INFINITY : limit - others;
}

/** Whether there is a limit: memory is then given back as soon as it is free, which costs some time. */
export const isMemoryLimited = (): boolean => budget !== Number.POSITIVE_INFINITY;

/** Bytes that may still be taken; negative where the limit is passed already. */
export function memoryLeft(): number {
	if (!isMemoryLimited()) return budget;
	const held = process.memoryUsage.rss();
	// What nobody needs any more counts until it is collected, and there is no hurry to while memory is plenty.
	if (budget - held > garbageFrom * budget || held - heldOnce < garbageFrom * budget) {
		heldOnce = Math.min(heldOnce, held);
		return budget - held;
	}
	collectGarbage();
	heldOnce = process.memoryUsage.rss();
	return budget - heldOnce;
}

/** How many rows of so many bytes go into one run: at least one, since with fewer nothing would ever be done. */
export function rowsAtOnce(bytesPerRow: number, usualBytes = usualRunBytes): number {
	return Math.max(1, Math.floor(Math.min(usualBytes, runShare * memoryLeft()) / bytesPerRow));
}

/** Whether there is room for a second copy of what is mapped already or about to be. */
export const mayCopy = (bytes: number): boolean => 2 * bytes < cacheShare * memoryLeft();

/** What may be mapped at once for one run. */
export const mappedBytes = (): number => cacheShare * memoryLeft();

/** What may stay loaded for the next run, `held` of it being there already. A card's memory is none of this process. */
export function cacheBytes(held: number, onCard = false): number {
	if (onCard) return cardCacheBytes;
	return Math.max(0, Math.min(usualCacheBytes, cacheShare * (memoryLeft() + held)));
}
