import { foresee, type Outlook } from "../circuits/forecast/forecast.ts";
import type { Foresight } from "./engine-loop.ts";
import type { EngineMethod, EngineMethods } from "./protocol.ts";

type Foreseers = {
	readonly [M in EngineMethod]: ((params: EngineMethods[M]["params"]) => Promise<Outlook>) | undefined;
};

/** Look-ups that are over at once are not forecast. */
const foreseers: Foreseers = {
	trace: (request) => foresee(request.method, request as never),
	validate: (request) => foresee("validate", request),
	respond: (request) => foresee("respond", request),
	generate: (request) => foresee("generate", request),
	collect: (request) => foresee("collect", request),
	cluster: (request) => foresee("cluster", request),
	train: (request) => foresee("train", request),
	compareDictionaries: (request) => foresee("compare", request),
	checkDictionary: (request) => foresee("check", request),
	logitFacts: undefined,
	sampleFacts: undefined,
	explainEdge: undefined,
	checkProvider: undefined,
	requireProvider: undefined,
	calibrate: undefined,
	providers: undefined,
};

export const foreseeCall: Foresight = async (method, params) =>
	await (foreseers[method] as ((params: unknown) => Promise<Outlook>) | undefined)?.(params);
