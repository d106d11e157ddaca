import { AppError } from "#shared/errors";
import type { NodeChoice } from "#shared/trace-request";
import type { TracedSite } from "./circuit-assembly.ts";

/** More nodes than this are explained by no trace: nobody could open the circuit. */
const mostNodes = 200_000;

type Chosen = Pick<TracedSite, "attributions" | "chosen" | "errors">;

/** Throws `no-effect` where a threshold leaves no feature to explain, `usage` where a rule leaves more than a circuit holds. */
export function checkChosen(sites: readonly Chosen[], choice: NodeChoice, most = mostNodes): void {
	const count = sites.reduce((sum, { chosen, errors }) => sum + chosen.length + errors.alone.length, 0);
	if (count > most) throw refuseMany(sites, choice, count, most);
	if (choice.by !== "threshold" || sites.some(({ chosen }) => chosen.length > 0)) return;
	const largest = sites.reduce(
		(most, { attributions }) => attributions.attributions.reduce((a, b) => Math.max(a, Math.abs(b)), most),
		0,
	);
	throw new AppError(
		"no-effect",
		`The threshold ${choice.threshold} leaves no feature; the largest |attribution| is ${largest.toPrecision(3)}. Lower the threshold.`,
		{ threshold: choice.threshold, largest },
	);
}

function refuseMany(sites: readonly Chosen[], choice: NodeChoice, count: number, most: number): AppError {
	const show = (number: number) => number.toLocaleString("en");
	return new AppError(
		"usage",
		`${show(count)} nodes would be explained, and a circuit holds ${show(most)} at most. ${advise(sites, choice, most)}`,
		{ nodes: count, most },
	);
}

function advise(sites: readonly Chosen[], choice: NodeChoice, most: number): string {
	switch (choice.by) {
		case "count":
			return `Ask for ${Math.max(1, Math.floor(most / (2 * sites.length)))} a site or fewer.`;
		case "threshold":
			return `A threshold of ${findThreshold(sites, most)} leaves few enough.`;
		case "share":
			return "Ask for a smaller share.";
		case "percentile":
			return "Ask for a higher percentile.";
	}
}

/** Rounded up, so that what is advised works. */
function findThreshold(sites: readonly Chosen[], most: number): number {
	const sizes = Float64Array.from(
		sites.flatMap(({ attributions: { attributions, errorAttributions } }) =>
			[...attributions, ...errorAttributions].map(Math.abs),
		),
	).sort();
	const least = sizes[Math.max(0, sizes.length - most - 1)] ?? 0;
	const unit = 10 ** (Math.floor(Math.log10(Math.max(least, Number.MIN_VALUE))) - 1);
	return Number((Math.ceil(least / unit) * unit).toPrecision(2));
}
