import type { Conventions } from "#shared/conventions";
import { AppError } from "#shared/errors";
import { isInStream } from "#shared/site";
import type { DictionaryConfig } from "./dictionary-config.ts";

/** Whether the mean over the width matters to a dictionary: a layer norm takes it off and puts it back in any case. */
export function mayBeCentred({ site, normalization }: DictionaryConfig): boolean {
	return isInStream(site) && normalization !== "layer_norm";
}

/** Throws `usage` where something was decided that changes nothing about any of these dictionaries. */
export function refuseIdleConventions(configs: readonly DictionaryConfig[], conventions: Conventions = {}): void {
	const refuse = (message: string) => {
		throw new AppError("usage", message);
	};
	if (conventions.normFactor !== undefined && !configs.some(({ needsNormFactor }) => needsNormFactor))
		refuse(
			"None of these dictionaries asks for a factor (normalize_activations: expected_average_only_in). Leave the norm factor out.",
		);
	if (conventions.center !== undefined && !configs.some(mayBeCentred))
		refuse(
			"Centring changes nothing here: these dictionaries read heads or neurons, or put what they read through a layer norm, which takes the mean off itself. Leave the choice about the mean out.",
		);
	if (conventions.valueBiases !== undefined && !configs.some(({ site }) => site.kind === "z"))
		refuse("None of these dictionaries reads heads, so value biases change nothing. Leave the choice about them out.");
}
