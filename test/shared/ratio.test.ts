import { expect, test } from "vitest";
import { mayBeZero } from "../../main/shared/ratio.ts";

test("a ratio is a number only where its denominator's interval does not hold zero", () => {
	expect(mayBeZero([1, 4])).toBe(false);
	expect(mayBeZero([-4, -0.1])).toBe(false);
	for (const interval of [
		[-1, 4],
		[0, 4],
		[-4, 0],
		[Number.NaN, Number.NaN],
	] as const)
		expect(mayBeZero(interval)).toBe(true);
});
