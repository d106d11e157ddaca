import { expect, test } from "vitest";
import { coverWithTicks, fillWithTicks, type Ticks } from "../../renderer/ui/plot-ticks.ts";

const show = ({ values, show: print }: Ticks) => values.map(print);

test("ticks that cover an axis are round and reach over both ends", () => {
	expect(show(coverWithTicks(-7.6e-4, 0.0742, 3))).toEqual(["−0.05", "0", "0.05", "0.10"]);
	expect(show(coverWithTicks(0, 0.789, 3))).toEqual(["0", "0.5", "1.0"]);
	expect(show(coverWithTicks(0, 1, 3))).toEqual(["0", "0.5", "1.0"]);
	expect(show(coverWithTicks(0, 32, 3))).toEqual(["0", "20", "40"]);
	expect(show(coverWithTicks(0, 0, 3))).toEqual(["0", "0.5"]);
	expect(show(coverWithTicks(12_000, 31_000, 4))).toEqual(["10,000", "15,000", "20,000", "25,000", "30,000", "35,000"]);
	expect(show(coverWithTicks(0, 3e-6, 3))).toEqual(["0", "1e−6", "2e−6", "3e−6"]);
});

test("ticks that fill an axis stay within it", () => {
	expect(show(fillWithTicks(10, 200, 4))).toEqual(["50", "100", "150", "200"]);
	expect(show(fillWithTicks(0, 1, 5))).toEqual(["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
	expect(show(fillWithTicks(3, 4, 1))).toEqual(["3", "4"]);
});
