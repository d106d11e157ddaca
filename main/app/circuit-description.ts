import { existsSync } from "node:fs";
import type { CircuitNode } from "#shared/circuit";
import type { Conventions } from "#shared/conventions";
import type { CircuitDocument } from "#shared/document";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import { judgeKnown, type KnownVerdict } from "#shared/known-circuit";
import type { PublishedLabel } from "#shared/published";
import { isScored } from "#shared/score-words";
import { type CircuitScores, noScores, type ScoredCircuit, scoreCircuit } from "#shared/scores";
import { explainedBy, isPaired, type RunRequest, type Selection, tracedBy } from "#shared/trace-request";
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.ts";
import type { Store } from "../store/store.ts";

/** What is said about a circuit as a whole: of its last trace, else of the file that it came from, else nothing. */
export interface CircuitDescription {
	readonly model: { readonly name: string; readonly hash: string };
	readonly modelDir: string;
	readonly dictionaryDirs: readonly string[];
	readonly conventions?: Conventions | undefined;
	/** At each site. */
	readonly dictionaries: ReadonlyMap<string, { readonly name: string; readonly hash: string }>;
	readonly prompt: { readonly text: string; readonly tokens: readonly string[]; readonly tokenIds: readonly number[] };
	readonly metric: { readonly name: string; readonly value: number | null };
	readonly paired: boolean;
	readonly explained: number | null;
	/** Whether scores of its edges mean anything. */
	readonly scored: boolean;
	/** By id without position: what came with it from another machine. */
	readonly carried: ReadonlyMap<string, CarriedKnowledge>;
	/** Text of a token or logit: the model's own, else what came with the circuit, else its number. */
	tokenOf(node: Pick<CircuitNode, "kind" | "feature" | "position">): string;
	/** The same of a vocabulary number, wherever it stands. */
	tokenText(id: number): string;
}

/**
 * Never refuses: a circuit that nobody traced has no model and no metric, and can be exported all the same. Unless it is
 * `here`, in a database of one's own, its paths are anybody's and are not followed.
 */
export function describeCircuit(store: Store, name: string, here = true): CircuitDescription {
	const run = store.circuits.lastRun(name);
	const { modelDir, dictionaryDirs, conventions } = modelOf(run?.request);
	const carried = store.circuits.carried(name);
	const { tokens = [], tokenIds = [] } = run ?? {};
	const inPrompt = (id: number) => tokens[tokenIds.indexOf(id)];
	const textOf = openTokenizer(here ? modelDir : "");
	return {
		model: { name: run?.modelName ?? "", hash: run?.modelHash ?? "" },
		modelDir,
		dictionaryDirs,
		conventions,
		dictionaries: store.circuits.dictionaries(name),
		prompt: { text: run?.prompt ?? "", tokens, tokenIds },
		metric: { name: run?.metricName ?? "imported", value: run?.measured ?? null },
		paired: isPaired(run?.request),
		explained: run ? explainedBy(run) : null,
		scored: isScored(run?.request, store.circuits.runsOf(name).length),
		carried,
		tokenOf: ({ kind, feature = 0, position }) =>
			textOf(feature) ??
			carried.get(`${kind}.${feature}`)?.token ??
			(kind === "token" ? tokens[position] : inPrompt(feature)) ??
			`#${feature}`,
		tokenText: (id) =>
			textOf(id) ?? carried.get(`logit.${id}`)?.token ?? carried.get(`token.${id}`)?.token ?? inPrompt(id) ?? `#${id}`,
	};
}

/** Replacement and completeness of a circuit as it is now, or of a part of it; neither where edges are counted twice. */
export function scoreDocument(
	{ nodes, edges }: Pick<CircuitDocument, "nodes" | "edges">,
	{ metric, scored }: Pick<CircuitDescription, "metric" | "scored">,
): CircuitScores & Pick<ScoredCircuit, "isDoubled"> {
	if (!scored) return { ...noScores, isDoubled: false };
	const { replacement, completeness, isDoubled } = scoreCircuit({ nodes, edges, metricName: metric.name });
	return { replacement, completeness, isDoubled };
}

/** How the last run did on the model whose circuit is known; undefined of any other. */
export function judgeDocument(
	store: Store,
	name: string,
	{ nodes, edges }: Pick<CircuitDocument, "nodes" | "edges">,
): KnownVerdict | undefined {
	const last = store.circuits.lastRun(name);
	const run = last && store.runs.load(last.id);
	return run && judgeKnown({ ...run, metricName: run.metricName ?? "" }, { nodes, edges });
}

/** Model and dictionaries that a run names; nobody's where it read another program's graph, or where there is none. */
export function modelOf(
	request: RunRequest | undefined,
): Pick<Selection, "modelDir" | "dictionaryDirs" | "conventions" | "bos"> {
	return tracedBy(request) ?? { modelDir: "", dictionaryDirs: [] };
}

/** The model may be on another machine; the tokenizer is read when the first text is asked for. */
function openTokenizer(modelDir: string): (id: number) => string | undefined {
	let tokenizer: Tokenizer | null | undefined;
	return (id) => {
		if (tokenizer === undefined)
			try {
				tokenizer = modelDir !== "" && existsSync(modelDir) ? loadTokenizer(modelDir) : null;
			} catch {
				tokenizer = null;
			}
		return tokenizer && id < tokenizer.vocabularySize ? tokenizer.tokenText(id) : undefined;
	};
}

export function carriedLabels(carried: CircuitDescription["carried"]): ReadonlyMap<string, PublishedLabel> {
	return new Map([...carried].flatMap(([id, { published }]) => (published ? [[id, published] as const] : [])));
}
