import type { CircuitDocument } from "#shared/document";
import { knownByConstruction, scoreAgainst } from "#shared/known-agreement";
import { type JudgedRun, judgeKnown } from "#shared/known-circuit";
import { withoutPosition } from "#shared/node-id";
import { rankEdges } from "#shared/rank-edges";
import type { TraceRequest } from "#shared/trace-request";
import {
	askStability,
	type Baseline,
	type PromptSource,
	strongestNodes,
	tracedPrompts,
	type ValidationRequest,
} from "#shared/validation";

/** What a validation runs on: the prompts that were traced, a file of similar ones, or a text. */
export type Over = "trace" | "prompts" | "text";

export interface ValidationForm {
	readonly over: Over;
	/** Of similar prompts. */
	readonly file: string;
	readonly corpus: string;
	/** Null: the pair's other prompt where a pair was traced, else zero. */
	readonly baseline: Baseline | null;
	readonly errors: "keep" | "remove";
	readonly sequences: number;
	readonly maxLength: number;
	readonly leaveOneOut: boolean;
	readonly subsets: boolean;
	readonly patching: boolean;
	readonly edgeCurve: boolean;
	readonly stability: boolean;
	readonly curve: number;
	readonly controls: number;
	readonly onlyEdges: boolean;
	readonly seed: number;
}

export const usualForm: ValidationForm = {
	...{ over: "trace", file: "", corpus: "", baseline: null, errors: "keep", sequences: 32, maxLength: 48 },
	...{ leaveOneOut: true, subsets: true, patching: true, edgeCurve: false, stability: false },
	...{ curve: 6, controls: 5, onlyEdges: false, seed: 0 },
};

/** Random subsets, and nodes that are patched. */
const [drawnSubsets, patchedNodes] = [10, 40];

/** The circuit that is validated, and how it was traced. */
export interface Validated {
	readonly document: Pick<CircuitDocument, "nodes" | "edges" | "pins">;
	readonly traced: TraceRequest | undefined;
	/** Its last run, by which it may be known what is right. */
	readonly run?: JudgedRun | null;
}

/** What is pinned, else all features of the circuit. */
export function featuresOf({ document: { pins, nodes } }: Validated): readonly string[] {
	if (pins.length > 0) return pins.toSorted((a, b) => a.order - b.order).map(({ id }) => id);
	return [...new Set(nodes.flatMap(({ id, kind }) => (kind === "feature" ? [withoutPosition(id)] : [])))];
}

/** A circuit that nobody traced has no prompt of its own. */
export const overOf = ({ over }: ValidationForm, { traced }: Validated): Over =>
	over === "trace" && !traced ? "text" : over;

/** Whether prompts are compared with others: a pair was traced, or a file may hold pairs. */
export const isPaired = (over: Over, { traced }: Validated): boolean =>
	over === "prompts" || (over === "trace" && traced !== undefined && "patchPrompt" in traced);

export function baselineOf(form: ValidationForm, validated: Validated): Baseline {
	const over = overOf(form, validated);
	if (form.baseline !== null && (form.baseline !== "patch" || isPaired(over, validated))) return form.baseline;
	return over === "trace" && isPaired(over, validated) ? "patch" : "zero";
}

function promptsOf(form: ValidationForm, validated: Validated): PromptSource | undefined {
	const traced = validated.traced && tracedPrompts(validated.traced);
	const over = overOf(form, validated);
	if (over === "trace") return traced;
	return over === "prompts" ? { metric: traced?.metric ?? "cross_entropy", file: form.file.trim() } : undefined;
}

/** Undefined where something is missing. */
export function buildRequest(
	form: ValidationForm,
	validated: Validated,
	model: Pick<ValidationRequest, "modelDir" | "dictionaryDirs" | "conventions" | "bos" | "provider">,
): ValidationRequest | undefined {
	const { document, traced } = validated;
	const { errors, sequences, maxLength, leaveOneOut, curve, controls, seed } = form;
	const over = overOf(form, validated);
	const pins = featuresOf(validated);
	const prompts = promptsOf(form, validated);
	if (pins.length === 0 || (over === "text" ? form.corpus.trim() : (prompts?.file ?? "traced")) === "")
		return undefined;
	const many = over === "prompts" || (prompts?.cases?.length ?? 0) > 1;
	const patching = form.patching && traced ? strongestNodes(traced, document.nodes, patchedNodes) : undefined;
	const stability = form.stability && traced && many ? askStability(traced, document) : undefined;
	const known = validated.run ? knownByConstruction(judgeKnown(validated.run, document)) : undefined;
	return {
		...model,
		...(prompts ? { prompts } : { corpus: form.corpus }),
		...{
			pins,
			baseline: baselineOf(form, validated),
			errors,
			sequences,
			maxLength,
			leaveOneOut,
			curve,
			controls,
			seed,
		},
		tokens: 8,
		...(form.subsets && { subsets: drawnSubsets }),
		...(form.edgeCurve && { edgeCurve: rankEdges(document.edges) }),
		...(patching && { patching }),
		...(stability && { stability }),
		...(known && { known: scoreAgainst(document, known) }),
		...(form.onlyEdges && { edges: [...document.edges].map(({ source, target }) => [source, target] as const) }),
	};
}
