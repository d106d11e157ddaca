import type { CircuitFile } from "#shared/exchange/circuit-file";
import type { ImportedGraph } from "#shared/exchange/imported-graph";

/** What a file turned out to hold, and what in it could not be used. */
export type ImportedFile =
	/** Ours: comes back exactly. */
	| { readonly kind: "circuit"; readonly file: CircuitFile; readonly notes: readonly string[] }
	| { readonly kind: "graph"; readonly graph: ImportedGraph; readonly notes: readonly string[] }
	/** A project or another database of ours, which the store reads. */
	| { readonly kind: "database" };
