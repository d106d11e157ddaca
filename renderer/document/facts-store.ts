import { create } from "zustand";
import type { CircuitNode } from "#shared/circuit";
import type { FeatureFacts } from "#shared/feature-facts";
import { withoutPosition } from "#shared/node-id";
import { client } from "../bridge/connection.ts";
import { reportError } from "./session-store.ts";

/** What is known of features, by id without position; for the open circuit alone. */
export const useFacts = create<{
	readonly circuit: string | null;
	readonly facts: ReadonlyMap<string, FeatureFacts>;
}>(() => ({ circuit: null, facts: new Map() }));

const { setState: set, getState: get } = useFacts;
const atOnce = 150;
const asked = new Set<string>();

/** Fetches what is missing in parts, strongest features first, so that the first cards fill while the others come. */
export function loadFactsFor(circuit: string, nodes: readonly CircuitNode[]): void {
	if (get().circuit !== circuit) {
		asked.clear();
		set({ circuit, facts: new Map() });
	}
	const wanted = nodes
		.filter(({ kind }) => kind === "feature")
		.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
		.map(({ id }) => withoutPosition(id));
	const missing = [...new Set(wanted)].filter((id) => !asked.has(id));
	for (const id of missing) asked.add(id);
	if (missing.length > 0) void fetchParts(circuit, missing);
}

async function fetchParts(circuit: string, ids: readonly string[]): Promise<void> {
	for (let first = 0; first < ids.length; first += atOnce) {
		const part = ids.slice(first, first + atOnce);
		try {
			const found = await client.call("features.facts", { name: circuit, features: part });
			if (get().circuit !== circuit) return;
			set(({ facts }) => ({ facts: new Map([...facts, ...Object.entries(found)]) }));
		} catch (error) {
			for (const id of ids.slice(first)) asked.delete(id);
			reportError(error);
			return;
		}
	}
}
