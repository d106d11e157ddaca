import { z } from "zod";

/**
 * How dictionaries read the model where their files leave it open. Wrong ones give plausible numbers, so each is decided by
 * something that can be named, and what decided is told.
 */

/** What people decide themselves, for all dictionaries of a request; what is absent is as the dictionary says. */
export const conventions = z.object({
	/** Whether the mean over the width is taken off before encoding and put back behind. */
	center: z.exactOptional(z.enum(["on", "off"])),
	/** Whether dictionaries of heads see them without what the value biases add. */
	valueBiases: z.exactOptional(z.enum(["folded", "kept"])),
	/** Activations are multiplied by it before encoding and divided by it behind, where a dictionary asks for a factor. */
	normFactor: z.exactOptional(z.number().gt(0).max(1e9)),
});
export type Conventions = Readonly<z.infer<typeof conventions>>;

/**
 * What decided: an option; the catalogue's release at whose place in the Hugging Face cache the files lie; the
 * dictionary's own configuration; a release whose name the folder or the configuration merely bears; nothing at all.
 */
export type Reason = "option" | "release" | "config" | "guess" | "default";

export interface Decided<T> {
	readonly value: T;
	readonly why: Reason;
}

/**
 * `folded`: as TransformerLens's `fold_value_biases` does it; heads see `z` without `b_V`, and where the layer norm is
 * folded too, as in its usual processing, without what the norm's bias adds through the value matrix either.
 */
export type ValueBiases = "kept" | "folded" | "folded-without-norm";

/** How one dictionary is read, and why. */
export interface ReadingRule {
	readonly centred: Decided<boolean>;
	readonly valueBiases: Decided<ValueBiases>;
	/** 1 where none is asked for; null where one is and nobody knows it. */
	readonly normFactor: Decided<number | null>;
	/** Whether `<|endoftext|>` goes before the text, unless a request decides it (`--bos`); absent in files of earlier versions. */
	readonly bos?: Decided<boolean>;
	/** Of the catalogue, where one is at hand. */
	readonly release?: string;
}

/** What people should know of how a dictionary is read: what was overridden, guessed or is missing. */
export function describeDoubts(rule: ReadingRule): readonly string[] {
	const { centred, valueBiases, normFactor, bos, release } = rule;
	const bears = `it bears the name of ${release}`;
	const doubts: string[] = [];
	if (centred.why === "option") doubts.push(`read ${centred.value ? "centred" : "as it is"} (--center)`);
	if (centred.why === "guess" && centred.value)
		doubts.push(`read centred, which is a guess: ${bears}. Decide with --center on or off`);
	if (valueBiases.why === "option")
		doubts.push(`read ${valueBiases.value === "kept" ? "with" : "without"} the value biases (--value-biases)`);
	if (valueBiases.why === "guess" && valueBiases.value !== "kept")
		doubts.push(`read without the value biases, which is a guess: ${bears}. Decide with --value-biases folded or kept`);
	if (normFactor.value === null)
		doubts.push(
			"expects activations scaled to an average norm (expected_average_only_in), and the factor is not known: its features are not those it was trained to have. Give it with --norm-factor",
		);
	if (normFactor.why === "option") doubts.push(`read with activations times ${normFactor.value} (--norm-factor)`);
	if (normFactor.why === "guess" && normFactor.value !== 1)
		doubts.push(
			`read with activations times ${normFactor.value}, which is a guess: ${bears}. Decide with --norm-factor`,
		);
	if (bos?.why === "guess" && !bos.value)
		doubts.push(
			`takes the text without <|endoftext|> before it, which is a guess: ${bears}. Decide with --bos on or off`,
		);
	return doubts;
}

/** How a release's dictionaries see the model, in words. */
export function describeReleaseRule(rule: {
	readonly centred: boolean;
	readonly bos: boolean;
	readonly valueBiases: "folded" | null;
}): readonly string[] {
	return [
		...(rule.centred ? ["centred"] : []),
		rule.bos ? "BOS" : "no BOS",
		...(rule.valueBiases === null ? [] : ["value biases folded"]),
	];
}

/** A doubt that stands by itself. */
export function asSentence(doubt: string): string {
	return `${doubt[0]?.toUpperCase()}${doubt.slice(1)}.`;
}

/** The whole rule in words, for whoever asks how a dictionary is read. */
export function describeRule({ centred, valueBiases, normFactor, bos, release }: ReadingRule): readonly string[] {
	const because = ({ why }: Decided<unknown>) =>
		({
			option: "as asked",
			release: `of ${release}`,
			config: "by its configuration",
			guess: `a guess: it bears the name of ${release}`,
			default: "the usual",
		})[why];
	return [
		`${centred.value ? "centred" : "not centred"} (${because(centred)})`,
		...(valueBiases.value === "kept" ? [] : [`without the value biases (${because(valueBiases)})`]),
		...(normFactor.value === null ? ["its norm factor is missing"] : []),
		...(normFactor.value !== null && normFactor.value !== 1
			? [`activations times ${Number(normFactor.value.toPrecision(5))} (${because(normFactor)})`]
			: []),
		...(bos && !bos.value ? [`no <|endoftext|> before the text (${because(bos)})`] : []),
	];
}
