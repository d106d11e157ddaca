import { closeComparison } from "../document/comparison.ts";
import { isComparing } from "../document/comparison-store.ts";
import { showToast } from "../ui/toast-store.ts";
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
	return members.map((member) => ({
		...member,
		group,
		enabled: () => isAllowed(member) && (member.enabled?.() ?? true),
	}));
}

/** While two circuits are compared, only what looks at them, and leads elsewhere, can be done. */
const whileComparing: ReadonlySet<string> = new Set([
	...viewActions.map(({ id }) => id),
	...helpActions.map(({ id }) => id),
	...["circuits", "library", "new-trace", "compare", "close-comparison"],
	...["undo", "redo", "select-all", "clear-selection", "select-upstream", "select-downstream", "copy-id"],
]);
/** These would change the open circuit, or say something of it. */
const ofTheCircuit: ReadonlySet<string> = new Set(["lay-out-all", "flow", "history", "show-hidden"]);

const isAllowed = ({ id }: Titled): boolean =>
	id === "close-comparison" ? isComparing() : !isComparing() || (whileComparing.has(id) && !ofTheCircuit.has(id));

export function findAction(id: string): Action | undefined {
	return actions.find((action) => action.id === id);
}

function tellThatComparing(): void {
	showToast({
		severity: "info",
		message: "Two circuits are being compared, and nothing is changed meanwhile. Close the comparison first.",
		action: { label: "Close it", run: closeComparison },
	});
}

/** Does it where it can be done. */
export function runAction(id: string): void {
	const action = findAction(id);
	if (!action) return;
	if (!isAllowed(action)) tellThatComparing();
	else if (action.enabled?.() ?? true) action.run();
}
