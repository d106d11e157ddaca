import { edgeKey } from "#shared/document-diff";
import { edgeAt, nodeAt } from "#shared/drawing/scene";
import { addLink, moveNodes, pinFeatures } from "../document/commands.ts";
import { placeId, useDerived } from "../document/derived-store.ts";
import { type Camera, select, setView, useView } from "../document/view-store.ts";
import { seenBox, zoomAt } from "./camera.ts";
import type { Overlay } from "./overlay.ts";
import { useTool } from "./tool-store.ts";
import { createWheelGesture } from "./wheel-gesture.ts";

type Gesture =
	| { readonly type: "pan"; readonly camera: Camera; readonly moved: boolean }
	| { readonly type: "drag"; readonly ids: ReadonlySet<string>; readonly moved: boolean }
	| { readonly type: "lasso"; readonly points: (readonly [number, number])[]; readonly adds: boolean }
	| { readonly type: "link"; readonly from: string }
	| { readonly type: "pinch"; readonly camera: Camera; readonly distance: number };

interface Point {
	readonly x: number;
	readonly y: number;
}

/** Below this many pixels a press is a click. */
const clickReach = 4;
const edgeReach = 7;

/**
 * Pointer and wheel on the canvas: pan, zoom, pinch, select, lasso, drag (also onto the pin tray), draw an edge. What
 * is in progress is only an overlay; the circuit changes once, at the end, and Escape leaves it as it was.
 */
export function attachInteractions(canvas: HTMLCanvasElement, show: (overlay: Partial<Overlay>) => void): () => void {
	const pointers = new Map<number, Point>();
	let gesture: Gesture | undefined;
	let start: Point = { x: 0, y: 0 };

	const local = (event: MouseEvent): Point => {
		const { left, top } = canvas.getBoundingClientRect();
		return { x: event.clientX - left, y: event.clientY - top };
	};
	const camera = (): Camera => useView.getState().camera ?? { x: 0, y: 0, zoom: 1 };
	const world = ({ x, y }: Point): Point => {
		const { x: left, y: top, zoom } = camera();
		return { x: left + x / zoom, y: top + y / zoom };
	};
	const nodeUnder = (point: Point) => {
		const { x, y } = world(point);
		return nodeAt(useDerived.getState().scene, x, y)?.node.id;
	};
	const edgeUnder = (point: Point) => {
		const { x, y } = world(point);
		return edgeAt(useDerived.getState().scene, x, y, edgeReach / camera().zoom, seenBox(camera()))?.key;
	};
	const clear = () => {
		gesture = undefined;
		show({ drag: undefined, lasso: undefined, link: undefined });
		dropTarget()?.removeAttribute("data-over");
		canvas.style.cursor = "";
	};

	const down = (event: PointerEvent) => {
		if (event.button === 2) return;
		canvas.setPointerCapture(event.pointerId);
		const point = local(event);
		pointers.set(event.pointerId, point);
		start = point;
		if (pointers.size === 2) {
			gesture = { type: "pinch", camera: camera(), distance: spread(pointers) };
			return;
		}
		const { tool } = useTool.getState();
		const id = event.button === 0 ? nodeUnder(point) : undefined;
		if (id !== undefined && tool === "link") gesture = { type: "link", from: id };
		else if (id !== undefined) {
			const { selection } = useView.getState();
			if (event.shiftKey) select(toggle(selection, id));
			else if (!selection.has(id)) select([id]);
			gesture = { type: "drag", ids: new Set(useView.getState().selection), moved: false };
		} else if (event.button === 0 && (tool === "lasso" || event.shiftKey))
			gesture = { type: "lasso", points: [[point.x, point.y]], adds: event.shiftKey };
		else gesture = { type: "pan", camera: camera(), moved: false };
	};

	const move = (event: PointerEvent) => {
		const point = local(event);
		if (pointers.has(event.pointerId)) pointers.set(event.pointerId, point);
		if (!gesture) {
			if (event.buttons === 0) show({ hover: nodeUnder(point) });
			return;
		}
		const [dx, dy] = [point.x - start.x, point.y - start.y];
		const far = Math.hypot(dx, dy) > clickReach;
		switch (gesture.type) {
			case "pan": {
				if (!far && !gesture.moved) return;
				gesture = { ...gesture, moved: true };
				canvas.style.cursor = "grabbing";
				const { x, y, zoom } = gesture.camera;
				setView({ camera: { x: x - dx / zoom, y: y - dy / zoom, zoom } });
				break;
			}
			case "drag": {
				if (!far && !gesture.moved) return;
				gesture = { ...gesture, moved: true };
				const { zoom } = camera();
				show({ drag: { ids: gesture.ids, dx: dx / zoom, dy: dy / zoom }, hover: undefined });
				dropTarget()?.toggleAttribute("data-over", isOverTray(event));
				break;
			}
			case "lasso":
				gesture.points.push([point.x, point.y]);
				show({ lasso: [...gesture.points] });
				break;
			case "link": {
				const at = world(point);
				show({ link: { from: gesture.from, ...at }, hover: nodeUnder(point) });
				break;
			}
			case "pinch": {
				if (pointers.size < 2) return;
				const [a, b] = [...pointers.values()] as [Point, Point];
				setView({
					camera: zoomAt(gesture.camera, spread(pointers) / gesture.distance, (a.x + b.x) / 2, (a.y + b.y) / 2),
				});
			}
		}
	};

	const up = (event: PointerEvent) => {
		const point = local(event);
		pointers.delete(event.pointerId);
		const ended = gesture;
		clear();
		if (!ended) return;
		const { x, y } = start;
		if (ended.type === "drag" && ended.moved) {
			if (isOverTray(event)) pinFeatures(membersOfIds(ended.ids));
			else {
				const { zoom } = camera();
				moveBy(ended.ids, (point.x - x) / zoom, (point.y - y) / zoom);
			}
		} else if (ended.type === "drag" && !event.shiftKey) {
			const id = nodeUnder(point);
			if (id !== undefined) select([id]);
		} else if (ended.type === "pan" && !ended.moved && event.button === 0) {
			const edge = edgeUnder(point);
			if (edge === undefined) select([]);
			else setView({ edge, selection: new Set() });
		} else if (ended.type === "lasso") {
			const inside = findInside(ended.points, camera());
			select(ended.adds ? [...useView.getState().selection, ...inside] : inside);
		} else if (ended.type === "link") {
			const to = nodeUnder(point);
			const [source, target] = [memberOf(ended.from), to === undefined ? undefined : memberOf(to)];
			if (source !== undefined && target !== undefined && source !== target) {
				addLink(source, target);
				useTool.setState({ tool: "select" });
				setView({ edge: edgeKey({ source, target }), selection: new Set() });
			}
		}
	};

	const wheelGesture = createWheelGesture();
	const wheel = (event: WheelEvent) => {
		event.preventDefault();
		const { x, y } = local(event);
		if (wheelGesture(event) === "zoom" && !event.shiftKey) {
			// A pinch moves in small steps.
			const strength = event.ctrlKey && Math.abs(event.deltaY) < 40 ? 0.01 : 0.0016;
			setView({ camera: zoomAt(camera(), Math.exp(-event.deltaY * strength), x, y) });
			return;
		}
		const { x: left, y: top, zoom } = camera();
		const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
		setView({ camera: { x: left + dx / zoom, y: top + dy / zoom, zoom } });
	};
	const leave = () => show({ hover: undefined });
	const key = (event: KeyboardEvent) => {
		if (event.key === "Escape" && gesture) {
			event.stopPropagation();
			clear();
		}
	};

	canvas.addEventListener("pointerdown", down);
	canvas.addEventListener("pointermove", move);
	canvas.addEventListener("pointerup", up);
	canvas.addEventListener("pointercancel", clear);
	canvas.addEventListener("pointerleave", leave);
	canvas.addEventListener("wheel", wheel, { passive: false });
	window.addEventListener("keydown", key, { capture: true });
	return () => {
		canvas.removeEventListener("pointerdown", down);
		canvas.removeEventListener("pointermove", move);
		canvas.removeEventListener("pointerup", up);
		canvas.removeEventListener("pointercancel", clear);
		canvas.removeEventListener("pointerleave", leave);
		canvas.removeEventListener("wheel", wheel);
		window.removeEventListener("keydown", key, { capture: true });
	};
}

