import { create } from "zustand";

/** A path that is shown on the canvas before everything else, by ids of the circuit's nodes. */
export const useHighlight = create<{ readonly path: readonly string[] | null }>(() => ({ path: null }));

export function highlightPath(path: readonly string[] | null): void {
	const before = useHighlight.getState().path;
	if (before !== path) useHighlight.setState({ path });
}
