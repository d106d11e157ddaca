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

let budget = Number.POSITIVE_INFINITY;

/** Binds this process from now on: all of the app's processes together to `limit`, of which others hold `others`. */
export function limitMemory(limit: number | undefined, others = 0): void {
	budget = limit === undefined ? Number.POSITIVE_INFINITY : limit - others;
}

/** Bytes that may still be taken; negative where the limit is passed already. */
export function memoryLeft(): number {
	return budget === Number.POSITIVE_INFINITY ? budget : budget - process.memoryUsage.rss();
}

/** How many rows of so many bytes go into one run: at least one, since with fewer nothing would ever be done. */
export function rowsAtOnce(bytesPerRow: number): number {
	return Math.max(1, Math.floor(Math.min(usualRunBytes, runShare * memoryLeft()) / bytesPerRow));
}

/** What may stay loaded for the next run, `held` of it being there already. A card's memory is none of this process. */
export function cacheBytes(held: number, onCard = false): number {
	if (onCard) return cardCacheBytes;
	return Math.max(0, Math.min(usualCacheBytes, cacheShare * (memoryLeft() + held)));
}
