import { useView } from "../document/view-store.ts";
import type { MenuEntry, MenuGroups } from "../ui/Menu.tsx";
import { findAction } from "./actions.ts";
import { showKeys } from "./shortcuts.ts";

const forNodes = [
	["trace-upstream", "trace-downstream", "respond", "steer"],
	["pin", "hide", "group", "ungroup", "collapse"],
	["select-upstream", "select-downstream", "zoom-selection"],
	["align-column", "align-row", "spread", "lay-out-selected", "flow-selected"],
	["copy-id", "neuronpedia"],
	["delete"],
];
const forEdges = [["delete"]];
const forGround = [
	["note", "tool-link", "tool-lasso"],
	["suggest-groups", "fit", "columns", "fold", "errors", "show-hidden", "show-all", "lay-out-all", "flow"],
	["select-all", "export-svg", "export-png"],
];

/** What can be done with what is under the pointer; what cannot be done now is left out. */
export function canvasMenu(): MenuGroups {
	const { selection, edge } = useView.getState();
	return menuOf(selection.size > 0 ? forNodes : edge !== null ? forEdges : forGround);
}

export function menuOf(groups: readonly (readonly string[])[]): MenuGroups {
	return groups.map((ids) =>
		ids.flatMap((id): MenuEntry[] => {
			const action = findAction(id);
			if (!action || action.enabled?.() === false) return [];
			const [keys] = action.keys ?? [];
			return [{ id, label: action.title, keys: keys === undefined ? undefined : showKeys(keys), run: action.run }];
		}),
	);
}
