import type { TokenEffect } from "#shared/feature-facts";
import { pickExtremes } from "#shared/top";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { describeReading } from "../sae/reading-notes.ts";
import type { KnockOut } from "./knock-out.ts";
import type { MethodInputs } from "./method-inputs.ts";
import { type Losses, Scale } from "./validation-figures.ts";
import type { ValidationTexts } from "./validation-texts.ts";
import { isKnockOut } from "./validation-variants.ts";

const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

/** The figures after the texts that were measured so far; without `losses`, those of the knock-out alone. */
export function describeReport(
	request: ValidationRequest,
	{ tokenizer, dictionaries }: MethodInputs,
	{ texts, measure, metric, notes }: ValidationTexts,
	knockOut: KnockOut,
	losses: Losses | undefined,
): ValidationReport {
	const seen = losses?.sequences ?? knockOut.baseLosses.length;
	const predictionsOf = (count: number) =>
		measure === "metric" ? count : total(texts.slice(0, count).map(({ ids }) => ids.length - 1));
	const predictions = Math.max(1, predictionsOf(seen));
	const mean = (of: readonly number[] | undefined) => total(of ?? []) / predictions;
	const complement =
		losses && (isKnockOut(request) ? knockOut.ablatedLosses.slice(0, losses.sequences) : losses.of("complement"));
	const list = (end: "largest" | "smallest", sign: 1 | -1): readonly TokenEffect[] =>
		pickExtremes(knockOut.changes, request.tokens, end)
			.filter(({ value }) => sign * value > 0)
			.map(({ index, value }) => ({ token: tokenizer.tokenText(index), effect: value / knockOut.positions }));
	const scale = losses && scaleOf(request, knockOut, losses);
	return {
		...(metric !== undefined && { metric }),
		sequences: knockOut.baseLosses.length,
		tokens: knockOut.tokens,
		predictions: knockOut.predictions,
		notes: [...notes, ...describeReading(dictionaries)],
		baseLoss: total(knockOut.baseLosses) / Math.max(1, knockOut.predictions),
		ablatedLoss: total(knockOut.ablatedLosses) / Math.max(1, knockOut.predictions),
		kl: knockOut.kl / Math.max(1, knockOut.positions),
		increases: list("largest", 1),
		decreases: list("smallest", -1),
		emptyLoss: mean(losses?.of("empty")),
		circuitLoss: mean(losses?.of("circuit")),
		complementLoss: mean(complement),
		...(scale && {
			effect: {
				value: scale.effect.value / predictions,
				interval: [scale.effect.interval[0] / predictions, scale.effect.interval[1] / predictions],
			},
		}),
		faithfulness: (losses && scale?.figureOf(losses.of("circuit"))) ?? null,
		completeness: (complement && scale?.figureOf(complement)) ?? null,
		...(losses && scale && listShares(losses, scale)),
		provider: "",
		seconds: 0,
		reused: 0,
	};
}

/** Between which losses shares are measured. */
export const scaleOf = ({ seed }: ValidationRequest, knockOut: KnockOut, losses: Losses): Scale =>
	new Scale(knockOut.baseLosses, losses.of("empty"), seed);

function listShares(losses: Losses, scale: Scale): Pick<ValidationReport, "leaveOneOut" | "controls"> {
	const named = (prefix: string) => losses.names.filter((name) => name.startsWith(prefix));
	const value = (name: string) => scale.shareOf(losses.of(name));
	const [without, controls] = [named("without "), named("control ")];
	return {
		...(without.length > 0 && {
			leaveOneOut: without
				.map((name) => ({ pin: name.slice("without ".length), faithfulness: value(name) }))
				.sort((a, b) => a.faithfulness - b.faithfulness),
		}),
		...(controls.length > 0 && { controls: controls.map(value) }),
	};
}
