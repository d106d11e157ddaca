import { setView } from "../document/view-store.ts";
import { zoomAt } from "./camera.ts";
import type { Gesture } from "./gesture.ts";
import { currentCamera, type Point } from "./under.ts";

/** Two fingers: the world between them grows as they part. */
export function beginPinch(fingers: ReadonlyMap<number, Point>): Gesture {
	const camera = currentCamera();
	const apart = spread(fingers);
	return {
		move() {
			const [a, b] = [...fingers.values()];
			if (a && b) setView({ camera: zoomAt(camera, spread(fingers) / apart, (a.x + b.x) / 2, (a.y + b.y) / 2) });
		},
		end() {},
	};
}

function spread(fingers: ReadonlyMap<number, Point>): number {
	const [a, b] = [...fingers.values()];
	return a && b ? Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) : 1;
}
