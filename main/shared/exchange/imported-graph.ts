import type { Circuit } from "../circuit.ts";
import type { CircuitDocument } from "../document.ts";
import type { TraceResult } from "../trace.ts";
import type { CarriedKnowledge } from "./carried.ts";

/** A graph of another program, with what its file says beside nodes and edges. */
export interface ImportedGraph {
	readonly circuit: Circuit;
	/** Groups, pins, notes, labels and whatever else a person had added there. */
	readonly additions?: Partial<Omit<CircuitDocument, "nodes" | "edges">>;
	readonly description?: ImportedDescription;
	/** By id without position. */
	readonly known?: Iterable<readonly [string, CarriedKnowledge]>;
	/** How it is looked at first: filters of the renderer's own kind. */
	readonly view?: Readonly<Record<string, unknown>>;
}

/** What another program's graph says of where it comes from. */
export interface ImportedDescription {
	/** What it calls itself. */
	readonly name?: string;
	/** `hash` says where the name is from: nothing here has the same. */
	readonly model?: { readonly name: string; readonly hash: string };
	readonly prompt?: TraceResult["prompt"];
	readonly metric?: { readonly name: string; readonly value: number | null };
}
