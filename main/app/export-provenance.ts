import { basename } from "node:path";
import type { CircuitProvenance } from "#shared/provenance";
import { asTold } from "#shared/ratio";
import type { CircuitScores } from "#shared/scores";
import { type ConsensusRequest, errorWords, type NodeChoice, type RunRequest } from "#shared/trace-request";
import { describeTexts, type Figure, type ValidationReport, type ValidationRequest } from "#shared/validation";
import type { Store } from "../store/store.ts";
import { readVersions } from "./app.ts";
import type { CircuitDescription } from "./circuit-description.ts";

export const programName = "Sparse Circuit Discovery";

/** What is known of where a circuit comes from, for the card on its drawing. */
export function describeProvenance(
	store: Store,
	name: string,
	described: CircuitDescription,
	scores: CircuitScores,
): CircuitProvenance {
	const last = store.circuits.lastRun(name);
	const run = last ? store.runs.load(last.id) : undefined;
	const request = run?.request;
	const { model, metric, prompt } = described;
	const target = metric.name === "cross_entropy" ? prompt.tokens.at(-1) : undefined;
	const validation = describeValidation(store, name);
	return {
		circuit: name,
		...(model.name !== "" && { model: { name: model.name, hash: model.hash === "" ? null : model.hash } }),
		dictionaries: [...described.dictionaries].map(([site, { name: own, hash }]) => ({ site, name: own, hash })),
		...(prompt.text !== "" && { prompt: prompt.text }),
		...(target !== undefined && { target }),
		...(metric.value !== null && { metric: { name: metric.name, value: metric.value } }),
		method: nameMethod(request),
		parameters: request ? listParameters(request) : [],
		scores,
		...(validation && { validation }),
		program: `${programName} ${readVersions().scd}`,
		date: run ? new Date(run.startedAt).toISOString().slice(0, 10) : null,
	};
}

function nameMethod(request: RunRequest | undefined): string {
	if (!request) return "drawn by hand";
	if (request.method === "imported") return `imported from ${basename(request.file)}`;
	const steps = "integratedGradients" in request ? request.integratedGradients : undefined;
	// Several prompts are a parameter of how their gradients are joined.
	return steps !== undefined ? "integrated gradients" : request.method === "consensus" ? "gradient" : request.method;
}

function listParameters(request: RunRequest): CircuitProvenance["parameters"] {
	if (request.method === "imported") return [];
	const { upNodes, layers } = request;
	const gradient = "metric" in request ? request : undefined;
	const pins = "pins" in request ? request.pins.length : 0;
	const from = request.method === "gradient" ? request.from : undefined;
	const steps = gradient?.integratedGradients;
	const patchPrompt = gradient?.patchPrompt;
	const isLast = "lastPositionOnly" in request && request.lastPositionOnly;
	const parameters: [string, string | undefined][] = [
		["nodes", gradient && describeChoice(gradient.choice)],
		["up nodes", String(upNodes)],
		["errors", gradient?.errors && errorWords[gradient.errors]],
		["layers", layers],
		["steps", steps === undefined ? undefined : String(steps)],
		["patch prompt", patchPrompt === undefined ? undefined : JSON.stringify(patchPrompt)],
		["positions", isLast ? "the last" : undefined],
		["pins", pins > 0 ? String(pins) : undefined],
		["prompts", request.method === "consensus" ? describePrompts(request) : undefined],
		["from", from && `${from.node} ${from.direction}`],
	];
	return parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function describePrompts({ morePrompts, atLeast }: ConsensusRequest): string {
	return `${morePrompts.length + 1}, in at least ${atLeast}`;
}

function describeChoice(choice: NodeChoice): string {
	switch (choice.by) {
		case "count":
			return `the ${choice.count} largest a site`;
		case "threshold":
			return `above ${choice.threshold}`;
		case "share":
			return `${(100 * choice.share).toFixed(0)}% of a site's attribution`;
		case "percentile":
			return `above the ${choice.percentile}th percentile`;
	}
}

/** The newest validation of the circuit. */
function describeValidation(store: Store, name: string): CircuitProvenance["validation"] {
	const [newest] = store.reports.list("validation", name);
	if (!newest) return undefined;
	const report = asTold(newest.body as ValidationReport);
	const { sequences, faithfulness, completeness } = report;
	const proven = (figure: Figure | null) => (figure && sequences < 2 ? { value: figure.value } : figure);
	return {
		texts: describeTexts(newest.request as ValidationRequest, sequences),
		faithfulness: proven(faithfulness),
		completeness: proven(completeness),
	};
}
