import { findMixture } from "#shared/extension";
import { type TraceRequest, tracedBy } from "#shared/trace-request";
import { type DocumentState, useDocument } from "./document-store.ts";
import { formOfRequest, lastLayer } from "./form-of-request.ts";
import { useSession } from "./session-store.ts";
import type { TraceForm } from "./stored-form.ts";
import { buildRequest, changeForm, findGap, startTrace, useTraceForm } from "./trace-form.ts";
import { useTraceProblems } from "./trace-problems.ts";

/** Forms of circuits that were left, so that what was typed for one is there when it is opened again. */
const left = new Map<string, TraceForm>();

/** The form shows what the open circuit was traced with. A form that was stored for this circuit stays as it was left. */
export function startCircuitForm(): void {
	useDocument.subscribe(({ name, run }, before) => {
		// With its run still the same it is called otherwise now, and nothing else.
		if (name !== before.name && name !== null && run !== null && run === before.run) changeForm({ circuit: name });
		else if (name !== before.name || run !== before.run) showCircuit(name, tracedBy(run?.request));
	});
}

function showCircuit(name: string | null, request: TraceRequest | undefined): void {
	const form = useTraceForm.getState();
	if (form.circuit === name) return;
	const exists = (circuit: string) => useSession.getState().circuits.some((one) => one.name === circuit);
	if (form.circuit !== null) left.set(form.circuit, form);
	// One of the same name that comes later has nothing to do with it.
	for (const circuit of left.keys()) if (circuit !== name && !exists(circuit)) left.delete(circuit);
	const kept = name === null ? undefined : left.get(name);
	if (kept) changeForm(kept);
	else if (name !== null && request) changeForm({ ...formFor(request), circuit: name });
	// A trace that was just asked for made it, or nobody traced it: the form stays, and is its own from here on.
	else changeForm({ circuit: name });
}

const formFor = (request: TraceRequest): TraceForm =>
	formOfRequest(request, lastLayer(useSession.getState().library, request.dictionaryDirs));

const words: Readonly<Record<string, string>> = {
	method: "method",
	modelDir: "model",
	dictionaryDirs: "dictionaries",
	conventions: "how dictionaries are read",
	layers: "layers",
	bos: "beginning",
	prompt: "prompt",
	patchPrompt: "other prompt",
	morePrompts: "further prompts",
	atLeast: "how many prompts must have it",
	metric: "metric",
	choice: "which features are explained",
	upNodes: "edges a node",
	errors: "errors",
	integratedGradients: "integrated gradients",
	lastPositionOnly: "positions",
	keepUnconnected: "unconnected nodes",
	pins: "sources",
	thinning: "share",
	thresholdExp: "smallest effect",
	allPositions: "positions",
};

/** What the form asks otherwise than the open circuit was traced, in words; none where no circuit was traced. */
export function findChanges(form: TraceForm, { run }: Pick<DocumentState, "run">): readonly string[] {
	const traced = tracedBy(run?.request);
	if (!traced) return [];
	const now = buildRequest(form) as Readonly<Record<string, unknown>>;
	const then = buildRequest(formFor(traced)) as Readonly<Record<string, unknown>>;
	const changed = Object.keys({ ...then, ...now }).filter(
		(key) => key in words && JSON.stringify(now[key]) !== JSON.stringify(then[key]),
	);
	return [...new Set(changed.includes("method") ? ["method"] : changed.map((key) => words[key] ?? key))];
}

/** The form as the open circuit was traced. */
export function takeBack(): void {
	const traced = tracedBy(useDocument.getState().run?.request);
	if (traced) changeForm({ ...formFor(traced), circuit: useDocument.getState().name });
}

/** What a trace into the open circuit would mix; none where it goes into a new one. */
export function findMixed(form: TraceForm, { run, name }: Pick<DocumentState, "run" | "name">): readonly string[] {
	const traced = tracedBy(run?.request);
	return form.extend && name !== null && traced ? findMixture(traced, buildRequest(form)) : [];
}

/** Why what the form asks cannot be traced; undefined where it can. */
export function findObstacle(form: TraceForm): string | undefined {
	const problem = Object.values(useTraceProblems.getState())[0];
	const mixed = findMixed(form, useDocument.getState());
	return findGap(form) ?? problem ?? (mixed.length > 0 ? "Trace it into a new circuit." : undefined);
}

/** Traces what the form says: into the open circuit, or into a new one. */
export function startForm(): void {
	const form = useTraceForm.getState();
	if (findObstacle(form) !== undefined) return;
	const { name } = useDocument.getState();
	startTrace(buildRequest(form), form.extend && name !== null ? name : undefined);
}
