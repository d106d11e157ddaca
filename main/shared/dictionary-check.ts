import type { Conventions, ReadingRule } from "./conventions.ts";
import type { ProviderChoice } from "./trace-request.ts";

/** Whether a dictionary was loaded right is measured: wrong rules give plausible numbers. Plain data: it is stored. */
export interface CheckRequest {
	readonly modelDir: string;
	/** Of the one dictionary. */
	readonly dictionaryDir: string;
	readonly conventions?: Conventions;
	readonly bos?: "on" | "off";
	readonly corpus: string;
	readonly provider: ProviderChoice;
}

/** What a dictionary makes of a text, the first position of each sequence left out, whose norm is another. */
export interface CheckFigures {
	/** Mean number of active features. */
	readonly l0: number;
	/** `1 − Σ‖x − x̂‖² / Σ‖x − mean‖²`. */
	readonly explained: number;
	/** Share of features that no token of the text activates. */
	readonly dead: number;
}

/** The same read otherwise in one respect. */
export interface CheckAlternative extends CheckFigures {
	/** As it is asked for: `--center on`, or `apply_b_dec_to_input: false` in its configuration. */
	readonly change: string;
}

export interface DictionaryCheck {
	readonly dir: string;
	readonly name: string;
	/** With its rule. */
	readonly hash: string;
	readonly site: string;
	readonly features: number;
	readonly rule: ReadingRule;
	readonly bos: boolean;
	readonly measured: CheckFigures & {
		/** First positions included: `(zero − spliced) / (zero − as it is)` of losses with zeros, the reconstruction and the site itself. */
		readonly recovered: number;
	};
	/** What its release says of it. */
	readonly stated: { readonly release: string; readonly l0?: number; readonly explained?: number } | null;
	readonly alternatives: readonly CheckAlternative[];
	readonly tokens: number;
}

export type Verdict = "as-stated" | "sound" | "fits-better" | "unlike-stated" | "doubtful";

/** An alternative must leave so much less unexplained, and explain so much more, to be worth a word. */
const [fewerMissed, explainsMore] = [0.75, 0.03];
/** Texts differ, and so do figures of them. */
const [nearL0, nearExplained] = [1.5, 0.1];

/** Nothing that explains less, or of which no feature fires, is worth following: it is another dictionary's. */
const leastExplained = 0.3;

const isJoined = (change: string) => change.lastIndexOf("--") > 0;

/** The alternative that explains clearly more than the rule in force; undefined where none does. */
export function findBetter({ measured, alternatives }: DictionaryCheck): CheckAlternative | undefined {
	const able = alternatives
		.filter(({ explained, l0 }) => explained >= leastExplained && l0 > 0)
		.sort((a, b) => b.explained - a.explained);
	const clearly = (one: CheckAlternative, than: CheckFigures) =>
		1 - one.explained < fewerMissed * (1 - than.explained) && one.explained > than.explained + explainsMore;
	const simple = able.find(({ change }) => !isJoined(change));
	// Two changes at once must do clearly more than one.
	const best = able.find((one) => one === simple || !simple || clearly(one, simple));
	return best && clearly(best, measured) ? best : undefined;
}

/** What the figures say, in a word and in a sentence. */
export function judgeCheck(check: DictionaryCheck): { readonly verdict: Verdict; readonly sentence: string } {
	const { measured, stated, rule } = check;
	const better = findBetter(check);
	const figures = `L0 ${showL0(measured.l0)}, explained variance ${showShare(measured.explained)}`;
	if (better)
		return {
			verdict: "fits-better",
			sentence: `Fits better with ${better.change} (explained variance ${showShare(better.explained)} instead of ${showShare(measured.explained)}).${isFactor(better.change) ? roughly : ""}`,
		};
	if (stated && (stated.l0 !== undefined || stated.explained !== undefined)) {
		const near =
			(stated.l0 === undefined || Math.abs(Math.log(measured.l0 / stated.l0)) <= Math.log(nearL0)) &&
			(stated.explained === undefined || measured.explained >= stated.explained - nearExplained);
		const said = [
			...(stated.l0 === undefined ? [] : [`L0 ${showL0(stated.l0)}`]),
			...(stated.explained === undefined ? [] : [`explained variance ${showShare(stated.explained)}`]),
		].join(", ");
		return near
			? { verdict: "as-stated", sentence: `As stated: ${figures} (${stated.release}: ${said}).` }
			: {
					verdict: "unlike-stated",
					sentence: `Unlike what ${stated.release} states: ${figures}, stated ${said}. Check the model, --bos and the conventions.`,
				};
	}
	if (rule.normFactor.value !== null && measured.l0 > 0 && measured.explained >= 0.4)
		return { verdict: "sound", sentence: `As a sound dictionary does: ${figures}.` };
	return {
		verdict: "doubtful",
		sentence:
			rule.normFactor.value === null
				? `Its norm factor is missing: ${figures}. Give it with --norm-factor${describeEstimate(check)}.`
				: `Explains little: ${figures}; a sound dictionary explains more than half. Check that it belongs to this model.`,
	};
}

const isFactor = (change: string) => change.includes("norm-factor");
const roughly = " The factor is about right: others near it explain as much, so look for the exact one at the source.";

/** The factor that the text suggests, where it was measured. */
function describeEstimate({ alternatives }: DictionaryCheck): string {
	const factors = alternatives.flatMap(({ change }) => /^--norm-factor (\S+)$/.exec(change)?.[1] ?? []);
	return factors[0] === undefined ? "" : ` (this text suggests ${factors[0]})`;
}

const showShare = (share: number) => share.toFixed(2).replace("-", "−");
const showL0 = (count: number) => count.toPrecision(count >= 100 ? 3 : 2);
