import { z } from "zod";
import type { CircuitNode } from "#shared/circuit";
import { AppError } from "#shared/errors";
import { isCircuitFile, readCircuitFile } from "#shared/exchange/read-circuit-file";
import { readAttributedGraph } from "./attributed-graph.ts";
import type { ImportedFile } from "./imported-file.ts";

const text = z.string().max(1_000_000);

/** The part of what `scd trace --json` prints, and older exports wrote, that makes a circuit. */
const traceJson = z.object({
	name: z.exactOptional(text),
	model: z
		.object({ name: text, hash: z.exactOptional(text) })
		.nullish()
		.catch(undefined),
	prompt: z
		.object({ text, tokens: z.array(text), token_ids: z.array(z.number()).catch([]) })
		.nullish()
		.catch(undefined),
	metric: z.object({ name: text, value: z.number().nullable() }).nullish().catch(undefined),
	nodes: z.array(
		z.looseObject({
			id: text,
			position: z.exactOptional(z.number()),
			joined: z.exactOptional(z.number()),
			activation: z.number(),
			attribution: z.number(),
			inflow: z.exactOptional(z.object({ features: z.number(), errors: z.number(), tokens: z.number() })),
			label: z.exactOptional(text),
		}),
	),
	edges: z.array(z.object({ source: text, target: text, weight: z.number() })),
});

/** A circuit of ours, or the result of a trace. Throws `bad-file` on any other JSON. */
export function readJsonGraph(value: unknown, file: string): ImportedFile {
	if (isCircuitFile(value)) return { kind: "circuit", file: readCircuitFile(value, file), notes: [] };
	const parsed = traceJson.safeParse(value);
	if (!parsed.success) throw refuseJson(value, file);
	const { name, model, prompt, metric, nodes, edges } = parsed.data;
	const attributes = nodes.map(
		({ id, position, joined, activation, attribution, label }): [string, Map<string, string>] => [
			id,
			new Map([
				["activation", String(activation)],
				["attribution", String(attribution)],
				...(position === undefined ? [] : [["position", String(position)] as const]),
				...(joined === undefined ? [] : [["joined", String(joined)] as const]),
				...(label === undefined ? [] : [["feature_label", label] as const]),
			]),
		],
	);
	const read = readAttributedGraph({ nodes: new Map(attributes), edges }, undefined, file);
	if (read.kind !== "graph") return read;
	return {
		...read,
		graph: {
			...read.graph,
			circuit: { ...read.graph.circuit, nodes: withInflow(read.graph.circuit.nodes, nodes) },
			description: {
				...(name !== undefined && { name }),
				...(model && { model: { name: model.name, hash: model.hash ?? `imported ${model.name}` } }),
				...(prompt && { prompt: { text: prompt.text, tokens: prompt.tokens, tokenIds: prompt.token_ids } }),
				...(metric && { metric }),
			},
		},
	};
}

/** People have many JSON files; what this one is most likely is worth a word. */
function refuseJson(value: unknown, file: string): AppError {
	const has = (...keys: readonly string[]) =>
		typeof value === "object" && value !== null && keys.every((key) => Object.hasOwn(value, key));
	const what = has("d_in", "d_sae")
		? "the configuration of a dictionary: add its folder in the Library"
		: has("model_type") || has("n_layer")
			? "the configuration of a model: add its folder in the Library"
			: has("nodes", "links") || has("nodes", "edges")
				? "a graph, but none of features: its nodes or edges lack what a circuit needs"
				: "no circuit";
	return new AppError(
		"bad-file",
		`${file} is ${what}. Circuits come as what this program exports, as scd trace --json prints, or as a graph of circuit-tracer or Neuronpedia.`,
	);
}

/** What leads into each node, as the trace found it. */
function withInflow(nodes: readonly CircuitNode[], given: z.infer<typeof traceJson>["nodes"]): readonly CircuitNode[] {
	const known = new Map(given.flatMap(({ id, inflow }) => (inflow ? [[id, inflow] as const] : [])));
	return nodes.map((node) => {
		const inflow = known.get(node.id);
		return inflow ? { ...node, inflow } : node;
	});
}
