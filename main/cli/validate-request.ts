import { resolve } from "node:path";
import type { Circuit, CircuitNode } from "#shared/circuit";
import { AppError } from "#shared/errors";
import { scoreAgainst } from "#shared/known-agreement";
import { withoutPosition } from "#shared/node-id";
import { rankEdges } from "#shared/rank-edges";
import { type TraceRequest, tracedBy } from "#shared/trace-request";
import {
	askStability,
	type Baseline,
	type PromptSource,
	strongestNodes,
	tracedPrompts,
	type ValidationRequest,
} from "#shared/validation";
import type { App } from "../app/app.ts";
import { findKnown, loadKnown } from "../app/known-circuit.ts";
import { reference } from "../app/locations.ts";
import { readPromptFile } from "../model/prompt-file.ts";
import { readConventions } from "./convention-options.ts";
import { buildModelRequest } from "./options.ts";
import type { ValidateOptions } from "./validate-command.ts";

/** Of a stored circuit, model and dictionaries are those of its last run unless others are named. */
export async function buildValidationRequest({ store }: App, options: ValidateOptions): Promise<ValidationRequest> {
	const { circuit, column, errors, sequences, maxLength, tokens, curve, controls, seed } = options;
	const document = circuit === undefined ? undefined : store.circuits.load(circuit);
	// Another program's graph names no model that is here.
	const traced = circuit === undefined ? undefined : tracedBy(store.circuits.lastRun(circuit)?.request);
	const model =
		traced && options.model === undefined && options.saes === undefined
			? {
					...buildModelRequest({ ...options, model: traced.modelDir, saes: traced.dictionaryDirs }),
					...(options.bos === undefined && traced.bos && { bos: traced.bos }),
					...(traced.conventions && {
						conventions: { ...traced.conventions, ...readConventions(options).conventions },
					}),
				}
			: buildModelRequest(options);
	const texts = chooseTexts(options, traced, model.modelDir === reference.model);
	const pinned = document?.pins.map(({ id }) => id) ?? [];
	const features = document?.nodes.filter(({ kind }) => kind === "feature").map(({ id }) => withoutPosition(id)) ?? [];
	if ((options.edges || options.edgeCurve || options.patching || options.stability || options.known) && !document)
		throw new AppError("usage", "Nodes and edges come from a stored circuit. Name one with --circuit.");
	const known = options.known !== undefined ? loadKnown(store, options.known) : circuit && findKnown(store, circuit);
	return {
		...model,
		pins: [...new Set(options.pin ?? (pinned.length > 0 ? pinned : features))],
		...texts,
		...(column !== undefined && { column }),
		baseline: options.baseline ?? (await usualBaseline(texts.prompts)),
		errors,
		sequences,
		maxLength,
		tokens,
		leaveOneOut: options.leaveOneOut ?? false,
		curve,
		controls,
		seed,
		...(options.subsets !== undefined && { subsets: options.subsets }),
		...(options.patching !== undefined && document && { patching: choosePatching(traced, document, options.patching) }),
		...(options.stability && document && { stability: chooseStability(traced, document) }),
		...(known && document && { known: scoreAgainst(document, known) }),
		...(options.edgeCurve && { edgeCurve: rankEdges(document?.edges ?? []) }),
		...(options.edges && { edges: document?.edges.map(({ source, target }) => [source, target] as const) ?? [] }),
	};
}

/** What it runs on: what is named, else what the circuit was traced on, else the bundled sample. */
function chooseTexts(
	{ corpus, prompts, metric }: ValidateOptions,
	traced: TraceRequest | undefined,
	isBundled: boolean,
): Pick<ValidationRequest, "corpus" | "prompts"> {
	if (corpus !== undefined && prompts !== undefined)
		throw new AppError("usage", "A validation runs on --prompts or over a --corpus. Give one of them.");
	if (corpus !== undefined) return { corpus: resolve(corpus) };
	const asTraced = traced && tracedPrompts(traced);
	if (prompts !== undefined)
		return { prompts: { metric: metric ?? asTraced?.metric ?? "cross_entropy", file: resolve(prompts) } };
	if (asTraced) return { prompts: { ...asTraced, ...(metric !== undefined && { metric }) } };
	if (!isBundled)
		throw new AppError(
			"usage",
			"A model of your own needs something to be checked on. Name a traced circuit with --circuit, prompts with --prompts or a text with --corpus.",
		);
	return { corpus: reference.sample };
}

/** Pairs are compared with one another. */
async function usualBaseline(prompts: PromptSource | undefined): Promise<Baseline> {
	const rows = prompts?.cases ?? (prompts?.file === undefined ? [] : await readPromptFile(prompts.file));
	return rows.length > 0 && rows.every(({ patch }) => patch !== undefined) ? "patch" : "zero";
}

/** The strongest nodes of the prompt that was traced. */
function choosePatching(
	traced: TraceRequest | undefined,
	document: { readonly nodes: readonly CircuitNode[] },
	count: number,
): NonNullable<ValidationRequest["patching"]> {
	const patching = traced && strongestNodes(traced, document.nodes, count);
	if (!patching)
		throw new AppError(
			"usage",
			"Nodes are patched where one prompt was traced by gradients, which says what each does at its position. Name such a circuit with --circuit.",
		);
	return patching;
}

function chooseStability(
	traced: TraceRequest | undefined,
	document: Circuit,
): NonNullable<ValidationRequest["stability"]> {
	const stability = traced && askStability(traced, document);
	if (!stability)
		throw new AppError(
			"usage",
			"Prompts are traced anew where the circuit was traced by gradients. Name such a circuit with --circuit.",
		);
	return stability;
}
