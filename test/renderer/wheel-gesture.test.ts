import { expect, test } from "vitest";
import { createWheelGesture, type WheelSigns } from "../../renderer/canvas/wheel-gesture.ts";

const still = { deltaX: 0, deltaMode: 0, ctrlKey: false, metaKey: false };
/** What a device sends, a step each `every` milliseconds. */
const play = (steps: readonly Partial<WheelSigns>[], every = 16) => {
	const classify = createWheelGesture();
	return steps.map((step, i) => classify({ ...still, deltaY: 0, timeStamp: i * every, ...step }));
};
const finger = (deltaY: number, deltaX = 0) => ({ deltaX, deltaY, wheelDeltaY: -3 * deltaY });

test("two fingers pan however fast they are, also straight down", () => {
	expect(new Set(play([2, 9, 41, 130, 260, 90, 30, 4].map((y) => finger(y))))).toEqual(new Set(["pan"]));
	expect(new Set(play([finger(120), finger(60, 3)]))).toEqual(new Set(["pan"]));
});

test("a wheel zooms at any step: notched, free-spinning, in lines, and without Chromium's word", () => {
	const notched = { deltaY: 100, wheelDeltaY: -120 };
	const free = [1.7, 6.7, 13.3, 3.3].map((deltaY) => ({ deltaY, wheelDeltaY: -1.2 * deltaY }));
	expect(play([notched, notched], 400)).toEqual(["zoom", "zoom"]);
	expect(new Set(play(free))).toEqual(new Set(["zoom"]));
	expect(play([{ deltaY: 3, deltaMode: 1 }])).toEqual(["zoom"]);
	expect(play([{ deltaY: 53 }])).toEqual(["zoom"]);
	expect(play([{ deltaY: 7 }])).toEqual(["pan"]);
});

test("what a gesture is stays so until the fingers rest; a pinch and Ctrl zoom at once", () => {
	expect(play([{ deltaY: 6 }, { deltaY: 80 }, { deltaY: 90 }])).toEqual(["pan", "pan", "pan"]);
	expect(play([{ deltaY: 80 }, { deltaY: 6 }])).toEqual(["zoom", "zoom"]);
	expect(play([{ deltaY: 6 }, { deltaY: 80, timeStamp: 400 }])).toEqual(["pan", "zoom"]);
	expect(play([finger(5), { ...finger(2), ctrlKey: true }, finger(5)])).toEqual(["pan", "zoom", "pan"]);
});
