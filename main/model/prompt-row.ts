import { AppError } from "#shared/errors";

/** One prompt of a set, as its file has it. */
export interface PromptRow {
	readonly prompt: string;
	/** The prompt that it is compared with. */
	readonly patch?: string;
	/** What it says itself that is measured. */
	readonly metric?: string;
	/** The token that is right and the one that is wrong: its text, or its number; NaN where it can be neither. */
	readonly right?: string | number;
	readonly wrong?: string | number;
}

/** Which columns are read, for people. */
export const columnHelp =
	"JSONL or CSV with prompt and, where there are any, patch, answer, wrong_answer (text, or in JSON a token’s number) and metric; or as published: feature-circuits (clean_prefix, patch_prefix, clean_answer, patch_answer), EAP-IG (clean, corrupted with correct_idx and incorrect_idx, clean_answer_idx, country_idx or one answers_idx), MIB (prompt, choices, answerKey, a counterfactual). Years (greater-than), plural (sva) and several right answers are refused";

/** Names of fields: ours, and those of feature-circuits and EAP-IG. */
const names = {
	prompt: ["prompt", "clean_prefix", "clean", "text"],
	patch: ["patch", "patch_prompt", "patch_prefix", "corrupted"],
	metric: ["metric"],
	right: [
		"answer",
		"clean_answer",
		"correct_idx",
		"clean_idx",
		"clean_answer_idx",
		"country_idx",
		"capital_idx",
		"answers_idx",
	],
	wrong: [
		...["wrong_answer", "patch_answer", "incorrect_idx", "corrupted_idx", "corrupted_answer_idx"],
		...["corrupted_country_idx", "corrupted_capital_idx", "corrupted_answers_idx"],
	],
} as const;

/** Names that speak of a pair or an answer: where none of them is understood, a row is not measured by something else. */
const pairLike = /corrupt|counterfactual|patch/i;
const answerLike = /answer|label|correct|choice|target|_idx$|^plural$|^year$/i;

type Fields = Readonly<Record<string, unknown>>;

const isFilled = (value: unknown) => value !== undefined && value !== null && value !== "";
const asRecord = (value: unknown): Fields | undefined =>
	typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

/** Reads one row. Throws `bad-file` where it has no prompt, or a pair or answers that are not understood. */
export function readRow(record: unknown, path: string, row: number): PromptRow {
	const fields = asRecord(record) ?? {};
	const refuse = (why: string): never => {
		throw new AppError("bad-file", `Row ${row} of ${path} ${why}`, { path, row });
	};
	const find = (part: keyof typeof names) => names[part].find((name) => isFilled(fields[name]));
	const text = (part: "prompt" | "patch" | "metric") => {
		const name = find(part);
		const value = name === undefined ? undefined : fields[name];
		return typeof value === "string" ? value : undefined;
	};
	const prompt =
		text("prompt") ??
		refuse(
			`has no prompt: its fields are ${Object.keys(fields).join(", ") || "none"}. One must be called ${names.prompt.join(", ")}.`,
		);
	const [metric, right, wrong] = [text("metric"), find("right"), find("wrong")];
	const benchmark = readBenchmark(fields, prompt);
	const patch = text("patch") ?? benchmark?.patch;
	const filled = Object.keys(fields).filter((name) => isFilled(fields[name]));
	const unread = filled.filter((name) => pairLike.test(name) && !answerLike.test(name));
	if (patch === undefined && unread.length > 0)
		refuse(
			`has a pair that is not understood, in ${unread.join(", ")}. Call what it is compared with patch, or take it out.`,
		);
	const parts: Omit<PromptRow, "prompt"> = { ...(patch !== undefined && { patch }) };
	if (metric !== undefined) return { prompt, ...parts, metric };
	if (benchmark?.right !== undefined)
		return {
			prompt,
			...parts,
			right: benchmark.right,
			...(benchmark.wrong !== undefined && { wrong: benchmark.wrong }),
		};
	if (right === undefined) {
		const answers = filled.filter((name) => answerLike.test(name));
		if (answers.length > 0)
			refuse(
				`has answers that are not understood, in ${answers.join(", ")}: no column says which token is right. Write it into a column answer (and the wrong one into wrong_answer), or what is measured into metric; without ${answers.length > 1 ? "them" : "it"} all prompts are measured by --metric.`,
			);
		return { prompt, ...parts };
	}
	if (right === "correct_idx" && wrong === undefined)
		refuse(
			"has correct_idx without incorrect_idx. In EAP-IG’s greater-than sets that is a year and no token, and sums over years are not measured. Where it is a token’s number, call it clean_answer_idx.",
		);
	const token = (name: string) => {
		const all = listAnswers(name, fields[name]);
		if (all.length !== 1)
			refuse(
				`lists ${all.length} answers in ${name}, and one is measured. Write the one that counts into a column answer.`,
			);
		return all[0] as string | number;
	};
	return { prompt, ...parts, right: token(right), ...(wrong !== undefined && { wrong: token(wrong) }) };
}

