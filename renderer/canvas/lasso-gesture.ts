import { useDerived } from "../document/derived-store.ts";
import { select, useView } from "../document/view-store.ts";
import type { Gesture, Press, Show } from "./gesture.ts";
import { currentCamera } from "./under.ts";

type Outline = readonly (readonly [number, number])[];

/** Selects what lies inside the line that is drawn; with Shift, beside what is selected. */
export function beginLasso(start: Press, show: Show): Gesture {
	const points: [number, number][] = [[start.x, start.y]];
	const adds = start.event.shiftKey;
	return {
		move({ x, y }) {
			points.push([x, y]);
			show({ lasso: [...points] });
		},
		end() {
			const inside = findInside(points);
			select(adds ? [...useView.getState().selection, ...inside] : inside);
		},
	};
}

/** Nodes whose middle is inside. */
function findInside(outline: Outline): readonly string[] {
	if (outline.length < 3) return [];
	const { x: left, y: top, zoom } = currentCamera();
	return useDerived
		.getState()
		.scene.nodes.filter(({ x, y, width, height }) =>
			isInside(outline, (x + width / 2 - left) * zoom, (y + height / 2 - top) * zoom),
		)
		.map(({ node }) => node.id);
}

/** By the number of times that a ray from the point crosses the outline. */
export function isInside(outline: Outline, x: number, y: number): boolean {
	let inside = false;
	for (const [i, [x1, y1]] of outline.entries()) {
		const [x2, y2] = outline[(i + 1) % outline.length] as readonly [number, number];
		if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
	}
	return inside;
}
