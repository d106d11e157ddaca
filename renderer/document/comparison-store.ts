import { create } from "zustand";
import type { CircuitUnion, MatchBy } from "#shared/compare-circuits";
import type { RunDescription } from "#shared/contract/results";
import type { CircuitDocument } from "#shared/document";
import type { DescribedTokens } from "#shared/drawing/card-content";

/** A run, and the texts of tokens that stand at one position. */
export type ComparedRun = RunDescription & Pick<DescribedTokens, "tokenTexts">;

/** One of two circuits, as it is now or after a step. */
export interface ComparedState {
	/** `name`, or `name@step`. */
	readonly which: string;
	/** What people call it. */
	readonly title: string;
	/** The circuit's name. */
	readonly name: string;
	readonly document: CircuitDocument;
	readonly run: RunDescription | null;
	/** Edges that were too many to be loaded, and are not compared. */
	readonly edgesLeft: number;
}

/** Two circuits that lie on the canvas as one, in place of the open circuit, which stays as it is. */
export interface Comparison {
	readonly left: ComparedState;
	readonly right: ComparedState;
	/** How features are matched, where a person chose it. */
	readonly asked: MatchBy | undefined;
	readonly union: CircuitUnion;
	/** What is drawn. */
	readonly document: CircuitDocument;
	/** What the union's numbers and tokens are about. */
	readonly run: ComparedRun | null;
}

/** A little of the largest: what is nearly the same is the same. */
export const usualDifference = { onlyDiffering: false, level: 0.25 };

export const useComparison = create<{
	readonly comparison: Comparison | null;
	/** What is the same in both is not shown. */
	readonly onlyDiffering: boolean;
	/** Share of the largest difference below which two numbers count as the same, on the scale of `threshold`. */
	readonly level: number;
}>(() => ({ comparison: null, ...usualDifference }));

/** While two circuits are compared nothing is changed. */
export const isComparing = (): boolean => useComparison.getState().comparison !== null;
