import { create } from "zustand";
import type { LibraryFolder, LibraryModel, LibrarySet } from "#shared/contract/results";
import type { Conventions } from "#shared/conventions";
import type { SeedConfig } from "#shared/seed-config";
import type { SiteName } from "#shared/site";
import type { GradientChoice, NodeChoice, Selection, TraceRequest } from "#shared/trace-request";
import { client } from "../bridge/connection.ts";
import { openCircuit, useDocument } from "./document-store.ts";
import { reportError, saveSettings, useSession } from "./session-store.ts";
import { readTraceForm, type TraceForm } from "./stored-form.ts";

export const useTraceForm = create<TraceForm>(() => readTraceForm(undefined));

export function changeForm(change: Partial<TraceForm>): void {
	useTraceForm.setState(change);
	clearTimeout(timer);
	timer = setTimeout(flushForm, settleMs);
}

const settleMs = 500;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Stores the form at once where it was changed a moment ago; the window is left. */
export function flushForm(): void {
	if (timer === undefined) return;
	clearTimeout(timer);
	timer = undefined;
	const { workspace } = useSession.getState().settings;
	saveSettings({ workspace: { ...workspace, trace: useTraceForm.getState() } });
}

/** Fills the form once: what was left in it, else the bundled model and its sample prompt. */
export function fillForm(): void {
	const { app, settings } = useSession.getState();
	if (!app || useTraceForm.getState().modelDir !== "") return;
	const stored = readTraceForm(settings.workspace["trace"]);
	const { modelDir, dictionaryDir, prompt } = app.reference;
	useTraceForm.setState(stored.modelDir === "" ? { ...stored, modelDir, setDirs: [dictionaryDir], prompt } : stored);
}

export function findLibraryModel(library: readonly LibraryFolder[] | null, dir: string): LibraryModel | undefined {
	return library?.flatMap(({ models }) => models).find((model) => model.dir === dir);
}

/** Whether dictionaries read what a model computes: their inputs are as wide, but for single heads and neurons. */
export function fitsModel(
	{ dictionaries }: Pick<LibrarySet, "dictionaries">,
	model: LibraryModel | undefined,
): boolean {
	return !model || dictionaries.every(({ width, site }) => width === model.width || /^(z|post)_/.test(site));
}

/** Takes a model, and with it dictionaries that fit where those that were chosen do not. */
export function chooseModel(dir: string): void {
	const { library } = useSession.getState();
	const model = findLibraryModel(library, dir);
	const fitting = (library ?? []).flatMap(({ sets }) => sets).filter((set) => fitsModel(set, model));
	const kept = useTraceForm.getState().setDirs.filter((one) => fitting.some((set) => set.dir === one));
	const largest = fitting.toSorted((a, b) => b.dictionaries.length - a.dictionaries.length)[0];
	changeForm({ modelDir: dir, layers: null, setDirs: kept.length > 0 ? kept : largest ? [largest.dir] : [] });
}

/** Sites of the chosen dictionaries. */
export function findSites(library: readonly LibraryFolder[] | null, setDirs: readonly string[]): readonly SiteName[] {
	return (library ?? [])
		.flatMap(({ sets }) => sets)
		.filter(({ dir }) => setDirs.includes(dir))
		.flatMap(({ dictionaries }) => dictionaries.map(({ site }) => site));
}

/** What can be decided of how the chosen dictionaries are read. */
export function findChoices(
	library: readonly LibraryFolder[] | null,
	setDirs: readonly string[],
): ReadonlySet<keyof Conventions> {
	// Nothing that was set is dropped before anybody knows what the sets are.
	if (library === null) return new Set(["center", "valueBiases", "normFactor"]);
	const chosen = library.flatMap(({ sets }) => sets).filter(({ dir }) => setDirs.includes(dir));
	return new Set(chosen.flatMap(({ dictionaries }) => dictionaries.flatMap(({ choices }) => choices)));
}

/**
 * The part of a request that says how dictionaries are read; empty where they say it themselves. What was set for others
 * stays in the form and is not asked for.
 */
export function readConventions({ center, valueBiases, normFactor, setDirs }: TraceForm): {
	readonly conventions?: Conventions;
} {
	const choices = findChoices(useSession.getState().library, setDirs);
	const conventions: Conventions = {
		...(choices.has("center") && center !== "auto" && { center }),
		...(choices.has("valueBiases") && valueBiases !== "auto" && { valueBiases }),
		...(choices.has("normFactor") && normFactor > 0 && { normFactor }),
	};
	return Object.keys(conventions).length === 0 ? {} : { conventions };
}

/** The request that a form stands for. */
export function buildRequest(form: TraceForm): TraceRequest {
	const { method, upNodes } = form;
	const selection = buildSelection(form);
	const morePrompts = listPrompts(form);
	switch (method) {
		case "gradient":
			return morePrompts.length === 0
				? { method, ...selection, ...buildGradientChoice(form) }
				: {
						method: "consensus",
						...selection,
						...buildGradientChoice(form),
						morePrompts,
						atLeast: Math.max(1, Math.ceil(form.atLeast * (morePrompts.length + 1))),
					};
		case "ablation":
			return {
				...{ method, ...selection, upNodes, pins: listPins(form), morePrompts, seed: 0 },
				...(form.thinning < 1 && { thinning: form.thinning }),
				...(form.cutSmall && { thresholdExp: form.thresholdExp }),
				allPositions: form.allPositions,
				logitTokens: form.logitTokens,
			};
		case "jacobian":
			return { method, ...selection, upNodes, pins: listPins(form), lastPositionOnly: form.lastPositionOnly };
	}
}

