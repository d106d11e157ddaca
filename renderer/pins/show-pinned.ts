import { withoutPosition } from "#shared/node-id";
import { zoomTo } from "../canvas/camera.ts";
import { useDerived } from "../document/derived-store.ts";
import { select } from "../document/view-store.ts";
import { showToast } from "../ui/toast-store.ts";

/** Selects what the canvas shows of these, by id with or without position, and goes there. */
export function showPinned(ids: readonly string[], name: string): void {
	const wanted = new Set(ids);
	const nodes = useDerived
		.getState()
		.view.nodes.filter(({ members }) => members.some((id) => wanted.has(id) || wanted.has(withoutPosition(id))));
	if (nodes.length === 0) {
		showToast({ severity: "info", message: `${name} is pinned, but no node of this circuit shows it.` });
		return;
	}
	const found = new Set(nodes.map(({ id }) => id));
	select(found);
	zoomTo(found);
}
