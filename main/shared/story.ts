import type { CircuitDocument, StoryStep } from "./document.ts";

/** The story of a circuit in the order in which it is told. */
export function storyOf({ story }: Pick<CircuitDocument, "story">): readonly StoryStep[] {
	return story.toSorted((a, b) => a.order - b.order || a.id.localeCompare(b.id, "en"));
}
