import type { Action, Titled } from "./action.ts";
import { circuitActions } from "./circuit-actions.ts";
import { editActions } from "./edit-actions.ts";
import { helpActions } from "./help-actions.ts";
import { selectionActions } from "./selection-actions.ts";
import { traceActions } from "./trace-actions.ts";
import { viewActions } from "./view-actions.ts";

/** All that can be done, in the order of the palette and of the sheet of shortcuts: one file a group. */
export const actions: readonly Action[] = [
	...of("Circuit", circuitActions),
	...of("Edit", editActions),
	...of("Selection", selectionActions),
	...of("Trace", traceActions),
	...of("View", viewActions),
	...of("Help", helpActions),
];

function of(group: Action["group"], members: readonly Titled[]): readonly Action[] {
	return members.map((member) => ({ ...member, group }));
}

export function findAction(id: string): Action | undefined {
	return actions.find((action) => action.id === id);
}

/** Does it where it can be done. */
export function runAction(id: string): void {
	const action = findAction(id);
	if (action && (action.enabled?.() ?? true)) action.run();
}
