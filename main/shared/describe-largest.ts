import { formatNumber } from "./drawing/svg-text.ts";

/** A feature's largest activation in words; of kinds that keep the sign it may be one below 0. */
export function describeLargest(largest: number): string {
	return `${largest < 0 ? "down to" : "at most"} ${formatNumber(largest)}`;
}
