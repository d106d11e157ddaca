import { beforeEach, expect, test } from "vitest";
import type { Press } from "../../renderer/canvas/gesture.ts";
import { installHost } from "./page-host.ts";

installHost({});
const { beginPan } = await import("../../renderer/canvas/pan-gesture.ts");
const { beginPinch } = await import("../../renderer/canvas/pinch-gesture.ts");
const { isInside } = await import("../../renderer/canvas/lasso-gesture.ts");
const { setView, useView } = await import("../../renderer/document/view-store.ts");

const press = (x: number, y: number) => ({ x, y, event: { button: 0 } as PointerEvent }) satisfies Press;
const canvas = { style: {} } as HTMLCanvasElement;
beforeEach(() => setView({ camera: { x: 10, y: 20, zoom: 2 }, selection: new Set(["a"]) }));

test("a pan moves the world under the pointer, and keeps what is selected", () => {
	const pan = beginPan(press(100, 100), canvas);
	pan.move(press(102, 101));
	expect(useView.getState().camera).toEqual({ x: 10, y: 20, zoom: 2 });
	pan.move(press(140, 90));
	expect(useView.getState().camera).toEqual({ x: -10, y: 25, zoom: 2 });
	// Back where it began it is still no click.
	pan.move(press(100, 100));
	pan.end(press(100, 100));
	expect(useView.getState()).toMatchObject({ camera: { x: 10, y: 20, zoom: 2 }, selection: new Set(["a"]) });
});

test("a press that does not move is a click on the ground: nothing is selected", () => {
	beginPan(press(5, 5), canvas).end(press(6, 5));
	expect(useView.getState().selection.size).toBe(0);
});

test("fingers twice as far apart zoom to the double, about their middle", () => {
	const fingers = new Map([
		[1, { x: 100, y: 100 }],
		[2, { x: 200, y: 100 }],
	]);
	const pinch = beginPinch(fingers);
	fingers.set(1, { x: 50, y: 100 });
	fingers.set(2, { x: 250, y: 100 });
	pinch.move(press(250, 100));
	// The middle, 150 and 100, shows the world's 85 and 70 before and after.
	expect(useView.getState().camera).toEqual({ x: 85 - 150 / 4, y: 70 - 100 / 4, zoom: 4 });
});

test("a lasso holds what is inside its line, also where that turns inwards", () => {
	const shape = [
		[0, 0],
		[10, 0],
		[10, 10],
		[5, 4],
		[0, 10],
	] as const;
	expect([isInside(shape, 5, 2), isInside(shape, 1, 8), isInside(shape, 9, 8)]).toEqual([true, true, true]);
	expect([isInside(shape, 5, 8), isInside(shape, -1, 5), isInside(shape, 11, 5)]).toEqual([false, false, false]);
});
