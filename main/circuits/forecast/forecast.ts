import type { ClusterRequest } from "#shared/cluster";
import type { CollectionChoice } from "#shared/collection";
import type { CheckRequest } from "#shared/dictionary-check";
import type { ForecastKind, Speed, Work } from "#shared/forecast";
import type { ResponseRequest } from "#shared/response";
import type { SteeringRequest } from "#shared/steering";
import type { AblationRequest, ConsensusRequest, GradientRequest, JacobianRequest } from "#shared/trace-request";
import type { QualityRequest, TrainingRequest } from "#shared/training";
import type { ValidationRequest } from "#shared/validation";
import type { Demand } from "./demand.ts";
import {
	type Opened,
	openCompared,
	openCorpus,
	openPrompt,
	openPrompts,
	openSite,
	openTexts,
	openValidation,
} from "./open-sizes.ts";
import { layersOf, type Sizes } from "./sizes.ts";
import {
	countCheck,
	countClustering,
	countCollection,
	countComparison,
	countGeneration,
	countResponse,
	countTraining,
	countValidation,
} from "./task-counts.ts";
import { countAblation, countConsensus, countGradient, countJacobian } from "./trace-counts.ts";

interface Requests {
	gradient: GradientRequest;
	consensus: ConsensusRequest;
	ablation: AblationRequest;
	jacobian: JacobianRequest;
	validate: ValidationRequest;
	respond: ResponseRequest;
	generate: SteeringRequest;
	collect: CollectionChoice;
	cluster: ClusterRequest;
	train: TrainingRequest;
	compare: QualityRequest;
	check: CheckRequest;
}

interface Method<R> {
	/** Reads headers, tokenizes prompts, looks into a corpus. Throws what the run itself would throw. */
	open(request: R): Opened | Promise<Opened>;
	/** Pure. */
	count(request: R, sizes: Sizes): Demand;
}

/** Tokens of the text that a dictionary is checked on, and of a sequence (`dictionary-check.ts`). */
const [checkTokens, checkLength] = [512, 128];

const methods: { readonly [K in ForecastKind]: Method<Requests[K]> } = {
	gradient: { open: openPrompt, count: countGradient },
	consensus: { open: (request) => openPrompts(request, request.morePrompts), count: countConsensus },
	ablation: {
		open: (request) => openTexts(request, [request.prompt, ...request.morePrompts], { maxLength: request.maxLength }),
		count: countAblation,
	},
	jacobian: { open: (request) => openTexts(request, [request.prompt]), count: countJacobian },
	validate: {
		open: openValidation,
		count: countValidation,
	},
	respond: { open: openPrompt, count: countResponse },
	generate: {
		open: (request) =>
			openTexts(request, [request.prompt], { features: request.changes.map(({ feature }) => feature) }),
		count: countGeneration,
	},
	collect: {
		open: (request) => openCorpus(request, { long: "parted", tokens: request.maxTokens }),
		count: countCollection,
	},
	cluster: {
		open: (request) => openSite(request, { long: "parted", tokens: request.positions }),
		count: countClustering,
	},
	train: { open: (request) => openSite(request, { long: "parted", sequences: 1 }), count: countTraining },
	compare: {
		open: (request) => openCompared(request, { long: "cut", sequences: request.sequences }),
		count: countComparison,
	},
	check: {
		open: (request) =>
			openCorpus(
				{ ...request, dictionaryDirs: [request.dictionaryDir], maxLength: checkLength },
				{ long: "parted", tokens: checkTokens },
			),
		count: countCheck,
	},
};

/** What is to be forecast: a request by its kind. */
export type Forecastable = { [K in ForecastKind]: { readonly kind: K; readonly request: Requests[K] } }[ForecastKind];

/** A run as its headers tell it. */
export interface Outlook {
	readonly kind: ForecastKind;
	readonly sizes: Opened;
	readonly demand: Demand;
	/** The same run on shorter prompts or sequences, or with the dictionaries of so many layers alone. */
	demandOf(less: { readonly tokens?: number; readonly layers?: number }): Demand;
}

export async function foresee<K extends ForecastKind>(kind: K, request: Requests[K]): Promise<Outlook> {
	const method: Method<Requests[K]> = methods[kind];
	const sizes = await method.open(request);
	return {
		kind,
		sizes,
		demand: method.count(request, sizes),
		demandOf: ({ tokens: most = Number.POSITIVE_INFINITY, layers = Number.POSITIVE_INFINITY }) => {
			const kept = new Set(layersOf(sizes).slice(0, layers));
			return method.count(request, {
				...sizes,
				tokens: sizes.tokens.map((own) => Math.min(own, most)),
				dictionaries: sizes.dictionaries.filter(({ site }) => kept.has(site.layer)),
			});
		},
	};
}

/** Before anything is counted: opening files, and code that runs for the first time. Traces count that by their sites. */
const startSeconds = (kind: ForecastKind) => (["gradient", "consensus", "ablation"].includes(kind) ? 0.05 : 0.2);

export function secondsOf(work: Work, { rates }: Pick<Speed, "rates">): number {
	return (Object.keys(rates) as (keyof Work)[]).reduce((sum, kind) => sum + work[kind] * rates[kind], 0);
}

/** Of a whole run in the engine; `corrected` by what earlier runs of its kind took. */
export function predictSeconds({ kind, demand }: Outlook, speed: Speed, corrected = true): number {
	const counted = demand.phases.reduce((sum, { work }) => sum + secondsOf(work, speed), startSeconds(kind));
	return counted * (corrected ? (speed.corrections[kind] ?? 1) : 1);
}
