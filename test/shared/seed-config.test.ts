import { expect, test } from "vitest";
import { describeUnknownKeys, readSeedConfig } from "../../main/shared/seed-config.ts";

test("the seed's settings in our words; unknown keys are named", () => {
	const config = readSeedConfig(`
## Key Params
ACTS_LAYERS_SLICE: "3:5"
INIT_THINNING_FACTOR: 0.5
NUM_SEQUENCES_INTERPED: 2
THRESHOLD_EXP: -2.0
DIMS_PINNED:
  3: [331]
VALIDATION_DIMS_PINNED:
  6: [8339, 14104]
  7: [2118]
NUM_UP_NODES: 5
NUM_DOWN_NODES: 7
PROMPT: "Copyright (C"
DATASET: Elriggs/openwebtext-100k
MODEL_DIR: openai-community/gpt2
LOGIT_TOKENS: 10
SEED: 0
TOP_K: 6
VIEW: 5
MAX_SEQ_INTERPED_LEN: 16
NUM_SEQUENCES_EVALED: 100
MAX_SEQ_LEN: 64
GRADS_FILE: grads.svg
ENCODER_FILE: x
LEARNING_RATE: 1
`);
	expect(config).toEqual({
		layers: "3:5",
		thinning: 0.5,
		sequences: 2,
		thresholdExp: -2,
		pins: ["resid_3.331"],
		validationPins: ["resid_6.8339", "resid_6.14104", "resid_7.2118"],
		upNodes: 5,
		downNodes: 7,
		prompt: "Copyright (C",
		dataset: "Elriggs/openwebtext-100k",
		model: "openai-community/gpt2",
		logitTokens: 10,
		seed: 0,
		contexts: 6,
		view: 5,
		sequenceLength: 16,
		validationSequences: 100,
		validationLength: 64,
		output: "grads.svg",
		unknown: ["ENCODER_FILE", "LEARNING_RATE"],
	});
	expect(describeUnknownKeys(config)).toBe("ENCODER_FILE, LEARNING_RATE are not used here and were left aside.");
});

test("an absent key is absent, a wrong value is named", () => {
	expect(readSeedConfig("THRESHOLD_EXP:\nPROMPT: x")).toEqual({ prompt: "x", unknown: [] });
	expect(() => readSeedConfig("ACTS_LAYERS_SLICE: 3")).toThrow(/ACTS_LAYERS_SLICE is 3, and a Python slice/);
	expect(() => readSeedConfig("NUM_UP_NODES: many")).toThrow(/NUM_UP_NODES is "many", and a whole number/);
	expect(() => readSeedConfig("DIMS_PINNED: 4")).toThrow(/DIMS_PINNED is no table/);
	expect(() => readSeedConfig("a: [")).toThrow(/not YAML/);
	expect(() => readSeedConfig("just text")).toThrow(/no settings/);
});
