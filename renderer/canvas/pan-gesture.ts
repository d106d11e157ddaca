import { select, setView } from "../document/view-store.ts";
import { type Gesture, type Press, watchForDrag } from "./gesture.ts";
import { currentCamera, edgeUnder } from "./under.ts";

/** Moves the camera. A mere click chooses the edge that is there, or nothing. */
export function beginPan(start: Press, canvas: HTMLCanvasElement): Gesture {
	const { x, y, zoom } = currentCamera();
	const isDrag = watchForDrag(start);
	return {
		move(at) {
			if (!isDrag(at)) return;
			canvas.style.cursor = "grabbing";
			setView({ camera: { x: x - (at.x - start.x) / zoom, y: y - (at.y - start.y) / zoom, zoom } });
		},
		end(at) {
			if (isDrag(at) || at.event.button !== 0) return;
			const edge = edgeUnder(start);
			if (edge === undefined) select([]);
			else setView({ edge, selection: new Set() });
		},
	};
}
