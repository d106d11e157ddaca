import { AppError } from "#shared/errors";
import type { ForecastKind } from "#shared/forecast";
import type { MemoryDemand } from "./demand.ts";
import type { Outlook } from "./forecast.ts";
import { layersOf } from "./sizes.ts";

/** The engine's process before it has loaded anything, and what the app's own holds where nothing else is known. */
export const engineBytes = 150e6;
export const usualOthersBytes = 130e6;

/** Without a limit the runtime's pool grows in steps of up to twice its need. */
const poolFactor = 2;
/** As near as limits are kept. */
const tolerance = 1.1;
const [cacheMost, cacheShare, runShare] = [536_870_912, 0.6, 0.25];

/** Weights and encoders that are in use at the same time at least. */
function leastMapped({ weights, leastWeights = weights, beside = leastWeights, largestEncoder }: MemoryDemand): number {
	return Math.max(leastWeights, beside + largestEncoder);
}

/** What cannot be less: a single row at a time and one encoder. */
export function leastBytes(memory: MemoryDemand, othersBytes: number): number {
	return othersBytes + engineBytes + leastMapped(memory) + memory.held + memory.row;
}

/** Expected peak of all processes together, under a limit or without one. */
export function expectBytes(memory: MemoryDemand, othersBytes: number, limit = Number.POSITIVE_INFINITY): number {
	const { weights, leastWeights = weights, beside = weights } = memory;
	const fixed = othersBytes + engineBytes + memory.held + beside;
	const left = limit - fixed;
	const cache = Math.min(memory.encoders, Math.max(memory.largestEncoder, Math.min(cacheMost, cacheShare * left)));
	const rows = Math.min(memory.rows * memory.row, Math.max(memory.row, runShare * left));
	const isLimited = limit !== Number.POSITIVE_INFINITY;
	const mapped = Math.max(cache, (isLimited ? leastWeights : weights) - beside);
	const expected = fixed + mapped + (isLimited ? 1 : poolFactor) * rows;
	return isLimited ? Math.max(leastBytes(memory, othersBytes), Math.min(limit, expected)) : expected;
}

const showMegabytes = (bytes: number) => `${Math.ceil(bytes / 1e6).toLocaleString("en")} MB`;

/** Runs that go on as well with the dictionaries of some layers alone. */
const chooseLayers: ReadonlySet<ForecastKind> = new Set(["gradient", "consensus", "ablation", "validate", "collect"]);

/** Throws `out-of-memory` where a run cannot keep the limit even one row at a time, and says what would fit. */
export function checkMemoryFloor(outlook: Outlook, limit: number, othersBytes: number): void {
	const { memory } = outlook.demand;
	const least = leastBytes(memory, othersBytes);
	if (least <= tolerance * limit) return;
	const longest = Math.max(0, ...outlook.sizes.tokens);
	const fits = (less: Parameters<Outlook["demandOf"]>[0]) =>
		leastBytes(outlook.demandOf(less).memory, othersBytes) <= limit;
	const tokens = findMost(longest, (count) => fits({ tokens: count }));
	const used = chooseLayers.has(outlook.kind) ? layersOf(outlook.sizes).length : 0;
	const layers = used > 1 ? findMost(used - 1, (count) => fits({ layers: count })) : 0;
	const parts = [
		["the program itself", othersBytes + engineBytes],
		["weights in use at once", leastMapped(memory)],
		[`a run over ${longest.toLocaleString("en")} tokens`, memory.row + memory.held],
	] as const;
	const listed = parts.filter(([, bytes]) => bytes >= 1e6).map(([name, bytes]) => `${name} ${showMegabytes(bytes)}`);
	const fewer = [
		tokens >= 2 ? `give at most ${tokens.toLocaleString("en")} tokens` : "",
		layers >= 1 ? `use the dictionaries of at most ${layers} ${layers === 1 ? "layer" : "layers"}` : "",
	].filter((advice) => advice !== "");
	throw new AppError(
		"out-of-memory",
		`A limit of ${showMegabytes(limit)} cannot be kept: ${listed.join(", ")}, ${showMegabytes(least)} together. Allow ${showMegabytes(roundUp(least))} or more${fewer.map((advice) => `, or ${advice}`).join("")}.`,
		{ limit, least, tokens, layers },
	);
}

/** To two digits, so that it can be remembered. */
function roundUp(bytes: number): number {
	const unit = 10 ** Math.max(6, Math.floor(Math.log10(bytes)) - 1);
	return Math.ceil(bytes / unit) * unit;
}

/** The largest number from 1 to `most` that fits, 0 where none does; what fits, fits when it is smaller. */
function findMost(most: number, fits: (count: number) => boolean): number {
	let [low, high] = [0, most];
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		if (fits(middle)) low = middle;
		else high = middle - 1;
	}
	return low;
}
