import type { RunDescription } from "#shared/contract/results";
import type { CircuitDocument } from "#shared/document";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import type { FeatureFacts } from "#shared/feature-facts";
import type { CircuitProvenance } from "#shared/provenance";
import type { ShownLabel } from "#shared/published";
import type { CircuitScores } from "#shared/scores";

/** All that an export is made of, in plain data: it may be sent to another thread. */
export interface ExportSource {
	readonly name: string;
	readonly document: CircuitDocument;
	/** How it was last looked at, as the window stored it. */
	readonly view: unknown;
	/** Null where nobody knows what it was traced on. */
	readonly run: DescribedRun | null;
	/** By id without position. */
	readonly labels: readonly (readonly [id: string, label: ShownLabel])[];
	readonly facts: readonly (readonly [id: string, facts: FeatureFacts])[];
	/** What is stored of features in a phrase each, also of those whose facts are not here. */
	readonly phrases: readonly (readonly [id: string, phrase: string])[];
	/** Of a consensus: how many prompts have a node or an edge. */
	readonly counts: readonly (readonly [key: string, count: number])[];
	readonly provenance: CircuitProvenance;
	/** The whole circuit, to travel in the file; absent where it is not to. */
	readonly payload?: CircuitPayload;
}

/** What a drawing says of the run that gave the circuit. */
export type DescribedRun = Pick<RunDescription, "modelName" | "metricName" | "paired" | "tokens" | "logitTokens"> & {
	readonly metric: number | null;
	readonly scores: CircuitScores;
};
