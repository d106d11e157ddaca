import type { Conventions } from "#shared/conventions";
import { AppError } from "#shared/errors";
import { isInStream } from "#shared/site";
import type { DictionaryConfig } from "./dictionary-config.ts";

/** Whether the mean over the width matters to a dictionary: a layer norm takes it off and puts it back in any case. */
export function mayBeCentred({ site, normalization }: DictionaryConfig): boolean {
	return isInStream(site) && normalization !== "layer_norm";
}

/** What people can decide of how a dictionary is read; anything else would change no number. */
export function listChoices(config: DictionaryConfig): readonly (keyof Conventions)[] {
	return [
		...(mayBeCentred(config) ? (["center"] as const) : []),
		...(config.site.kind === "z" ? (["valueBiases"] as const) : []),
		...(config.needsNormFactor ? (["normFactor"] as const) : []),
	];
}

/** Throws `usage` where something was decided that changes nothing about any of these dictionaries. */
export function refuseIdleConventions(configs: readonly DictionaryConfig[], conventions: Conventions = {}): void {
	const refuse = (message: string) => {
		throw new AppError("usage", message);
	};
	const choices = new Set(configs.flatMap(listChoices));
	const isIdle = (one: keyof Conventions) => conventions[one] !== undefined && !choices.has(one);
	if (isIdle("normFactor"))
		refuse(
			"None of these dictionaries asks for a factor (normalize_activations: expected_average_only_in). Leave the norm factor out.",
		);
	if (isIdle("center"))
		refuse(
			"Centring changes nothing here: these dictionaries read heads or neurons, or put what they read through a layer norm, which takes the mean off itself. Leave the choice about the mean out.",
		);
	if (isIdle("valueBiases"))
		refuse("None of these dictionaries reads heads, so value biases change nothing. Leave the choice about them out.");
}
