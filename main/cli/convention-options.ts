import { type Command, InvalidArgumentError, Option } from "commander";
import { type Conventions, conventions as schema } from "#shared/conventions";

export function conventionOptions(command: Command): Command {
	return command
		.addOption(
			new Option(
				"--center <on|off>",
				"take the mean over the width off what dictionaries of the stream read (default: as they were trained)",
			).choices(["on", "off"]),
		)
		.addOption(
			new Option(
				"--value-biases <folded|kept>",
				"read heads without or with what the value biases add (default: as dictionaries were trained)",
			).choices(["folded", "kept"]),
		)
		.option(
			"--norm-factor <x>",
			"multiply activations by it, for dictionaries that ask for a factor (expected_average_only_in)",
			parseFactor,
		);
}

function parseFactor(text: string): number {
	const parsed = schema.shape.normFactor.safeParse(Number(text));
	if (!parsed.success || parsed.data === undefined) throw new InvalidArgumentError("A number above 0 is needed");
	return parsed.data;
}

/** The part of a request that says it; empty where nothing was said. */
export function readConventions({ center, valueBiases, normFactor }: Conventions): {
	readonly conventions?: Conventions;
} {
	const conventions: Conventions = {
		...(center && { center }),
		...(valueBiases && { valueBiases }),
		...(normFactor !== undefined && { normFactor }),
	};
	return Object.keys(conventions).length === 0 ? {} : { conventions };
}
