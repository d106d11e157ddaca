import type { CircuitNode } from "#shared/circuit";
import type { AttributionsPiece } from "#shared/piece";
import type { ErrorSums } from "#shared/trace";
import type { ErrorChoice, NodeChoice } from "#shared/trace-request";
import { takeStrongest } from "./choose-nodes.ts";

/** The errors of one site by position: those with a node each, and those that are one node. */
export interface ChosenErrors {
	readonly alone: readonly number[];
	readonly joined: readonly number[];
}

/** What a trace tells of the errors of its sites, `nodes` being all that there are. */
export function sumErrors(choice: ErrorChoice, nodes: readonly CircuitNode[]): ErrorSums {
	const errors = nodes.filter(({ kind }) => kind === "error");
	const rest = errors.filter(({ joined }) => joined !== undefined);
	const sum = (numberOf: (node: CircuitNode) => number) => rest.reduce((total, node) => total + numberOf(node), 0);
	return {
		choice,
		alone: errors.length - rest.length,
		joined: sum(({ joined = 0 }) => joined),
		nodes: rest.length,
		activation: sum(({ activation }) => activation),
		attribution: sum(({ attribution }) => attribution),
	};
}

export interface ErrorSelection {
	readonly errors: ErrorChoice;
	/** The rule that features are chosen by. */
	readonly choice: NodeChoice;
	/** How many features it chose here. */
	readonly features: number;
	/** Positions that are looked at. */
	readonly positions: readonly number[];
	/** The position of an error that was asked for by name. */
	readonly wanted?: number;
}

/**
 * Which errors stand alone. A percentile of activations says nothing of errors: then as many as there are features.
 * What does not stand alone is joined, so that sums over a site's errors stay what they are.
 */
export function chooseErrors({ errorAttributions }: AttributionsPiece, selection: ErrorSelection): ChosenErrors {
	const { errors, choice, features, positions, wanted } = selection;
	if (errors === "all" || errors === "sources") return { alone: positions, joined: [] };
	const rule: NodeChoice = choice.by === "percentile" ? { by: "count", count: features } : choice;
	const strongest = errors === "chosen" ? takeStrongest(errorAttributions, positions, rule) : [];
	const alone = wanted === undefined || strongest.includes(wanted) ? strongest : [...strongest, wanted];
	return {
		alone: alone.toSorted((a, b) => a - b),
		joined: positions.filter((position) => !alone.includes(position)),
	};
}