const dropTarget = () => document.querySelector("[data-pin-tray]");

function isOverTray({ clientX, clientY }: MouseEvent): boolean {
	const box = dropTarget()?.getBoundingClientRect();
	return !!box && clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

function spread(pointers: ReadonlyMap<number, Point>): number {
	const [a, b] = [...pointers.values()];
	return a && b ? Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)) : 1;
}

function toggle(selection: ReadonlySet<string>, id: string): readonly string[] {
	return selection.has(id) ? [...selection].filter((one) => one !== id) : [...selection, id];
}

function membersOfIds(ids: ReadonlySet<string>): readonly string[] {
	return useDerived
		.getState()
		.view.nodes.filter(({ id }) => ids.has(id))
		.flatMap(({ members }) => members);
}

const memberOf = (id: string) => useDerived.getState().view.nodes.find((node) => node.id === id)?.members[0];

/** Moves nodes by so much of the world. */
export function moveBy(ids: ReadonlySet<string>, dx: number, dy: number): void {
	const { places } = useDerived.getState();
	const round = (value: number) => Math.round(value * 10) / 10;
	moveNodes(
		[...ids].flatMap((id) => {
			const place = places.get(id);
			return place ? [{ id: placeId(id), x: round(place.x + dx), dy: round(place.dy + dy) }] : [];
		}),
	);
}

function findInside(
	points: readonly (readonly [number, number])[],
	{ x: left, y: top, zoom }: Camera,
): readonly string[] {
	if (points.length < 3) return [];
	const { scene } = useDerived.getState();
	return scene.nodes.flatMap(({ node, x, y, width, height }) => {
		const [px, py] = [(x + width / 2 - left) * zoom, (y + height / 2 - top) * zoom];
		return isInside(points, px, py) ? [node.id] : [];
	});
}

/** By the number of times that a ray from the point crosses the outline. */
function isInside(points: readonly (readonly [number, number])[], x: number, y: number): boolean {
	let inside = false;
	for (const [i, [x1, y1]] of points.entries()) {
		const [x2, y2] = points[(i + 1) % points.length] as readonly [number, number];
		if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
	}
	return inside;
}
