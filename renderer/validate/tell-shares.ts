import { tooSmallToDivide } from "#shared/ratio";
import type { ValidationReport } from "#shared/validation";

/** What faithfulness and completeness say, as a colleague would; empty while they are not known. */
export function tellShares({ effect, faithfulness, completeness, metric }: ValidationReport): string {
	if (!effect && !faithfulness) return "";
	if (!faithfulness || !completeness)
		return `No share is told here, for ${tooSmallToDivide}: with all features left out, the ${metric === undefined ? "loss" : "metric"} is about what it is with all of them.`;
	const [kept, left] = [faithfulness.value, completeness.value];
	const alone = `The circuit alone keeps ${percent(kept)} of what all features do together`;
	const without = `without it ${percent(left)} is left`;
	return `${alone}; ${without}${judge(kept, left)}.`;
}

const percent = (share: number) => `${(100 * share).toFixed(0)}%`.replace("-", "−");

function judge(kept: number, left: number): string {
	const enough = kept > 0.8 && kept < 1.2;
	if (enough && left < 0.2) return ": it does the work, and nothing else does it too";
	if (kept >= 1.2) return ": alone it overshoots, and what is outside holds against it";
	if (enough) return ": it can do the work, and so can others";
	if (left < 0.2) return ": it is needed, and not enough by itself";
	return ": much of the work is done elsewhere";
}
