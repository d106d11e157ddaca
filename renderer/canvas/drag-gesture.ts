import { pinFeatures } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { select, useView } from "../document/view-store.ts";
import { type Gesture, type Press, type Show, watchForDrag } from "./gesture.ts";
import { moveBy } from "./move-by.ts";
import { currentCamera, nodeUnder } from "./under.ts";

/** Takes what is selected, with the node that was pressed, to another place or onto the pin tray. A click selects. */
export function beginDrag(start: Press, id: string, show: Show): Gesture {
	const { selection } = useView.getState();
	if (start.event.shiftKey) select(toggle(selection, id));
	else if (!selection.has(id)) select([id]);
	const ids = useView.getState().selection;
	const isDrag = watchForDrag(start);
	const way = (at: Press) => {
		const { zoom } = currentCamera();
		return { dx: (at.x - start.x) / zoom, dy: (at.y - start.y) / zoom };
	};
	return {
		move(at) {
			if (!isDrag(at)) return;
			show({ drag: { ids, ...way(at) }, hover: undefined });
			pinTray()?.toggleAttribute("data-over", isOverTray(at.event));
		},
		end(at) {
			if (!isDrag(at)) {
				const under = nodeUnder(at);
				if (under !== undefined && !at.event.shiftKey) select([under]);
			} else if (isOverTray(at.event)) pinFeatures(membersOf(ids));
			else {
				const { dx, dy } = way(at);
				moveBy(ids, dx, dy);
			}
		},
	};
}

export const pinTray = () => document.querySelector("[data-pin-tray]");

function isOverTray({ clientX, clientY }: MouseEvent): boolean {
	const box = pinTray()?.getBoundingClientRect();
	return !!box && clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

function toggle(selection: ReadonlySet<string>, id: string): readonly string[] {
	return selection.has(id) ? [...selection].filter((one) => one !== id) : [...selection, id];
}

function membersOf(ids: ReadonlySet<string>): readonly string[] {
	return useDerived
		.getState()
		.view.nodes.filter(({ id }) => ids.has(id))
		.flatMap(({ members }) => members);
}
