import { expect, test } from "vitest";
import type { NodePath } from "../../main/shared/paths.ts";
import { choosePaths, storyOf } from "../../main/shared/story.ts";

const path = (nodes: string, strength: number): NodePath => ({ nodes: nodes.split(" "), strength, share: strength });
const nodesOf = (paths: readonly NodePath[]) => paths.map(({ nodes }) => nodes.join(" "));

test("a story is told by order, and of one place by id", () => {
	const step = (id: string, order: number) => ({ id, order, path: [], text: "" });
	const story = [step("b", 2), step("c", 1), step("a", 2)];
	expect(storyOf({ story }).map(({ id }) => id)).toEqual(["c", "a", "b"]);
});

test("paths worth telling come by strength, what they share with one told before counting for nothing", () => {
	const paths = [path("t a b x", 0.5), path("t a b y", 0.4), path("t c d x", 0.3), path("t c e x", 0.29)];
	// The second has one new edge of three (0.133), the third all of its own (0.3), the fourth then two of three (0.193).
	expect(nodesOf(choosePaths(paths, 4))).toEqual(["t a b x", "t c d x", "t c e x", "t a b y"]);
	expect(nodesOf(choosePaths(paths, 1, [["t", "a", "b", "x"]]))).toEqual(["t c d x"]);
});

test("what is told already, and what passes no feature, is not told", () => {
	const paths = [path("t x", 0.9), path("t a x", 0.5)];
	const isFeature = (id: string) => id === "a";
	expect(nodesOf(choosePaths(paths, 5, [], isFeature))).toEqual(["t a x"]);
	expect(choosePaths(paths, 5, [["t", "a", "x"]], isFeature)).toEqual([]);
});
