import { basename } from "node:path";
import type { CircuitProvenance } from "#shared/provenance";
import type { NodeChoice, TraceRequest } from "#shared/trace";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import type { Store } from "../store/store.ts";
import { readVersions } from "./app.ts";
import type { CircuitDescription } from "./circuit-description.ts";

export const programName = "Sparse Circuit Discovery";

/** What is known of where a circuit comes from, for the card on its drawing. */
export function describeProvenance(store: Store, name: string, described: CircuitDescription): CircuitProvenance {
	const last = store.lastRunOf(name);
	const run = last ? store.loadRun(last.id) : undefined;
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
		explained: described.explained,
		...(validation && { validation }),
		program: `${programName} ${readVersions().scd}`,
		date: run ? new Date(run.startedAt).toISOString().slice(0, 10) : null,
	};
}

function nameMethod(request: TraceRequest | undefined): string {
	if (!request) return "drawn by hand";
	if (request.imported !== undefined) return `imported from ${basename(request.imported)}`;
	const method = request.method ?? "gradient";
	return method === "gradient" && request.integratedGradients !== undefined ? "integrated gradients" : method;
}

function listParameters(request: TraceRequest): CircuitProvenance["parameters"] {
	if (request.imported !== undefined) return [];
	const { layers, patchPrompt, integratedGradients, ablation, method = "gradient", consensus } = request;
	const parameters: [string, string | undefined][] = [
		["nodes", method === "gradient" ? describeChoice(request.choice) : undefined],
		["up nodes", String(request.upNodes)],
		["layers", layers],
		["steps", integratedGradients === undefined ? undefined : String(integratedGradients)],
		["patch prompt", patchPrompt === undefined ? undefined : JSON.stringify(patchPrompt)],
		["positions", request.lastPositionOnly ? "the last" : undefined],
		["pins", ablation && ablation.pins.length > 0 ? String(ablation.pins.length) : undefined],
		["prompts", consensus ? `${consensus.morePrompts.length + 1}, in at least ${consensus.atLeast}` : undefined],
		["from", request.from && `${request.from.node} ${request.from.direction}`],
	];
	return parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
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
	const [newest] = store.listReports("validation", name);
	if (!newest) return undefined;
	const report = newest.body as ValidationReport;
	const { corpus } = newest.request as ValidationRequest;
	const { sequences, faithfulness, completeness } = report;
	return { corpus: basename(corpus), sequences, faithfulness, completeness };
}
