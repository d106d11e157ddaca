import { useMemo } from "react";
import type { Label } from "#shared/document";
import type { PublishedLabel, ShownLabel } from "#shared/published";
import { useDerived } from "./derived-store.ts";
import { useFacts } from "./facts-store.ts";

/** What features are called, by id without position: a person's own word goes before what is published. */
export function joinLabels(
	own: readonly Label[],
	published: ReadonlyMap<string, PublishedLabel>,
): ReadonlyMap<string, ShownLabel> {
	const joined = new Map<string, ShownLabel>();
	for (const [id, label] of published) joined.set(id, { ...label, by: "neuronpedia" });
	for (const { id, text } of own) joined.set(id, { text, by: "person" });
	return joined;
}

/** Of the open circuit. */
export function useShownLabels(): ReadonlyMap<string, ShownLabel> {
	const own = useDerived((state) => state.document.labels);
	const published = useFacts((state) => state.published);
	return useMemo(() => joinLabels(own, published), [own, published]);
}
