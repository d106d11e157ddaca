import { AppError } from "#shared/errors";
import { compareSites } from "#shared/site";
import type { TraceResult } from "#shared/trace";
import type { GradientRequest, Selection } from "#shared/trace-request";
import { type LanguageModel, loadLanguageModel } from "../model/language-model.ts";
import { loadTokenizer, type Tokenizer } from "../model/tokenizer.ts";
import { type Dictionary, seatDictionary } from "../sae/dictionary.ts";
import { discoverDictionaries, resolvePrependBos, selectLayers } from "../sae/discovery.ts";
import { refuseIdleConventions } from "../sae/idle-conventions.ts";
import { type Metric, parseMetric } from "./metric.ts";

/** What the model runs on for the patch prompt, as long as `metric.runIds`, and where the two first differ. */
export interface PatchInputs {
	readonly ids: readonly number[];
	readonly from: number;
}

/** A request with its files opened and its prompt read. */
export interface TraceInputs {
	readonly model: LanguageModel;
	readonly tokenizer: Tokenizer;
	/** In the order of computation. */
	readonly dictionaries: readonly Dictionary[];
	/** Folders that could not be used, and why. */
	readonly skipped: TraceResult["skipped"];
	/** With `<|endoftext|>` and the target. */
	readonly tokenIds: readonly number[];
	readonly metric: Metric;
	readonly patch?: PatchInputs;
}

/** Opens a model with its tokenizer and dictionaries, and checks that they belong together. */
export function loadModelWithDictionaries({
	modelDir,
	dictionaryDirs,
	conventions,
}: Pick<Selection, "modelDir" | "dictionaryDirs" | "conventions">) {
	const model = loadLanguageModel(modelDir);
	const tokenizer = loadTokenizer(model.dir);
	const { dictionaries: found, skipped } = discoverDictionaries(dictionaryDirs, conventions);
	const dictionaries = found
		.map((dictionary) => seatDictionary(dictionary, model))
		.sort((a, b) => compareSites(a.site, b.site));
	refuseIdleConventions(
		dictionaries.map(({ config }) => config),
		conventions,
	);
	return { model, tokenizer, dictionaries, skipped };
}

/** What names a prompt, and what is measured of it. */
export type MetricRequest = Pick<
	GradientRequest,
	"modelDir" | "dictionaryDirs" | "conventions" | "layers" | "bos" | "prompt" | "patchPrompt" | "metric"
>;

/** Opens everything and checks that it fits together, before anything is computed. */
export function loadTraceInputs(request: MetricRequest): TraceInputs {
	const { model, tokenizer, dictionaries: found, skipped } = loadModelWithDictionaries(request);
	const dictionaries = selectLayers(found, request.layers, model.config.layers);
	const prependBos = resolvePrependBos(dictionaries, request.bos);
	const tokenIds = encodePrompt(request.prompt, prependBos, tokenizer);
	const metric = parseMetric(request.metric, tokenIds, tokenizer);
	checkPrompt(metric.runIds, tokenIds, model);
	if (request.patchPrompt === undefined) return { model, tokenizer, dictionaries, skipped, tokenIds, metric };
	const patch = encodePrompt(request.patchPrompt, prependBos, tokenizer);
	if (patch.length !== tokenIds.length)
		throw new AppError(
			"bad-prompt",
			`The prompt has ${tokenIds.length} tokens and the patch prompt ${patch.length}. A pair needs as many; change a word.`,
			{ prompt: tokenIds.length, patch: patch.length },
		);
	const ids = patch.slice(0, metric.runIds.length);
	checkPrompt(ids, patch, model);
	const from = findDifference(metric.runIds, ids);
	return { model, tokenizer, dictionaries, skipped, tokenIds, metric, patch: { ids, from } };
}

/** Throws `no-effect` where two prompts of one length are the same. */
function findDifference(prompt: readonly number[], patch: readonly number[]): number {
	const at = prompt.findIndex((id, t) => id !== patch[t]);
	if (at >= 0) return at;
	throw new AppError(
		"no-effect",
		"The prompt and the patch prompt have the same tokens where the model runs, so nothing differs and nothing is attributed. Change a word.",
	);
}

/** A prompt's tokens, `<|endoftext|>` included where it is wanted. Throws `bad-prompt` or `mismatch`. */
export function encodePrompt(text: string, prependBos: boolean, tokenizer: Tokenizer): readonly number[] {
	if (text === "") throw new AppError("bad-prompt", "The prompt is empty. Write some text to trace.", { prompt: text });
	return completePrompt(tokenizer.encode(text), prependBos, tokenizer);
}

/** Text that was encoded as the model reads it: the same list where nothing is put before it. Throws `mismatch`. */
export function completePrompt(ids: readonly number[], prependBos: boolean, tokenizer: Tokenizer): readonly number[] {
	if (!prependBos || ids[0] === tokenizer.bosId) return ids;
	if (tokenizer.bosId === undefined)
		throw new AppError(
			"mismatch",
			"The dictionaries expect <|endoftext|> before the prompt and the tokenizer has no such token. Trace with --bos off.",
		);
	return [tokenizer.bosId, ...ids];
}

/** Throws where the model cannot run these tokens. */
export function checkPrompt(runIds: readonly number[], tokenIds: readonly number[], { config }: LanguageModel): void {
	if (runIds.length === 0)
		throw new AppError("bad-prompt", "The prompt has no token that the model could read. Write some text to trace.");
	const beyond = runIds.length - config.contextLength;
	if (beyond > 0) {
		const show = (number: number) => number.toLocaleString("en");
		const target = tokenIds.length > runIds.length ? " before the last, which is the target" : "";
		throw new AppError(
			"bad-prompt",
			`The prompt has ${show(tokenIds.length)} tokens, and the model reads at most ${show(config.contextLength)}${target}. Leave out ${beyond === 1 ? "one" : `${show(beyond)}`} or more.`,
			{ tokens: tokenIds.length },
		);
	}
	const unknown = tokenIds.find((id) => id >= config.vocabularySize);
	if (unknown !== undefined)
		throw new AppError(
			"mismatch",
			`The tokenizer gives token ${unknown} and the model knows ${config.vocabularySize} tokens. Tokenizer and model do not belong together.`,
			{ token: unknown },
		);
}
