import { expect, test } from "vitest";
import type { ViewNode } from "../../main/shared/circuit-view.ts";
import type { Place } from "../../main/shared/document.ts";
import { placeNodes } from "../../main/shared/drawing/lanes.ts";
import { buildScene, type Scene, type SceneNode, standNodes } from "../../main/shared/drawing/scene.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";

const node = (id: string, kind: ViewNode["kind"], position: number, layer = 0): ViewNode => ({
	...{ id, kind, position, activation: 1, attribution: 1, members: [id] },
	...(kind === "feature" && { site: "mlp", layer, feature: 1 }),
});
/** Six layers over three tokens; at the last one twelve features a layer, at the others one. */
const nodes = [0, 1, 2].flatMap((position) => [
	node(`token.${position}@${position}`, "token", position),
	...Array.from({ length: 6 }, (_, layer) =>
		Array.from({ length: position === 2 ? 12 : 1 }, (_, i) =>
			node(`mlp_${layer}.${i}@${position}`, "feature", position, layer),
		),
	).flat(),
]);
const logit = node("logit.1@2", "logit", 2);
const all = [...nodes, logit];

function sceneOf(shown: readonly ViewNode[], edges: readonly (readonly [string, string])[]): Scene {
	const places = new Map(placeNodes(shown, [], new Map(), "tokens").map((place): [string, Place] => [place.id, place]));
	const list = EdgeList.from(edges.map(([source, target], i) => ({ source, target, weight: 1 / (i + 1) })));
	const left = { hidden: 0, errors: 0, weakNodes: 0, loneNodes: 0, weakEdges: 0, rare: 0 };
	return buildScene(
		{ nodes: shown, edges: list, left },
		standNodes(shown, places, { columns: "tokens" }),
		[],
		new Map(),
		"cross_entropy",
	);
}

test("a column is as wide as its nodes need, and columns leave a gap", () => {
	const { columns } = sceneOf(all, []);
	expect(columns.map(({ position }) => position)).toEqual([0, 1, 2]);
	const [first, second, third] = columns as [(typeof columns)[0], (typeof columns)[0], (typeof columns)[0]];
	const width = ({ left, right }: typeof first) => right - left;
	expect(width(third)).toBeGreaterThan(2 * width(first));
	expect(width(second)).toBe(width(first));
	for (const [a, b] of [
		[first, second],
		[second, third],
	] as const)
		expect(b.left - a.right).toBeGreaterThanOrEqual(40);
});

/** Points of a path, without its ends, which lie at cards. */
function samplesOf(points: readonly number[]): readonly (readonly [number, number])[] {
	const samples: [number, number][] = [];
	for (let from = 0; from + 7 < points.length; from += 6)
		for (let step = 0; step <= 20; step++) {
			const t = step / 20;
			const s = 1 - t;
			const at = (i: number) => points[from + i] as number;
			samples.push([
				s ** 3 * at(0) + 3 * s * s * t * at(2) + 3 * s * t * t * at(4) + t ** 3 * at(6),
				s ** 3 * at(1) + 3 * s * s * t * at(3) + 3 * s * t * t * at(5) + t ** 3 * at(7),
			]);
		}
	return samples;
}

const holds = ({ x, y, width, height }: SceneNode, [px, py]: readonly [number, number]) =>
	px > x && px < x + width && py > y && py < y + height;

test("an edge among columns goes round the cards between its ends", () => {
	const few = all.filter(({ id }) => !/\.([3-9]|1[01])@2$/.test(id));
	const scene = sceneOf(few, [
		["token.0@0", "mlp_5.0@0"],
		["token.0@0", "mlp_4.0@1"],
		["mlp_0.0@0", "mlp_5.0@0"],
		["mlp_1.0@0", "mlp_5.0@1"],
		["token.1@1", "logit.1@2"],
	]);
	expect(scene.edges.length).toBe(5);
	for (const edge of scene.edges) {
		const { points } = scene.edges.pathBetween(edge);
		const through = scene.nodes.filter(
			(one) => one !== edge.source && one !== edge.target && samplesOf(points).some((point) => holds(one, point)),
		);
		expect(
			through.map((one) => one.node.id),
			`${edge.key}`,
		).toEqual([]);
		// It begins above its source and ends below its target.
		expect(points.slice(0, 2)).toEqual([edge.source.x + edge.source.width / 2, edge.source.y - 1]);
		expect(points.slice(-2)).toEqual([edge.target.x + edge.target.width / 2, edge.target.y + edge.target.height + 2]);
	}
});

test("what comes later fills its column before it makes a lane higher", () => {
	const later = all.filter(({ id }) => !/^mlp_3\.9@2$/.test(id));
	const places = new Map(placeNodes(later, [], new Map(), "tokens").map((place): [string, Place] => [place.id, place]));
	const fresh = placeNodes(all, [], places, "tokens");
	const lowest = Math.max(...later.filter(({ layer }) => layer === 3).map(({ id }) => places.get(id)?.dy ?? 0));
	expect(fresh.map(({ id }) => id).sort()).toEqual(["mlp_3.9@2"]);
	for (const { dy } of fresh) expect(dy).toBeLessThanOrEqual(lowest);
});
