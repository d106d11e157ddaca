import type { Reason } from "#shared/conventions";
import type { DictionaryCheck } from "#shared/dictionary-check";

const because: Readonly<Record<Reason, string>> = {
	option: " (as asked)",
	release: " (as published)",
	config: " (as its files say)",
	guess: " (a guess from its name)",
	default: "",
};

/** How a dictionary was read while it was measured, in a sentence; what is usual needs no word. */
export function describeManner({ rule, bos }: Pick<DictionaryCheck, "rule" | "bos">): string {
	const { centred, valueBiases, normFactor } = rule;
	const parts = [
		`${bos ? "with" : "without"} <|endoftext|> before the text`,
		...(centred.value || centred.why === "option"
			? [`with the mean over the width ${centred.value ? "taken off" : "left in"}${because[centred.why]}`]
			: []),
		...(valueBiases.value === "kept" ? [] : [`without the value biases of the heads${because[valueBiases.why]}`]),
		...(normFactor.value === null
			? ["without its norm factor, which is not known"]
			: normFactor.value === 1
				? []
				: [`with activations times ${Number(normFactor.value.toPrecision(5))}${because[normFactor.why]}`]),
	];
	return `Read ${parts.join(", ")}.`;
}
