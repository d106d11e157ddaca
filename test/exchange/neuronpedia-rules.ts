import { z } from "zod";

/**
 * What Neuronpedia's published schema (graph-schema.json, version 1.0.0) asks of a graph, what its optional fields must be
 * where they are, and what circuit-tracer's own classes ask beyond it (graph_models.py): no null feature, layers as text.
 */
const text = z.string();
const whole = z.number().refine(Number.isInteger);
const metadata = z.looseObject({
	slug: text,
	scan: text,
	prompt_tokens: z.array(text),
	prompt: text,
	transcoder_list: z.array(text),
	schema_version: whole.nullable(),
	node_threshold: z.exactOptional(z.number()),
	feature_details: z.exactOptional(
		z.looseObject({
			feature_json_base_url: z.exactOptional(text),
			neuronpedia_source_set: z.exactOptional(text),
			neuronpedia_lorsa_source_set: z.exactOptional(text),
		}),
	),
	info: z.exactOptional(
		z.looseObject({
			description: z.exactOptional(text),
			creator_name: z.exactOptional(text),
			creator_url: z.exactOptional(text),
			source_urls: z.exactOptional(z.array(z.unknown())),
			generator: z.exactOptional(z.looseObject({ name: text, version: text })),
			create_time_ms: z.exactOptional(z.number()),
		}),
	),
	generation_settings: z.exactOptional(z.looseObject({})),
	pruning_settings: z.exactOptional(
		z.looseObject({ node_threshold: z.exactOptional(z.number()), edge_threshold: z.exactOptional(z.number()) }),
	),
});
const node = z.looseObject({
	node_id: text,
	feature: whole,
	layer: text,
	ctx_idx: whole,
	feature_type: text,
	jsNodeId: text,
	clerp: text,
	token_prob: z.number(),
	is_target_logit: z.boolean(),
	run_idx: whole,
	reverse_ctx_idx: whole,
	influence: z.exactOptional(z.number().nullable()),
	activation: z.exactOptional(z.number().nullable()),
});
export const neuronpediaGraph = z.object({
	metadata,
	qParams: z.looseObject({
		pinnedIds: z.array(text),
		supernodes: z.array(z.array(text)),
		linkType: text,
		clickedId: text,
		sg_pos: text,
	}),
	nodes: z.array(node),
	links: z.array(z.object({ source: text, target: text, weight: z.number() })),
});

type Graph = z.infer<typeof neuronpediaGraph>;

/** Rules of the readers, which no schema says: each that is broken, in words. */
export function listFaults({ nodes, links, qParams, metadata: { prompt_tokens } }: Graph): readonly string[] {
	const ids = nodes.map(({ node_id }) => node_id);
	const known = new Set(ids);
	const fault = (is: boolean, what: string) => (is ? [what] : []);
	const others = nodes.filter(({ feature_type }) => feature_type !== "logit");
	const highest = Math.max(...others.flatMap(({ layer }) => (layer === "E" ? [] : [Number(layer)])));
	return [
		...fault(known.size < ids.length, "two nodes have one id"),
		// The page stops where the highest layer is 0.
		...fault(!(highest > 0), "no layer above 0"),
		...links.flatMap(({ source, target }) =>
			fault(!known.has(source) || !known.has(target), `a link leads nowhere: ${source} ${target}`),
		),
		...[...qParams.pinnedIds, ...qParams.supernodes.flatMap((one) => one.slice(1))].flatMap((id) =>
			fault(!known.has(id), `nothing is called ${id}, which is pinned or grouped`),
		),
		...nodes.flatMap((one) => listNodeFaults(one, prompt_tokens.length)),
	];
}

function listNodeFaults(node: Graph["nodes"][number], tokens: number): readonly string[] {
	const { node_id: id, feature, layer, ctx_idx: position, feature_type: type, jsNodeId, clerp } = node;
	const expected = (what: string, is: boolean) => (is ? [] : [`${id}: ${what}`]);
	const [first, middle = "", last] = id.split("_");
	const all = [
		...expected("its position is that of a token", position >= 0 && position < tokens),
		...expected("its id says layer and position", first === layer && Number(last) === position),
	];
	if (type === "embedding")
		return [...all, ...expected("a token", layer === "E" && feature === position && /^\d+$/.test(middle))];
	if (type === "logit")
		return [
			...all,
			...expected("a logit", feature === Number(middle) && jsNodeId === `L_${middle}-${position}`),
			// Their reader takes what stands behind “(p=”.
			...expected("a probability in its label", / \(p=[01]\.\d{3}\)$/.test(clerp)),
		];
	if (/error/.test(type)) return [...all, ...expected("an error", feature === -1 && Number(middle) < 0)];
	// The pair of layer and index, by which dashboards are found.
	const [l, i] = [Number(layer), Number(middle)];
	return [
		...all,
		...expected("a feature's pair", feature === ((l + i) * (l + i + 1)) / 2 + i),
		...expected("a pair that is exact", Number.isSafeInteger(feature)),
		...expected("a feature's second id", jsNodeId === `${layer}_${middle}-0`),
	];
}
