import { expect, test } from "vitest";
import { rankEntry } from "../../renderer/ui/rank-entry.ts";

const order = (typed: string, ...entries: string[]) =>
	entries.filter((entry) => rankEntry(entry, typed) > 0).sort((a, b) => rankEntry(b, typed) - rankEntry(a, typed));

test("what is typed finds the command that begins with it first, and none by scattered letters", () => {
	const commands = [
		"Save what is seen as SVG",
		"Settings from central_config.yaml…",
		"Settings",
		"Steer: write on with features changed…",
		"Clear the selection",
	];
	expect(order("settings", ...commands)).toEqual(["Settings", "Settings from central_config.yaml…"]);
	expect(order("steer", ...commands)).toEqual(["Steer: write on with features changed…"]);
	expect(order("SVG save", ...commands)).toEqual(["Save what is seen as SVG"]);
	expect(order("sel", ...commands)).toEqual(["Clear the selection"]);
});
