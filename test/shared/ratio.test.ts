import { expect, test } from "vitest";
import { describeRatio, ratioOf, tooSmallToDivide } from "../../main/shared/ratio.ts";

test("a ratio is a number only where its denominator's interval does not hold zero", () => {
	expect(ratioOf(3, { value: 2, interval: [1, 4] })).toBe(1.5);
	expect(ratioOf(3, { value: -2, interval: [-4, -0.1] })).toBe(-1.5);
	for (const interval of [
		[-1, 4],
		[0, 4],
		[-4, 0],
		[Number.NaN, Number.NaN],
	] as const)
		expect(ratioOf(3, { value: 2, interval })).toBeNull();
});

test("what is no number is said in words", () => {
	const show = (value: number) => `${100 * value}%`;
	expect(describeRatio({ value: 0.5, interval: [0.25, 0.75] }, show)).toBe("50% [25%, 75%]");
	expect(describeRatio(null, show)).toBe(tooSmallToDivide);
});
