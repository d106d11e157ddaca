import type { LibraryFolder } from "#shared/contract/results";
import type { NodeChoice, TraceRequest } from "#shared/trace-request";
import { readTraceForm, type TraceForm } from "./stored-form.ts";

const usual = readTraceForm(undefined);

/** The form that asks for what was asked: what a circuit was traced with. `last` is the last layer with a dictionary. */
export function formOfRequest(request: TraceRequest, last: number): TraceForm {
	const { conventions, bos } = request;
	return {
		...usual,
		modelDir: request.modelDir,
		setDirs: request.dictionaryDirs,
		prompt: request.prompt,
		upNodes: request.upNodes,
		layers: readLayers(request.layers, last),
		bos: bos ?? "auto",
		center: conventions?.center ?? "auto",
		valueBiases: conventions?.valueBiases ?? "auto",
		normFactor: conventions?.normFactor ?? 0,
		...readMethod(request),
	};
}

function readMethod(request: TraceRequest): Partial<TraceForm> {
	switch (request.method) {
		case "gradient":
			return readGradient(request);
		case "consensus": {
			const { morePrompts, atLeast } = request;
			return {
				...readGradient(request),
				morePrompts: morePrompts.join("\n"),
				atLeast: atLeast / (morePrompts.length + 1),
			};
		}
		case "ablation":
			return {
				method: "ablation",
				ablatePins: request.pins.length > 0,
				tracedPins: request.pins,
				thinning: request.thinning ?? 1,
				cutSmall: request.thresholdExp !== undefined,
				...(request.thresholdExp !== undefined && { thresholdExp: request.thresholdExp }),
				allPositions: request.allPositions,
				logitTokens: request.logitTokens,
				morePrompts: request.morePrompts.length > 0 ? request.morePrompts.join("\n") : null,
			};
		case "jacobian":
			return {
				method: "jacobian",
				ablatePins: request.pins.length > 0,
				tracedPins: request.pins,
				lastPositionOnly: request.lastPositionOnly,
			};
	}
}

function readGradient(request: TraceRequest & { readonly metric: string }): Partial<TraceForm> {
	const { patchPrompt, choice, lastPositionOnly, errors, integratedGradients, keepUnconnected } = request as Extract<
		TraceRequest,
		{ method: "gradient" }
	>;
	return {
		method: "gradient",
		...readMetric(request.metric),
		...readChoice(choice),
		patchPrompt: patchPrompt ?? null,
		lastPositionOnly,
		errors: errors ?? "all",
		integratedGradients: integratedGradients ?? 0,
		keepUnconnected,
	};
}

function readChoice(choice: NodeChoice): Partial<TraceForm> {
	switch (choice.by) {
		case "count":
			return { choice: "count", downNodes: choice.count };
		case "threshold":
			return { choice: "threshold", threshold: choice.threshold };
		case "share":
			return { choice: "share", share: choice.share };
		case "percentile":
			return { choice: "percentile", percentile: choice.percentile };
	}
}

/** Tokens as they were written; of a pair the first comma parts them, unless it is a token's own. */
function readMetric(text: string): Partial<TraceForm> {
	const [, kind, inside = ""] = /^(logit|logprob|logit_difference)\((.*)\)$/s.exec(text) ?? [];
	if (kind === "logit" || kind === "logprob") return { metric: kind, target: inside };
	if (kind !== "logit_difference") return { metric: "cross_entropy" };
	const comma = inside.indexOf(",", 1);
	return { metric: kind, target: inside.slice(0, comma), against: inside.slice(comma + 1) };
}

/** A slice `A:B` as the first and last layer; null where it is none or counts from the end. */
function readLayers(slice: string | undefined, last: number): TraceForm["layers"] {
	const [, from = "", to = ""] = /^(\d*):(\d*)$/.exec(slice ?? "") ?? [];
	if (from === "" && to === "") return null;
	return [from === "" ? -1 : Number(from), to === "" ? last : Number(to) - 1];
}

/** The last layer that has one of these dictionaries. */
export const lastLayer = (library: readonly LibraryFolder[] | null, setDirs: readonly string[]): number =>
	Math.max(
		0,
		...(library ?? [])
			.flatMap(({ sets }) => sets)
			.filter(({ dir }) => setDirs.includes(dir))
			.flatMap(({ dictionaries }) => dictionaries.map(({ site }) => Number.parseInt(site.split("_")[1] ?? "0", 10))),
	);
