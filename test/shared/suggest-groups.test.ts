import { expect, test } from "vitest";
import { suggestGroups } from "#shared/suggest-groups";
import type { Member } from "#shared/supernode";

const feature = (number: number, position: number, raises: readonly string[], label?: string): Member => ({
	id: `mlp_1.${number}@${position}`,
	kind: "feature",
	position,
	token: "x",
	label,
	facts: {
		feature: number,
		frequency: 0.1,
		maxActivation: 1,
		contexts: [],
		raises: raises.map((token) => ({ token, effect: 1 })),
		lowers: [],
	},
	name: `mlp_1.${number}`,
	attribution: 1,
});
const ids = (groups: ReturnType<typeof suggestGroups>) => groups.map(({ members }) => members.map(({ id }) => id));

test("features at one position that share words or tokens, those that share more first, each once", () => {
	const groups = suggestGroups([
		feature(1, 3, [")", "]"], "closing brackets"),
		feature(2, 3, [")", "]"], "brackets that close"),
		feature(3, 3, ["the"]),
		feature(4, 3, ["the", ")"]),
		// The same at another position is another thing.
		feature(5, 4, ["the"]),
		{ ...feature(6, 3, ["the"]), kind: "error" },
	]);
	expect(ids(groups)).toEqual([
		["mlp_1.1@3", "mlp_1.2@3"],
		["mlp_1.3@3", "mlp_1.4@3"],
	]);
	expect(groups.map(({ name, isStrong }) => [name, isStrong])).toEqual([
		["brackets", true],
		["raises “the”", false],
	]);
});

test("what many share says nothing, nor does one feature alone", () => {
	expect(suggestGroups(Array.from({ length: 9 }, (_, i) => feature(i, 3, ["the"])))).toEqual([]);
	expect(suggestGroups([feature(1, 3, ["a"]), feature(1, 4, ["a"])])).toEqual([]);
});
