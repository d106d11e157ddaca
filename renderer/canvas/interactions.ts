import { setView } from "../document/view-store.ts";
import { zoomAt } from "./camera.ts";
import { beginDrag, pinTray } from "./drag-gesture.ts";
import type { Gesture, Press, Show } from "./gesture.ts";
import { beginLasso } from "./lasso-gesture.ts";
import { beginLink } from "./link-gesture.ts";
import { beginPan } from "./pan-gesture.ts";
import { beginPinch } from "./pinch-gesture.ts";
import { useTool } from "./tool-store.ts";
import { currentCamera, localPoint, nodeUnder, type Point } from "./under.ts";
import { createWheelGesture } from "./wheel-gesture.ts";

/**
 * Pointer and wheel on the canvas: each press becomes a gesture (`*-gesture.ts`). What is in progress is only an overlay;
 * the circuit changes once, at the end, and Escape leaves it as it was. Returns what ends it all.
 */
export function attachInteractions(canvas: HTMLCanvasElement, show: Show): () => void {
	const pointers = new Map<number, Point>();
	let gesture: Gesture | undefined;
	const pressOf = (event: PointerEvent): Press => ({ ...localPoint(canvas, event), event });
	const clear = () => {
		gesture = undefined;
		show({ drag: undefined, lasso: undefined, link: undefined });
		pinTray()?.removeAttribute("data-over");
		canvas.style.cursor = "";
	};

	const abort = new AbortController();
	const { signal } = abort;
	canvas.addEventListener(
		"pointerdown",
		(event) => {
			if (event.button === 2) return;
			canvas.setPointerCapture(event.pointerId);
			const press = pressOf(event);
			pointers.set(event.pointerId, press);
			if (pointers.size === 2) clear();
			gesture = pointers.size === 2 ? beginPinch(pointers) : beginGesture(press, canvas, show);
		},
		{ signal },
	);
	canvas.addEventListener(
		"pointermove",
		(event) => {
			const press = pressOf(event);
			if (pointers.has(event.pointerId)) pointers.set(event.pointerId, press);
			if (gesture) gesture.move(press);
			else if (event.buttons === 0) show({ hover: nodeUnder(press) });
		},
		{ signal },
	);
	canvas.addEventListener(
		"pointerup",
		(event) => {
			pointers.delete(event.pointerId);
			const ended = gesture;
			clear();
			ended?.end(pressOf(event));
		},
		{ signal },
	);
	canvas.addEventListener(
		"pointercancel",
		(event) => {
			pointers.delete(event.pointerId);
			clear();
		},
		{ signal },
	);
	canvas.addEventListener("pointerleave", () => show({ hover: undefined }), { signal });
	canvas.addEventListener("wheel", createWheel(canvas), { passive: false, signal });
	const giveUp = (event: KeyboardEvent) => {
		if (event.key !== "Escape" || !gesture) return;
		event.stopPropagation();
		clear();
	};
	window.addEventListener("keydown", giveUp, { capture: true, signal });
	return () => abort.abort();
}

/** What a press is the beginning of. */
function beginGesture(press: Press, canvas: HTMLCanvasElement, show: Show): Gesture {
	const { button, shiftKey } = press.event;
	const { tool } = useTool.getState();
	const id = button === 0 ? nodeUnder(press) : undefined;
	if (id !== undefined) return tool === "link" ? beginLink(id, show) : beginDrag(press, id, show);
	if (button === 0 && (tool === "lasso" || shiftKey)) return beginLasso(press, show);
	return beginPan(press, canvas);
}

/** A wheel zooms about the pointer; two fingers on a touchpad pan. */
function createWheel(canvas: HTMLCanvasElement): (event: WheelEvent) => void {
	const kindOf = createWheelGesture();
	return (event) => {
		event.preventDefault();
		const { x, y } = localPoint(canvas, event);
		const camera = currentCamera();
		if (kindOf(event) === "zoom" && !event.shiftKey) {
			// A pinch moves in small steps.
			const strength = event.ctrlKey && Math.abs(event.deltaY) < 40 ? 0.01 : 0.0016;
			setView({ camera: zoomAt(camera, Math.exp(-event.deltaY * strength), x, y) });
			return;
		}
		const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
		setView({ camera: { x: camera.x + dx / camera.zoom, y: camera.y + dy / camera.zoom, zoom: camera.zoom } });
	};
}