/** Texts are tokens’ texts, numbers their numbers; columns of numbers have them as text in CSV, and lists in brackets. */
function listAnswers(name: string, value: unknown): readonly (string | number)[] {
	if (Array.isArray(value)) return value.flatMap((one) => listAnswers(name, one));
	if (typeof value === "number") return [value];
	if (typeof value !== "string") return [Number.NaN];
	if (!name.endsWith("_idx")) return [value];
	const bare = value.trim().replace(/^\[(.*)\]$/, "$1");
	return bare.split(",").map((one) => (/^\d+$/.test(one.trim()) ? Number(one) : Number.NaN));
}

/** Counterfactuals that MIB itself takes; of other rows the first that there is. */
const usualCounterfactuals = ["s2_io_flip_counterfactual", "symbol_counterfactual", "random_counterfactual"];

/** A row of MIB’s data sets: `prompt`, `choices` with `answerKey` (or `label`), and `…_counterfactual` rows of the same form. */
function readBenchmark(fields: Fields, prompt: string): Omit<PromptRow, "prompt"> | undefined {
	const others = Object.keys(fields).filter((name) => name.endsWith("_counterfactual") && asRecord(fields[name]));
	const chosen = usualCounterfactuals.find((name) => others.includes(name)) ?? others[0];
	const other = chosen === undefined ? undefined : asRecord(fields[chosen]);
	const patch = other?.["prompt"];
	const right = readChoice(fields, prompt);
	if (right === undefined && typeof patch !== "string") return undefined;
	// One of two choices is wrong; of more, the one that would be right for the counterfactual.
	const rest = Array.isArray(fields["choices"]) && fields["choices"].length === 2 ? 1 : 0;
	const wrong =
		rest === 1 && right
			? readChoice({ ...fields, answerKey: 1 - right.index }, prompt)
			: other && readChoice(other, String(patch));
	const [labelled, against] = [fields["label"], other?.["label"]];
	const hasLabels = right === undefined && isFilled(labelled) && isFilled(against);
	return {
		...(typeof patch === "string" && { patch }),
		...(right && { right: right.text, ...(wrong && { wrong: wrong.text }) }),
		...(hasLabels && { right: String(labelled), wrong: String(against) }),
	};
}

/** The choice that `answerKey` names: a label as it is, a word as it goes on from the prompt. */
function readChoice(fields: Fields, prompt: string): { readonly text: string; readonly index: number } | undefined {
	const { choices, answerKey } = fields;
	const labels = asRecord(choices)?.["label"];
	const list = Array.isArray(labels) ? labels : choices;
	if (!Array.isArray(list)) return undefined;
	const index = typeof answerKey === "number" ? answerKey : list.indexOf(answerKey);
	const text: unknown = list[index];
	if (typeof text !== "string") return undefined;
	const goesOn = list === choices && /\S$/.test(prompt) && /^\S/.test(text);
	return { text: goesOn ? ` ${text}` : text, index };
}
