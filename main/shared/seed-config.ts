import { parse } from "yaml";
import { AppError } from "./errors.ts";
import { readPinTable } from "./pin-yaml.ts";

/** What the seed's `central_config.yaml` says, in our words. Absent where the key is. */
export interface SeedConfig {
	readonly layers?: string;
	readonly thinning?: number;
	readonly thresholdExp?: number;
	/** `DIMS_PINNED` and `VALIDATION_DIMS_PINNED` as ids. */
	readonly pins?: readonly string[];
	readonly validationPins?: readonly string[];
	readonly upNodes?: number;
	readonly downNodes?: number;
	readonly prompt?: string;
	/** A file; the seed takes names of data sets too. */
	readonly dataset?: string;
	readonly model?: string;
	readonly logitTokens?: number;
	readonly seed?: number;
	readonly contexts?: number;
	readonly view?: number;
	readonly sequences?: number;
	readonly sequenceLength?: number;
	readonly validationSequences?: number;
	readonly validationLength?: number;
	/** Where the picture goes. */
	readonly output?: string;
	/** Keys that say nothing to us; people are told. */
	readonly unknown: readonly string[];
}

type Reader = (value: unknown, key: string) => unknown;

const refuse = (key: string, value: unknown, wanted: string) =>
	new AppError("usage", `${key} is ${JSON.stringify(value)}, and ${wanted} is needed. Correct that line.`, { key });

const text: Reader = (value, key) => {
	if (typeof value === "string" || typeof value === "number") return String(value);
	throw refuse(key, value, "a text");
};
const number: Reader = (value, key) => {
	if (typeof value === "number" && Number.isFinite(value)) return value;
	throw refuse(key, value, "a number");
};
const count: Reader = (value, key) => {
	if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
	throw refuse(key, value, "a whole number of at least 1");
};
const share: Reader = (value, key) => {
	if (typeof value === "number" && value > 0 && value <= 1) return value;
	throw refuse(key, value, "a share above 0 and up to 1");
};
const slice: Reader = (value, key) => {
	if (typeof value === "string" && /^\s*-?\d*\s*:\s*-?\d*\s*$/.test(value)) return value.trim();
	throw refuse(key, value, 'a Python slice in quotes, such as "3:5",');
};
const pins: Reader = (value, key) => readPinTable(value, key);

const keys: Readonly<Record<string, readonly [keyof SeedConfig, Reader]>> = {
	ACTS_LAYERS_SLICE: ["layers", slice],
	INIT_THINNING_FACTOR: ["thinning", share],
	NUM_SEQUENCES_INTERPED: ["sequences", count],
	THRESHOLD_EXP: ["thresholdExp", number],
	DIMS_PINNED: ["pins", pins],
	VALIDATION_DIMS_PINNED: ["validationPins", pins],
	NUM_UP_NODES: ["upNodes", count],
	NUM_DOWN_NODES: ["downNodes", count],
	PROMPT: ["prompt", text],
	DATASET: ["dataset", text],
	MODEL_DIR: ["model", text],
	LOGIT_TOKENS: ["logitTokens", count],
	SEED: ["seed", number],
	TOP_K: ["contexts", count],
	VIEW: ["view", count],
	MAX_SEQ_INTERPED_LEN: ["sequenceLength", count],
	NUM_SEQUENCES_EVALED: ["validationSequences", count],
	MAX_SEQ_LEN: ["validationLength", count],
	GRADS_FILE: ["output", text],
};

/** Reads the YAML. Throws `usage` naming the key whose value cannot be. */
export function readSeedConfig(yaml: string): SeedConfig {
	let value: unknown;
	try {
		value = parse(yaml);
	} catch (cause) {
		const [reason] = (cause as Error).message.split("\n");
		throw new AppError("usage", `This is not YAML: ${reason}. Give the seed's central_config.yaml.`);
	}
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new AppError("usage", "There are no settings in this. Give the seed's central_config.yaml.");
	const unknown: string[] = [];
	const config: Record<string, unknown> = {};
	for (const [key, given] of Object.entries(value)) {
		const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
		if (!known) unknown.push(key);
		// A key without a value is one that is left out.
		else if (given !== null && given !== undefined) config[known[0]] = known[1](given, key);
	}
	return { ...config, unknown } as SeedConfig;
}

/** The warning about keys that are not used; undefined where all are. */
export function describeUnknownKeys({ unknown }: SeedConfig): string | undefined {
	if (unknown.length === 0) return undefined;
	return `${unknown.join(", ")} ${unknown.length === 1 ? "is" : "are"} not used here and ${unknown.length === 1 ? "was" : "were"} left aside.`;
}
