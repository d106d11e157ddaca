import { describe, expect, test } from "vitest";
import { readPinYaml, writePinYaml } from "../../main/shared/pin-yaml.ts";

describe("pins as the seed's YAML", () => {
	test("are what the seed reads: features of the residual stream by layer", () => {
		expect(writePinYaml(["resid_9.7", "resid_8.13202", "resid_8.331", "mlp_8.5"])).toBe(
			'VALIDATION_DIMS_PINNED:\n  "8":\n    - 13202\n    - 331\n    - mlp_8.5\n  "9":\n    - 7\n',
		);
	});

	test("come back as they were, in the seed's own notation too", () => {
		const pins = ["resid_3.5", "attn_3.7", "resid_-1.2", "z_4.1"];
		expect([...readPinYaml(writePinYaml(pins))].sort()).toEqual([...pins].sort());
		expect(readPinYaml("PROMPT: x\nVALIDATION_DIMS_PINNED:\n  8: [13202, 331]\n  9: 7\n")).toEqual([
			"resid_8.13202",
			"resid_8.331",
			"resid_9.7",
		]);
		expect(readPinYaml("8: [1, 1]")).toEqual(["resid_8.1"]);
	});

	test.each([
		["8: [", /not YAML/],
		["just words", /no pins in this/],
		["VALIDATION_DIMS_PINNED: {}", /no pins in this/],
		["x: [1]", /"x" is no layer/],
		["8: [-1]", /-1 in layer 8 is no feature/],
		["8: [token.5]", /is no feature/],
	])("say what is wrong with %s", (text, message) => {
		expect(() => readPinYaml(text)).toThrow(message);
	});
});
