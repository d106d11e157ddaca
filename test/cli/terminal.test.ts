import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgressBar } from "../../main/cli/terminal.ts";

const lines: string[] = [];
beforeEach(() => {
	vi.useFakeTimers();
	lines.length = 0;
	vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
	Object.defineProperty(process.stderr, "isTTY", { value: undefined, configurable: true });
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

test("a log gets a line soon and one every ten seconds, with step, share and time left", () => {
	const bar = createProgressBar();
	bar.show({ step: "Model forward and backward", done: 0, total: 8 });
	vi.advanceTimersByTime(1000);
	bar.show({ step: "Features of mlp_0", done: 1, total: 8, secondsLeft: 30.2 });
	expect(lines).toEqual([]);
	vi.advanceTimersByTime(1500);
	expect(lines).toEqual(["scd: 12%, 31 s left: Features of mlp_0\n"]);
	vi.advanceTimersByTime(9000);
	expect(lines).toHaveLength(1);
	bar.show({ step: "Edges into mlp_0", done: 6, total: 8, secondsLeft: 4 });
	vi.advanceTimersByTime(1000);
	expect(lines.slice(1)).toEqual(["scd: 75%, 4 s left: Edges into mlp_0\n"]);
	bar.clear();
	vi.advanceTimersByTime(60_000);
	expect(lines).toHaveLength(2);
});

test("what is over at once says nothing", () => {
	const bar = createProgressBar();
	bar.show({ step: "Model forward and backward", done: 0, total: 1 });
	bar.clear();
	vi.advanceTimersByTime(60_000);
	expect(lines).toEqual([]);
});
