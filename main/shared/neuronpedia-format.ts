import type { ActivationHistogram, FeatureContext, FeatureFacts, TokenEffect } from "./feature-facts.ts";
import type { PublishedExplanation } from "./published.ts";

/**
 * Neuronpedia's rows as its API answers them and as its export files hold them, one JSON object a feature (`Neuron`), an
 * explanation or an activation; names are its own. What is missing or of another form is left out, never guessed.
 */
type Row = Readonly<Record<string, unknown>>;

/** Tokens to either side of the strongest that are kept, and contexts of a feature. */
const view = 10;
export const keptContexts = 6;
const mostBins = 100;
const longestLabel = 2000;

export interface RowAddress {
	readonly model: string;
	readonly name: string;
	readonly feature: number;
}

/** Which feature a row speaks of; undefined where it names none. */
export function readAddress(row: Row): RowAddress | undefined {
	const { modelId: model, layer: name, index } = row;
	const feature = typeof index === "string" && /^\d{1,9}$/.test(index) ? Number(index) : index;
	if (typeof model !== "string" || typeof name !== "string" || model === "" || name === "") return undefined;
	return Number.isInteger(feature) && (feature as number) >= 0
		? { model, name, feature: feature as number }
		: undefined;
}

/** Undefined where it says nothing. */
export function readExplanation(row: Row): PublishedExplanation | undefined {
	const text = typeof row["description"] === "string" ? row["description"].trim().slice(0, longestLabel) : "";
	if (text === "") return undefined;
	const [model, method] = [row["explanationModelName"], row["typeName"]];
	const author = nameOf(row["triggeredByUser"]) ?? nameOf(row["author"]);
	const score = readScore(row);
	return {
		text,
		...(typeof model === "string" && model !== "" && { model }),
		...(typeof method === "string" && method !== "" && { method }),
		...(author !== undefined && { author }),
		...(score !== undefined && { score }),
	};
}

function nameOf(person: unknown): string | undefined {
	const name = (person as { readonly name?: unknown } | null | undefined)?.name;
	return typeof name === "string" && name !== "" ? name : undefined;
}

/** The best that any scorer gave it. */
function readScore(row: Row): number | undefined {
	const scores = Array.isArray(row["scores"]) ? (row["scores"] as readonly Row[]).map((one) => one?.["value"]) : [];
	const found = scores.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
	return found.length > 0 ? Math.max(...found) : undefined;
}

/** Frequency, largest activation, histogram and words; what the row lacks is absent. */
export function readFigures(row: Row): Partial<Omit<FeatureFacts, "feature" | "contexts" | "origin">> {
	const [frequency, max] = [row["frac_nonzero"], row["maxActApprox"]];
	const raises = readEffects(row["pos_str"], row["pos_values"]);
	const lowers = readEffects(row["neg_str"], row["neg_values"]);
	const histogram = readHistogram(row["freq_hist_data_bar_heights"], row["freq_hist_data_bar_values"]);
	return {
		...(isShare(frequency) && { frequency }),
		...(typeof max === "number" && max > 0 && { maxActivation: max }),
		...(raises.length > 0 && { raises }),
		...(lowers.length > 0 && { lowers: lowers.toSorted((a, b) => a.effect - b.effect) }),
		...(histogram && { histogram }),
	};
}

const isShare = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1;

function readEffects(texts: unknown, values: unknown): readonly TokenEffect[] {
	if (!isTexts(texts) || !isNumbers(values) || texts.length !== values.length) return [];
	return texts.map((token, i) => ({ token, effect: values[i] as number }));
}

/** Its bars stand on centres of equal bins from the smallest activation up; ours begin at 0. */
function readHistogram(heights: unknown, centres: unknown): ActivationHistogram | undefined {
	if (!isNumbers(heights) || !isNumbers(centres) || heights.length < 2) return undefined;
	// Some of its files have one edge more than bars.
	const [first, second] = centres as [number, number];
	const step = second - first;
	if (!(step > 0) || centres.length < heights.length) return undefined;
	const before = Math.max(0, Math.round((first - step / 2) / step));
	if (before + heights.length > mostBins || heights.some((height) => height < 0)) return undefined;
	const scale = heights.every(Number.isInteger) ? 1 : 1e4 / Math.max(...heights);
	const counts = [...Array<number>(before).fill(0), ...heights.map((height) => Math.round(height * scale))];
	return { max: counts.length * step, counts };
}

/** Undefined where nothing is active in it. */
export function readContext(row: Row): FeatureContext | undefined {
	const { tokens, values } = row;
	if (!isTexts(tokens) || !isNumbers(values) || tokens.length !== values.length || tokens.length === 0)
		return undefined;
	const peak = values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
	if (!((values[peak] as number) > 0)) return undefined;
	const begin = Math.max(0, peak - view);
	const end = peak + view + 1;
	const activations = values.slice(begin, end).map((value) => Math.max(0, value));
	return { tokens: tokens.slice(begin, end), activations, peak: peak - begin };
}

const strength = ({ activations, peak }: FeatureContext) => activations[peak] ?? 0;

/** The strongest of both, passages that are the same word for word once. */
export function joinContexts(
	known: readonly FeatureContext[],
	more: readonly FeatureContext[],
	count = keptContexts,
): readonly FeatureContext[] {
	const passages = new Set<string>();
	return [...known, ...more]
		.sort((a, b) => strength(b) - strength(a))
		.filter(({ tokens }) => {
			const passage = tokens.join("\n");
			if (passages.has(passage)) return false;
			passages.add(passage);
			return true;
		})
		.slice(0, count);
}

const isTexts = (value: unknown): value is readonly string[] =>
	Array.isArray(value) && value.every((one) => typeof one === "string");
const isNumbers = (value: unknown): value is readonly number[] =>
	Array.isArray(value) && value.every((one) => typeof one === "number" && Number.isFinite(one));
