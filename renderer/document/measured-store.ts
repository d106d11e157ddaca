import { create } from "zustand";
import { edgeKey } from "#shared/document-diff";
import type { EdgeExplanation } from "#shared/edge-explanation";
import { AppError } from "#shared/errors";
import { client } from "../bridge/connection.ts";
import { useDocument } from "./document-store.ts";

/** What is known of an edge beyond its weight: being asked for, found, or refused. */
export type Measured =
	| { readonly state: "running"; readonly stop: () => void }
	| { readonly state: "done"; readonly found: EdgeExplanation }
	| { readonly state: "failed"; readonly message: string };

interface Edge {
	readonly source: string;
	readonly target: string;
}

/** Edges that were measured, by circuit, run and edge: as long as the window is open. */
export const useMeasured = create<{ readonly edges: ReadonlyMap<string, Measured> }>(() => ({ edges: new Map() }));

/** Another run may have given the edge another weight: what was measured then is of then. */
export const measuredKey = (name: string | null, run: number | undefined, edge: Edge) =>
	`${name} ${run} ${edgeKey(edge)}`;

/** Takes an edge of the open circuit apart and runs the ablation of its source. */
export function measureEdge({ source, target }: Edge): void {
	const { name, run } = useDocument.getState();
	if (name === null) return;
	const key = measuredKey(name, run?.id, { source, target });
	if (useMeasured.getState().edges.get(key)?.state === "running") return;
	const controller = new AbortController();
	put(key, { state: "running", stop: () => controller.abort() });
	client.call("edges.explain", { name, source, target, measure: true }, { signal: controller.signal }).then(
		(found) => put(key, { state: "done", found }),
		(error: Error) => {
			if (error instanceof AppError && error.code === "cancelled") forget(key);
			else put(key, { state: "failed", message: error.message });
		},
	);
}

function put(key: string, measured: Measured): void {
	useMeasured.setState(({ edges }) => ({ edges: new Map(edges).set(key, measured) }));
}

function forget(key: string): void {
	useMeasured.setState(({ edges }) => ({ edges: new Map([...edges].filter(([one]) => one !== key)) }));
}
