import { type ComparedRun, useComparison } from "./comparison-store.ts";
import { useDocument } from "./document-store.ts";

/** What describes that which is on the canvas: the open circuit's run, or that of a comparison. */
export function useShownRun(): ComparedRun | null {
	const comparison = useComparison((state) => state.comparison);
	const run = useDocument((state) => state.run);
	return comparison ? comparison.run : run;
}

export function shownRun(): ComparedRun | null {
	const { comparison } = useComparison.getState();
	return comparison ? comparison.run : useDocument.getState().run;
}
