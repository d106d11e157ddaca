import { expect, test } from "vitest";
import type { CircuitNode } from "../../main/shared/circuit.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { shareOfInput, shareOfOutput } from "../../main/shared/edge-shares.ts";

const node = (id: string, inflow?: CircuitNode["inflow"]): CircuitNode => ({
	...{ id, kind: "feature", position: 0, activation: 1, attribution: 0 },
	...(inflow && { inflow }),
});
const edges = EdgeList.from([
	{ source: "a", target: "x", weight: 3 },
	{ source: "b", target: "x", weight: -1 },
	{ source: "a", target: "y", weight: -2 },
	{ source: "c", target: "y", weight: 2 },
]);

test("an edge's share of its end's input is of the sizes of all that leads in, with what was cut off where that is known", () => {
	expect(shareOfInput(edges, new Set(["a"]), [node("x")])).toEqual({ share: 3 / 4, whole: 4, isComplete: false });
	const inflow = { features: 5, errors: 2, tokens: 1 };
	expect(shareOfInput(edges, new Set(["a"]), [node("x", inflow)])).toEqual({
		share: 3 / 8,
		whole: 8,
		isComplete: true,
	});
	// Two positions that are seen as one, of one of which it is not known.
	expect(shareOfInput(edges, new Set(["a"]), [node("x", inflow), node("y")])).toEqual({
		...{ share: 5 / 12, whole: 12, isComplete: false },
	});
	expect(shareOfInput(edges, new Set(["a"]), [node("nobody")])).toBeUndefined();
});

test("its share of its source's output is of the circuit's edges alone", () => {
	expect(shareOfOutput(edges, ["a"], new Set(["x"]))).toEqual({ share: 3 / 5, whole: 5, isComplete: false });
	expect(shareOfOutput(edges, ["a", "c"], new Set(["y"]))).toEqual({ share: 4 / 7, whole: 7, isComplete: false });
	expect(shareOfOutput(edges, ["x"], new Set(["y"]))).toBeUndefined();
});
