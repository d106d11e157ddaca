import type { Place } from "../document.ts";
import { measureFullCard } from "./feature-card.ts";
import { type LaidNode, laneOfView } from "./laid-node.ts";
import { gapRow, gapX } from "./row-length.ts";

/** Where nodes stand when their cards are compact: the same arrangement, as much narrower and lower as the cards are. */
export function compactPlaces(
	nodes: readonly LaidNode[],
	places: ReadonlyMap<string, Place>,
): ReadonlyMap<string, Place> {
	const [full, compact] = [measureFullCard({ kind: "feature" }), measureFullCard({ kind: "feature" }, "compact")];
	const across = (compact.width + gapX) / (full.width + gapX);
	const down = (compact.height + gapRow) / (full.height + gapRow);
	// Only where features stand are rows as far apart as features are high.
	const high = new Set(
		nodes.filter(({ kind, bare }) => kind === "feature" && !bare).map((node) => laneOfView(node).rank),
	);
	return new Map(
		nodes.flatMap((node) => {
			const place = places.get(node.id);
			if (!place) return [];
			const dy = high.has(laneOfView(node).rank) ? place.dy * down : place.dy;
			return [[node.id, { ...place, x: place.x * across, dy }] as const];
		}),
	);
}
