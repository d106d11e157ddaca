import { z } from "zod";
import { documentCollections, documentDiff } from "../contract/document-schema.ts";
import { siteKinds } from "../site.ts";

/** Raised by one when a file that an older program reads would mean something else; see `migrate-circuit-file.ts`. */
export const circuitFileVersion = 3;
export const circuitFileFormat = "sparse-circuit";

/** Above these a file is refused: nobody can look at such a circuit, and reading it would take the whole memory. */
export const largestCircuit = { nodes: 200_000, edges: 2_000_000 } as const;

const text = z.string().max(1_000_000);
const short = z.string().max(1000);
const hash = z.string().max(200);
const number = z.number();
const count = z.number().int().min(0);
const time = z.number().int().min(0).describe("milliseconds since 1970");
const nodeId = z.string().min(1).max(400);
const runNumber = z.number().int().min(1);
const json = z.unknown();

const node = z
	.object({
		id: nodeId,
		kind: z.enum(["feature", "error", "token", "logit"]),
		site: z.enum(siteKinds).nullable(),
		layer: z.number().int().nullable().describe("as shown: −1 is the embedding"),
		feature: z.number().int().nullable().describe("number in its dictionary; vocabulary number of tokens and logits"),
		position: z.number().int(),
		joined: z
			.exactOptional(z.number().int().min(1))
			.describe("errors of its site that it stands for; its numbers are their sums"),
		activation: number,
		attribution: number,
		inflow: z
			.exactOptional(z.object({ features: number, errors: number, tokens: number }))
			.describe("sums of |direct effect| into it by kind of source, of what is an edge and of what was cut off"),
		token: z.exactOptional(text).describe("text of a token or logit"),
		label: z.exactOptional(text),
		label_by: z.exactOptional(short),
	})
	.describe("a feature, error, token or logit");

const edge = z
	.object({ source: nodeId, target: nodeId, weight: number })
	.describe("what ablating the source does to the metric through the target alone");

const dictionary = z.object({ site: short, name: short, hash });
/** How a run read a dictionary, and why so. */
const decided = <T extends z.ZodType>(value: T) =>
	z.object({ value, why: z.enum(["option", "release", "config", "guess", "default"]) });
const readingRule = z.object({
	centred: decided(z.boolean()),
	valueBiases: decided(z.enum(["kept", "folded", "folded-without-norm"])),
	normFactor: decided(number.nullable()),
	bos: z.exactOptional(decided(z.boolean())),
	release: z.exactOptional(short),
});
const prompt = z.object({ text, tokens: z.array(text), token_ids: z.array(count) });

const run = z
	.object({
		id: runNumber.describe("of this file; what provenance and history name"),
		request: z.record(z.string(), json).describe("everything that decided the numbers, by its method"),
		status: z.enum(["done", "failed", "cancelled", "interrupted"]),
		versions: z.record(z.string(), short),
		started_at: time,
		finished_at: time.nullable(),
		error: text.nullable(),
		target: short.nullable(),
		model: z.object({ name: short, hash }).nullable(),
		prompt: prompt.nullable(),
		dictionaries: z.array(dictionary.extend({ rule: readingRule.nullable() })),
		provider: short.nullable(),
		fallback: text.nullable(),
		metric_name: text.nullable(),
		metric: number.nullable(),
		explained: number.nullable(),
		seconds: number.nullable(),
		peak_rss_bytes: number.nullable(),
		reused: count.nullable(),
		pieces: count.nullable(),
	})
	.describe("a trace, or the import of another program's graph");

const tokenEffects = z.array(z.object({ token: text, effect: number })).max(1000);

const featureFacts = z.object({
	feature: count,
	frequency: number,
	maxActivation: number,
	contexts: z
		.array(z.object({ tokens: z.array(text).max(10_000), activations: z.array(number).max(10_000), peak: count }))
		.max(1000),
	raises: tokenEffects,
	lowers: tokenEffects,
	histogram: z.exactOptional(z.object({ max: number, counts: z.array(count).max(10_000) })),
	origin: z.exactOptional(
		z.discriminatedUnion("kind", [
			z.object({ kind: z.literal("neuronpedia"), source: short, at: time }),
			z.object({ kind: z.literal("sample"), sample: short, tokens: count, at: time }),
		]),
	),
});

const feature = z
	.object({
		id: nodeId.describe("without position"),
		dictionary: hash.nullable(),
		facts: featureFacts.nullable(),
		published: z.object({ text, source: short, at: time }).nullable().describe("what others call it"),
	})
	.describe("what cards show of a feature");

const step = z
	.object({
		step: runNumber,
		run: runNumber.nullable(),
		label: text,
		at: time,
		kind: z.enum(["change", "undo", "redo"]),
		of_step: runNumber.nullable(),
		edit: short.nullable(),
		diff: documentDiff,
	})
	.describe("one change, and all that is needed to take it back");

const report = z
	.object({ kind: short, request: json, body: json, versions: z.record(z.string(), short), at: time })
	.describe("a validation, consensus or other result that belongs to the circuit");

/**
 * A circuit with everything that belongs to it, as one file: what `scd export -o x.json` writes, what SVG, PDF, PNG, DOT
 * and HTML carry inside, and what comes back from each exactly. Names of fields are a published format.
 */
export const circuitFile = z.object({
	$schema: z.exactOptional(short),
	format: z.literal(circuitFileFormat),
	version: z.literal(circuitFileVersion),
	program: z.object({ name: short, version: short }),
	name: z.string().min(1).max(200),
	created_at: time,
	updated_at: time,
	model: z.object({ name: short, hash }),
	dictionaries: z.array(dictionary),
	prompt,
	metric: z.object({ name: text, value: number.nullable() }),
	explained: number.nullable().describe("signed, of the last run’s edges before pruning"),
	replacement: z
		.exactOptional(number.nullable())
		.describe("of the circuit as it is, in [0, 1], as circuit-tracer has it"),
	completeness: z.exactOptional(number.nullable()).describe("the same, of what leads into each node"),
	nodes: z.array(node).max(largestCircuit.nodes),
	edges: z.array(edge).max(largestCircuit.edges),
	document: z.object(documentCollections).describe("what people added: places, notes, groups, pins, story, labels"),
	view: z.record(z.string(), json).nullable().describe("filters, folds, columns, camera"),
	runs: z.array(run),
	provenance: z.object({
		nodes: z.array(z.tuple([nodeId, runNumber, number])).describe("node, run, attribution that the run found"),
		edges: z.array(z.tuple([nodeId, nodeId, runNumber, number])).describe("source, target, run, weight"),
	}),
	history: z.array(step).nullable().describe("null where it was left out"),
	reports: z.array(report),
	features: z.array(feature),
	originals: z
		.array(z.object({ id: nodeId, fields: z.record(z.string(), json) }))
		.describe("fields of another program's file that have no place here"),
});

export type CircuitFile = z.infer<typeof circuitFile>;
export type CircuitFileRun = CircuitFile["runs"][number];
export type CircuitFileFeature = CircuitFile["features"][number];
