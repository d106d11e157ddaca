import type { CircuitDocument, StoryStep } from "./document.ts";
import type { NodePath } from "./paths.ts";

/** The story of a circuit in the order in which it is told. */
export function storyOf({ story }: Pick<CircuitDocument, "story">): readonly StoryStep[] {
	return story.toSorted((a, b) => a.order - b.order || a.id.localeCompare(b.id, "en"));
}

/**
 * Paths worth telling of the strongest ones: one after the other that which adds most to what was told, its strength times
 * the part of its edges that are new, for the strongest of all are often one path with another last step. Paths that pass
 * no feature tell nothing.
 */
export function choosePaths(
	paths: readonly NodePath[],
	count: number,
	told: readonly (readonly string[])[] = [],
	isFeature: (id: string) => boolean = () => true,
): readonly NodePath[] {
	const known = new Set(told.flatMap(edgesAlong));
	const left = new Set(paths.filter(({ nodes }) => nodes.some(isFeature)));
	const chosen: NodePath[] = [];
	while (chosen.length < count) {
		let [best, most]: [NodePath | undefined, number] = [undefined, 0];
		for (const path of left) {
			const edges = edgesAlong(path.nodes);
			const fresh = edges.filter((edge) => !known.has(edge)).length;
			const worth = (path.strength * fresh) / edges.length;
			if (worth > most) [best, most] = [path, worth];
		}
		if (!best) break;
		left.delete(best);
		for (const edge of edgesAlong(best.nodes)) known.add(edge);
		chosen.push(best);
	}
	return chosen;
}

const edgesAlong = (nodes: readonly string[]): readonly string[] =>
	nodes.slice(1).map((node, i) => `${nodes[i]} ${node}`);