/** Model, dictionaries and prompt, and where they run. */
export function buildSelection(form: TraceForm): Selection {
	const { provider } = useSession.getState().settings;
	const { layers, bos } = form;
	return {
		modelDir: form.modelDir,
		dictionaryDirs: form.setDirs,
		...readConventions(form),
		...(layers && { layers: layers[0] < 0 ? `:${layers[1] + 1}` : `${layers[0]}:${layers[1] + 1}` }),
		...(bos !== "auto" && { bos }),
		prompt: form.prompt,
		provider,
	};
}

/** How gradients explain the prompt. */
export function buildGradientChoice(form: TraceForm): GradientChoice {
	return {
		...(form.patchPrompt !== null && { patchPrompt: form.patchPrompt }),
		metric: buildMetric(form),
		choice: buildNodeChoice(form),
		upNodes: form.upNodes,
		lastPositionOnly: form.lastPositionOnly,
		errors: form.errors,
		...(form.integratedGradients > 0 && { integratedGradients: form.integratedGradients }),
		allNodes: false,
		keepUnconnected: form.keepUnconnected,
	};
}

function buildMetric({ metric, target, against }: TraceForm): string {
	if (metric === "cross_entropy") return metric;
	return metric === "logit_difference" ? `logit_difference(${target},${against})` : `${metric}(${target})`;
}

function buildNodeChoice({ choice, downNodes, threshold, share, percentile }: TraceForm): NodeChoice {
	switch (choice) {
		case "count":
			return { by: choice, count: downNodes };
		case "threshold":
			return { by: choice, threshold };
		case "share":
			return { by: choice, share };
		case "percentile":
			return { by: choice, percentile };
	}
}

/** Features that ablations begin with: what is pinned, else what the open circuit was traced with. None: all that are active. */
export function listPins({ ablatePins, tracedPins }: TraceForm): readonly string[] {
	if (!ablatePins) return [];
	const pinned = useDocument.getState().document.pins.map(({ id }) => id);
	return pinned.length > 0 ? pinned : tracedPins;
}

/** Prompts beside the first. */
export function listPrompts({ morePrompts }: TraceForm): readonly string[] {
	return (morePrompts ?? "").split("\n").filter((line) => line.trim() !== "");
}

/** What is missing before a trace can be asked for; undefined where nothing is. */
export function findGap(form: TraceForm): string | undefined {
	if (form.modelDir === "") return "Choose a model.";
	if (form.setDirs.length === 0) return "Choose dictionaries.";
	if (form.prompt === "") return "Write a prompt.";
	if (form.metric !== "cross_entropy" && form.target === "") return "Choose the target token.";
	if (form.metric === "logit_difference" && form.against === "") return "Choose the token to compare with.";
	if (form.patchPrompt === "") return "Write the other prompt of the pair, or leave the pair.";
	if (form.morePrompts !== null && form.method !== "jacobian" && listPrompts(form).length === 0)
		return "Write the other prompts, one a line, or leave them.";
	if (form.method !== "gradient" && form.ablatePins && listPins(form).length === 0)
		return "Pin the features to begin with, or take all that are active.";
	return undefined;
}

/** Fills the form from the seed's configuration; what is not in it stays. */
export function takeConfig(config: SeedConfig): void {
	const { library } = useSession.getState();
	const model = library
		?.flatMap(({ models }) => models)
		.find(({ dir, name }) => dir === config.model || name === config.model);
	if (model) chooseModel(model.dir);
	const [from, to] = (config.layers ?? "").split(":").map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
	const pinned = config.pins !== undefined;
	changeForm({
		...(config.prompt !== undefined && { prompt: config.prompt }),
		...(from !== undefined && to !== undefined && from >= 0 && to > from && { layers: [from, to - 1] }),
		...(config.downNodes !== undefined && { choice: "count", downNodes: config.downNodes }),
		...(config.upNodes !== undefined && { upNodes: config.upNodes }),
		...(config.thinning !== undefined && { thinning: config.thinning }),
		...(config.thresholdExp === undefined
			? { cutSmall: false }
			: { cutSmall: true, thresholdExp: config.thresholdExp }),
		...(config.logitTokens !== undefined && { logitTokens: config.logitTokens }),
		...(pinned && { method: "ablation", ablatePins: true }),
	});
}

/** Puts a trace in the queue and shows its circuit. */
export function startTrace(request: TraceRequest, circuit?: string): void {
	client
		.call("jobs.start", { job: crypto.randomUUID(), request, ...(circuit !== undefined && { circuit }) })
		.then(async (job) => {
			if (useDocument.getState().name !== job.circuit) await openCircuit(job.circuit);
		})
		.catch(reportError);
}
