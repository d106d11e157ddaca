import { describe, expect, test } from "vitest";
import { nameFields } from "../../main/shared/option-fields.ts";

describe("a message that names options of the command line names fields in the app", () => {
	test.each([
		["Leave --norm-factor out.", "Leave “Norm factor” out."],
		["Fits better with --norm-factor 2.369 (explained", "Fits better with “Norm factor: 2.369” (explained"],
		["Choose with --bos on or --bos off.", "Choose with “Begin with <|endoftext|>”."],
		["try another prompt or --bos on|off.", "try another prompt or “Begin with <|endoftext|>”."],
		["Trace with --bos off.", "Trace with “Begin with <|endoftext|>: No”."],
		["Check the model, --bos and the conventions.", "Check the model, “Begin with <|endoftext|>” and the conventions."],
		["with --center off", "with “Mean over the width: Left in”"],
		["Decide with --center on or off", "Decide with “Mean over the width”"],
		["--value-biases folded", "“Value biases of heads: Taken off”"],
		["Decide with --value-biases folded or kept", "Decide with “Value biases of heads”"],
		["Write a longer prompt or choose another --metric.", "Write a longer prompt or choose another metric."],
		["or choose --provider cpu.", "or choose “Compute on: cpu”."],
		["Nothing of it.", "Nothing of it."],
	])("%s", (message, shown) => {
		expect(nameFields(message)).toBe(shown);
	});
});
