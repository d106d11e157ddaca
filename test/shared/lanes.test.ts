import { describe, expect, test } from "vitest";
import type { Place } from "../../main/shared/document.ts";
import { measureFullCard } from "../../main/shared/drawing/feature-card.ts";
import { type LaidNode, laneOfView } from "../../main/shared/drawing/laid-node.ts";
import { measureLanes, placeNodes } from "../../main/shared/drawing/lanes.ts";

const nodes: readonly LaidNode[] = [
	...Array.from(
		{ length: 4 },
		(_, position): LaidNode => ({ id: `token.${position}@${position}`, kind: "token", position }),
	),
	...Array.from(
		{ length: 18 },
		(_, i): LaidNode => ({
			id: `mlp_${i % 2}.${i}@${i % 4}`,
			kind: "feature",
			site: "mlp",
			layer: i % 2,
			position: i % 4,
		}),
	),
	{ id: "logit.8@3", kind: "logit", position: 3 },
];
const edges = nodes.flatMap((source, i) =>
	nodes
		.filter((target) => laneOfView(target).rank > laneOfView(source).rank)
		.filter((_, j) => (i + j) % 4 === 0)
		.map((target) => ({ source: source.id, target: target.id, weight: 1 / (i + 1) })),
);
const byId = (places: readonly Place[]) => new Map(places.map((place) => [place.id, place]));

/** Boxes on the canvas, as lanes and places give them. */
function boxes(all: readonly LaidNode[], places: ReadonlyMap<string, Place>) {
	const lanes = new Map(measureLanes(all, places).map((lane) => [lane.rank, lane]));
	return all.map((node) => {
		const { width, height } = measureFullCard(node);
		const place = places.get(node.id) as Place;
		return {
			id: node.id,
			x: place.x - width / 2,
			y: (lanes.get(laneOfView(node).rank)?.y ?? 0) + place.dy - height / 2,
			width,
			height,
		};
	});
}

function overlaps(all: ReturnType<typeof boxes>): readonly string[] {
	return all.flatMap((a, i) =>
		all
			.slice(i + 1)
			.flatMap((b) =>
				a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
					? [`${a.id} ${b.id}`]
					: [],
			),
	);
}

describe.each(["free", "tokens"] as const)("a layout with %s columns", (columns) => {
	const places = byId(placeNodes(nodes, edges, new Map(), columns));

	test("gives every node a place of its own, lane under lane", () => {
		expect(places.size).toBe(nodes.length);
		expect(overlaps(boxes(nodes, places))).toEqual([]);
		const lanes = measureLanes(nodes, places);
		expect(lanes.map(({ name }) => name)).toEqual(["logits", "mlp 1", "mlp 0", "tokens"]);
		for (const [i, lane] of lanes.entries())
			expect(lane.y).toBeGreaterThanOrEqual((lanes[i - 1]?.y ?? -1) + (lanes[i - 1]?.height ?? 0));
	});

	test("keeps the prompt in order from left to right", () => {
		const xs = nodes.filter(({ kind }) => kind === "token").map(({ id }) => places.get(id)?.x ?? 0);
		expect(xs).toEqual(xs.toSorted((a, b) => a - b));
	});

	test("moves nothing when nodes come, and covers nothing with them", () => {
		const more: readonly LaidNode[] = [
			...nodes,
			...Array.from(
				{ length: 9 },
				(_, i): LaidNode => ({ id: `attn_1.${i}@2`, kind: "feature", site: "attn", layer: 1, position: 2 }),
			),
			{ id: "mlp_1.99@1", kind: "feature", site: "mlp", layer: 1, position: 1 },
		];
		const fresh = placeNodes(more, edges, places, columns);
		expect(fresh.map(({ id }) => id).sort()).toEqual(
			more
				.slice(nodes.length)
				.map(({ id }) => id)
				.sort(),
		);
		expect(overlaps(boxes(more, new Map([...places, ...byId(fresh)])))).toEqual([]);
		expect(placeNodes(nodes, edges, places, columns)).toEqual([]);
	});
});
