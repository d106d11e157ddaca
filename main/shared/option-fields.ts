/** What the command line asks for by an option, the app asks for in a field: the same messages serve both. */
const fields: readonly (readonly [RegExp, string])[] = [
	[/--bos on(?: or --bos off|\|off)|--bos(?! o(?:n|ff)\b)/g, "“Begin with <|endoftext|>”"],
	[/--bos on/g, "“Begin with <|endoftext|>: Yes”"],
	[/--bos off/g, "“Begin with <|endoftext|>: No”"],
	[/--center on or off|--center(?! o(?:n|ff)\b)/g, "“Mean over the width”"],
	[/--center on/g, "“Mean over the width: Taken off”"],
	[/--center off/g, "“Mean over the width: Left in”"],
	[/--value-biases folded or kept|--value-biases(?! (?:folded|kept)\b)/g, "“Value biases of heads”"],
	[/--value-biases folded(?:-without-norm)?/g, "“Value biases of heads: Taken off”"],
	[/--value-biases kept/g, "“Value biases of heads: Left in”"],
	[/--norm-factor (\d[\d.e+-]*\d|\d)/g, "“Norm factor: $1”"],
	[/--norm-factor/g, "“Norm factor”"],
	[/with --prompts/g, "under “Similar ones”"],
	[/--metric/g, "metric"],
	[/--memory-limit/g, "memory limit"],
	[/--provider (\w+)/g, "“Compute on: $1”"],
	[/--last-position-only/g, "“Last position only”"],
	[/--output/g, "folder"],
	[/[Nn]ame (another|the right one) with --column/g, "Call the column “text”"],
];

/** A message as it fits where there are fields and no options. */
export function nameFields(message: string): string {
	return fields.reduce((text, [option, field]) => text.replace(option, field), message);
}
