import { afterEach, describe, expect, test } from "vitest";
import { cacheBytes, limitMemory, memoryLeft, rowsAtOnce } from "../../main/onnx/memory.ts";

afterEach(() => limitMemory(undefined));

/** Bytes of rows that a run takes. */
const runBytes = () => rowsAtOnce(1000) * 1000;

describe("the budget of memory", () => {
	test("leaves a run and the cache as large as is useful where nothing limits them", () => {
		expect(memoryLeft()).toBe(Number.POSITIVE_INFINITY);
		expect(runBytes()).toBeGreaterThan(100e6);
		expect(cacheBytes(0)).toBe(2 ** 29);
	});

	test("counts what this process and the others hold already", () => {
		const held = process.memoryUsage.rss();
		limitMemory(held + 400e6, 100e6);
		expect(memoryLeft()).toBeGreaterThan(200e6);
		expect(memoryLeft()).toBeLessThan(350e6);
		expect(runBytes()).toBeLessThan(100e6);
		expect(cacheBytes(0)).toBeLessThan(250e6);
		// What is held may stay, since it is counted in what this process holds.
		expect(cacheBytes(300e6)).toBeGreaterThan(cacheBytes(0) + 100e6);
	});

	test("goes on row by row where the limit is passed, so that something is done", () => {
		limitMemory(1e6);
		expect(memoryLeft()).toBeLessThan(0);
		expect(rowsAtOnce(1e9)).toBe(1);
		expect(cacheBytes(0)).toBe(0);
	});
});
