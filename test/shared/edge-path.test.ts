import { expect, test } from "vitest";
import { bendBetween, bundleWithin, mostApart } from "../../main/shared/drawing/edge-path.ts";
import { edgeStroke, fadeOf } from "../../main/shared/drawing/edge-stroke.ts";
import { SceneEdges, type SceneNode } from "../../main/shared/drawing/scene.ts";
import { findTheme } from "../../main/shared/drawing/theme.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";

const at = (x: number, y: number): SceneNode => ({
	node: { id: `mlp_0.${x}@${y}`, kind: "feature", position: 0, activation: 1, attribution: 1, members: [] },
	...{ x, y, width: 200, height: 90 },
});

test("an edge alone leaves and arrives upright, from above its source to below its target", () => {
	const [x1, y1, cx1, , cx2, , x2, y2] = bendBetween(at(0, 500), at(700, 0)) as number[];
	expect([x1, y1, x2, y2]).toEqual([100, 499, 800, 92]);
	expect([cx1, cx2]).toEqual([x1, x2]);
});

test("bundled edges keep their ends; those between the same parts of two lanes draw together, within the nodes", () => {
	const route = bundleWithin(0, 2700);
	const [a, b] = [route(at(0, 500), at(1900, 0)), route(at(600, 500), at(2400, 0))] as [number[], number[]];
	expect([a[0], b[0]]).toEqual([100, 700]);
	const apart = (i: number) => Math.abs((a[i] as number) - (b[i] as number));
	expect(apart(2)).toBeLessThan(0.2 * apart(0));
	expect(apart(4)).toBeLessThan(0.2 * apart(6));
	// Into another part it goes elsewhere.
	expect(Math.abs((route(at(1000, 500), at(1900, 0))[2] as number) - (a[2] as number))).toBeGreaterThan(600);
	for (const x of [0, 2500]) {
		const [, , handle] = route(at(x, 500), at(x, 0)) as number[];
		expect(handle).toBeGreaterThan(0);
		expect(handle).toBeLessThan(2700);
	}
});

test("thousands of edges are bundled, fewer are not", () => {
	const nodes = [
		...Array.from({ length: 40 }, (_, i) => at(230 * i, 500)),
		...Array.from({ length: 40 }, (_, i) => at(230 * i, 0)),
	];
	const edges = (count: number) =>
		new SceneEdges(
			[],
			EdgeList.from(
				Array.from({ length: count }, (_, i) => ({
					source: nodes[i % 40]?.node.id as string,
					target: nodes[40 + (Math.floor(i / 40) % 40)]?.node.id as string,
					weight: count - i,
				})),
			),
			nodes,
			"cross_entropy",
		);
	const handleOf = (all: SceneEdges) => {
		const { points } = all.pathBetween({ source: nodes[1] as SceneNode, target: nodes[50] as SceneNode });
		return (points[2] as number) - (points[0] as number);
	};
	expect(handleOf(edges(mostApart))).toBe(0);
	expect(handleOf(edges(mostApart + 1))).not.toBe(0);
});

test("among many, weak edges fade and strong ones stay", () => {
	const look = (share: number, edges: number) =>
		edgeStroke({ manual: false, raises: true, share }, findTheme("light"), fadeOf(edges)).opacity;
	expect(look(0.01, 200)).toBe(look(0.01, 10));
	expect(look(0.01, 10_000)).toBeLessThan(0.4 * look(0.01, 200));
	expect(look(1, 10_000)).toBeGreaterThan(0.8);
	expect(look(0, 1_000_000)).toBeGreaterThanOrEqual(0.03);
});
