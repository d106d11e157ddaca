import { AppError } from "#shared/errors";
import type { PromptCase, PromptSource, ValidationRequest } from "#shared/validation";
import { describeNotes, readDocuments, readSequences, startNotes } from "../model/corpus.ts";
import { readPromptFile } from "../model/prompt-file.ts";
import type { PromptRow } from "../model/prompt-row.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { resolvePrependBos } from "../sae/discovery.ts";
import type { Measure, MeasuredText } from "./measure.ts";
import type { MethodInputs } from "./method-inputs.ts";
import { parseMetric } from "./metric.ts";
import { checkPrompt, encodePrompt } from "./trace-inputs.ts";

/** What a validation runs on. */
export interface ValidationTexts {
	readonly texts: readonly MeasuredText[];
	/** The prompts as they were written, each with its own metric; none of a corpus. */
	readonly cases: readonly PromptCase[];
	readonly measure: Measure;
	/** The metric's name; where prompts have each their own, that is said. */
	readonly metric?: string;
	/** What people are told of them. */
	readonly notes: readonly string[];
}

/** The documents of a corpus, or prompts with their metrics. Throws where nothing can be measured. */
export async function readValidationTexts(request: ValidationRequest, inputs: MethodInputs): Promise<ValidationTexts> {
	const { prompts, corpus, baseline } = request;
	if ((prompts === undefined) === (corpus === undefined))
		throw new AppError("usage", "A validation runs on prompts or on a corpus. Give one of them.");
	const read = prompts
		? await readCases(prompts, request, inputs)
		: await readCorpus(corpus as string, request, inputs);
	if (baseline === "resample" && read.texts.length < 2)
		throw new AppError(
			"usage",
			prompts
				? "Resampling takes activations from another prompt, and there is only one. Give more with --prompts, or take another baseline."
				: "Resampling takes activations from another sequence, and the corpus has only one. Give more text, or take the baseline zero or mean.",
		);
	if (baseline === "patch" && read.texts.some(({ patch }) => !patch))
		throw new AppError(
			"usage",
			"The baseline patch takes activations from the prompt that each is compared with, and not all have one. Give pairs, or take the baseline zero or mean.",
		);
	return read;
}

async function readCorpus(
	corpus: string,
	{ column, maxLength, sequences: wanted, bos }: ValidationRequest,
	{ model, tokenizer, dictionaries }: MethodInputs,
): Promise<ValidationTexts> {
	const notes = startNotes();
	const texts: MeasuredText[] = [];
	const documents = readDocuments(corpus, notes, column);
	const reading = {
		model,
		tokenizer,
		bos: resolvePrependBos(dictionaries, bos),
		length: maxLength,
		long: "cut" as const,
	};
	for await (const ids of readSequences(documents, reading, notes)) {
		texts.push({ ids });
		if (texts.length === wanted) break;
	}
	if (!texts.some(({ ids }) => ids.length > 1))
		throw new AppError(
			"bad-file",
			`The corpus ${corpus} holds no text with anything to predict. Give documents of two tokens or more.`,
			{ path: corpus },
		);
	return { texts, cases: [], measure: "loss", notes: describeNotes(notes, "cut") };
}

/** Why a prompt of a set is left out. */
type Refusal = "answer" | "same answer" | "length" | "long";

const refusalWords: Readonly<Record<Refusal, string>> = {
	answer: "whose answer is not one token",
	"same answer": "whose two answers are one token",
	length: "whose pair has not as many tokens",
	long: "with fewer or more tokens than the model can use",
};

/** Prompts with their metrics, as many as are wanted. */
export async function readCases(
	{ metric, cases, file }: PromptSource,
	{ sequences: wanted, bos }: Pick<ValidationRequest, "sequences" | "bos">,
	inputs: MethodInputs,
): Promise<ValidationTexts> {
	const rows: readonly PromptRow[] = cases ?? (file === undefined ? [] : await readPromptFile(file));
	const prependBos = resolvePrependBos(inputs.dictionaries, bos);
	const texts: MeasuredText[] = [];
	const used: PromptCase[] = [];
	const names = new Set<string>();
	const refused = new Map<Refusal, number>();
	for (const row of rows) {
		if (texts.length === wanted) break;
		const name = nameMetric(row, metric, inputs.tokenizer);
		const text = "refusal" in name ? name : readPrompt(row, name.metric, prependBos, inputs, file === undefined);
		if ("refusal" in text) refused.set(text.refusal, (refused.get(text.refusal) ?? 0) + 1);
		else {
			texts.push(text);
			const { prompt, patch } = row;
			used.push({ prompt, ...(patch !== undefined && { patch }), metric: text.metric?.name ?? metric });
			names.add(text.metric?.name ?? "");
		}
	}
	const notes = [...refused].map(
		([why, count]) =>
			`${count === 1 ? "1 prompt" : `${count} prompts`} ${refusalWords[why]} ${count === 1 ? "was" : "were"} left out.`,
	);
	if (texts.length === 0)
		throw new AppError("bad-file", `No prompt of ${file ?? "the circuit"} can be measured. ${notes.join(" ")}`, {
			...(file !== undefined && { path: file }),
		});
	return {
		texts,
		cases: used,
		measure: "metric",
		metric: names.size === 1 ? ([...names][0] as string) : "each prompt’s own",
		notes,
	};
}

/** The row's own metric, that of its answers (the right one's logit less the wrong one's, or its log-probability), or the usual one. */
function nameMetric(
	{ metric, right, wrong }: PromptRow,
	usual: string,
	tokenizer: Tokenizer,
): { readonly metric: string } | { readonly refusal: Refusal } {
	if (metric !== undefined || right === undefined) return { metric: metric ?? usual };
	const [first, second] = [right, wrong].map((answer) =>
		answer === undefined ? undefined : findToken(answer, tokenizer),
	);
	if (first === undefined || (wrong !== undefined && second === undefined)) return { refusal: "answer" };
	if (first === second) return { refusal: "same answer" };
	return { metric: second === undefined ? `logprob(#${first})` : `logit_difference(#${first},#${second})` };
}

function findToken(answer: string | number, tokenizer: Tokenizer): number | undefined {
	if (typeof answer === "number")
		return Number.isInteger(answer) && answer >= 0 && answer < tokenizer.vocabularySize ? answer : undefined;
	const ids = tokenizer.encode(answer);
	return ids.length === 1 ? ids[0] : undefined;
}

/** `strict` throws for a prompt that cannot be used; else it is left out. */
function readPrompt(
	{ prompt, patch }: PromptRow,
	name: string,
	prependBos: boolean,
	{ model, tokenizer }: MethodInputs,
	strict: boolean,
): MeasuredText | { readonly refusal: Refusal } {
	const tokens = encodePrompt(prompt, prependBos, tokenizer);
	try {
		const metric = parseMetric(name, tokens, tokenizer);
		checkPrompt(metric.runIds, tokens, model);
		const ids = metric.runIds;
		if (patch === undefined) return { ids, metric };
		const other = encodePrompt(patch, prependBos, tokenizer);
		if (other.length !== tokens.length) return { refusal: "length" };
		return { ids, metric, patch: other.slice(0, ids.length) };
	} catch (error) {
		if (strict || !(error instanceof AppError) || error.code !== "bad-prompt") throw error;
		return { refusal: "long" };
	}
}
