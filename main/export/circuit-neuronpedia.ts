import { describeJoined } from "#shared/drawing/card-content";
import { raisesTarget } from "#shared/effect";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import { withoutPosition } from "#shared/node-id";
import { type SiteKind, siteKinds } from "#shared/site";

/** What Neuronpedia calls a circuit's model, and the set of sources that it can show dashboards of. */
export interface NeuronpediaNames {
	readonly scan: string;
	/** Features of this kind of site have dashboards in `sourceSet`, at the layer that `layerOf` gives. */
	readonly main?: { readonly site: SiteKind; readonly sourceSet: string; layerOf(layer: number): number };
}

type Node = CircuitPayload["nodes"][number];

/**
 * A feature elsewhere than at the main site gets a number that no dictionary has, so that their page neither takes it for
 * another's nor shows another's dashboard. Cantor pairs of these numbers are still whole in a double.
 */
const offsetOf = (site: SiteKind) => 1e7 * (1 + siteKinds.indexOf(site));
const errorTypes: Readonly<Partial<Record<SiteKind, string>>> = {
	mlp: "mlp reconstruction error",
	attn: "lorsa error",
};

/**
 * A graph in the form of circuit-tracer and Neuronpedia (their graph-schema.json). Weights are what a source adds to its
 * target, so that raising is positive. `scd_id` and `scd_attribution` beside their fields say what is meant here.
 */
export function buildNeuronpediaGraph(file: CircuitPayload, names: NeuronpediaNames): object {
	const originals = new Map(file.originals.map(({ id, fields }) => [id, fields]));
	const graph = originals.get("graph");
	const main = names.main ?? findMain(file.nodes);
	const layerOf = (node: Node) =>
		node.layer === null ? 0 : Math.max(0, node.site === main.site ? main.layerOf(node.layer) : node.layer);
	const top = file.nodes.reduce((most, node) => Math.max(most, layerOf(node)), 0);
	const theirs = new Map(file.nodes.map((node) => [node.id, String(originals.get(node.id)?.["node_id"] ?? "")]));
	const written = new Map<string, string>();
	const nodes = file.nodes.map((node) => {
		const original = originals.get(node.id);
		const built = original?.["node_id"]
			? relabel(original, node)
			: buildNode(node, file, layerOf(node), top, main.site);
		written.set(node.id, theirs.get(node.id) || String((built as { node_id: string }).node_id));
		return built;
	});
	// Their page divides by the highest layer and cannot show a graph that has none above 0.
	if (top === 0) nodes.push(buildFiller(file.prompt.tokens.length));
	return {
		metadata: { ...(graph?.["metadata"] ?? buildMetadata(file, names)) },
		qParams: buildQuery(file, written),
		nodes,
		links: file.edges.flatMap(({ source, target, weight }) => {
			const [from, to] = [written.get(source), written.get(target)];
			if (from === undefined || to === undefined) return [];
			const size = Math.abs(weight);
			return { source: from, target: to, weight: raisesTarget(file.metric.name, weight) ? size : -size };
		}),
	};
}

/** As it came, with the words that it has now. */
function relabel(original: Readonly<Record<string, unknown>>, { kind, label = "" }: Node): object {
	const before = String(original["clerp"] ?? "")
		.trim()
		.slice(0, 400);
	return kind !== "feature" || before === label ? original : { ...original, clerp: label };
}

/** The kind of site with most features: a graph has one set of sources. */
function findMain(nodes: readonly Node[]): NonNullable<NeuronpediaNames["main"]> {
	const counts = new Map<SiteKind, number>();
	for (const { kind, site } of nodes)
		if (kind === "feature" && site !== null) counts.set(site, (counts.get(site) ?? 0) + 1);
	// Their features are most often those of MLPs.
	const [best] = [...counts].sort(([one, a], [, b]) => b - a || (one === "mlp" ? -1 : 1));
	return { site: best?.[0] ?? "mlp", sourceSet: "", layerOf: (layer) => layer };
}

function buildNode(node: Node, file: CircuitPayload, layer: number, top: number, main: SiteKind): object {
	const { id, kind, position, activation, attribution } = node;
	const ours = {
		scd_id: id,
		scd_attribution: attribution,
		...(node.joined !== undefined && { scd_joined: node.joined }),
	};
	const rest = { ctx_idx: position, token_prob: 0, is_target_logit: false, run_idx: 0, reverse_ctx_idx: 0 };
	const token = node.feature ?? 0;
	if (kind === "token")
		return {
			...{ node_id: `E_${token}_${position}`, feature: position, layer: "E", ...rest, feature_type: "embedding" },
			...{ jsNodeId: `E_${token}-${position}`, clerp: `Emb: "${node.token ?? ""}"`, ...ours },
		};
	if (kind === "logit") {
		// The logit itself is no field of theirs.
		const own = { ...ours, activation };
		const probability = findProbability(node, file);
		return {
			...{ node_id: `${top + 2}_${token}_${position}`, feature: token, layer: String(top + 2), ...rest },
			...{ feature_type: "logit", token_prob: probability, is_target_logit: isTarget(node, file) },
			// Without the part in brackets their reader breaks off.
			jsNodeId: `L_${token}-${position}`,
			clerp: `Output "${node.token ?? `#${token}`}" (p=${probability.toFixed(3)})`,
			...own,
		};
	}
	const site = node.site ?? "mlp";
	if (kind === "error") {
		const number = site === "mlp" ? -1 : -1 - offsetOf(site);
		return {
			...{ node_id: `${layer}_${number}_${position}`, feature: -1, layer: String(layer), ...rest },
			feature_type: errorTypes[site] ?? `${site} reconstruction error`,
			...{ jsNodeId: `${layer}_${number}-${position}`, activation, ...ours },
			clerp: node.joined === undefined ? "" : describeJoined(node.joined),
		};
	}
	const index = token + (site === main && node.layer !== -1 ? 0 : offsetOf(site) + (node.layer === -1 ? 5e6 : 0));
	return {
		...{ node_id: `${layer}_${index}_${position}`, feature: pair(layer, index), layer: String(layer), ...rest },
		feature_type: site === "attn" || site === "z" ? "lorsa" : "cross layer transcoder",
		...{ jsNodeId: `${layer}_${index}-0`, clerp: node.label ?? "", activation, ...ours },
	};
}

/** Cantor's pairing of a layer and an index, as circuit-tracer numbers features. */
const pair = (layer: number, index: number) => ((layer + index) * (layer + index + 1)) / 2 + index;

function isTarget(node: Node, { prompt, metric }: CircuitPayload): boolean {
	if (metric.name === "cross_entropy") return node.feature === prompt.token_ids.at(-1);
	return metric.name === `logprob(${node.token})` || metric.name === `logprob(${node.feature})`;
}

/** Known of the token that the metric is about; 0 says that it is not known. */
function findProbability(node: Node, file: CircuitPayload): number {
	const { name, value } = file.metric;
	if (value === null || !isTarget(node, file)) return 0;
	return Math.min(1, Math.exp(name === "cross_entropy" ? -value : value));
}

function buildFiller(tokens: number): object {
	const position = Math.max(0, tokens - 1);
	return {
		...{
			node_id: `1_-1_${position}`,
			feature: -1,
			layer: "1",
			ctx_idx: position,
			token_prob: 0,
			is_target_logit: false,
		},
		...{ run_idx: 0, reverse_ctx_idx: 0, feature_type: "mlp reconstruction error", jsNodeId: `1_-1-${position}` },
		...{ clerp: "", scd_filler: true },
	};
}

function buildMetadata(file: CircuitPayload, { scan, main }: NeuronpediaNames): object {
	return {
		slug: slugOf(file.name),
		scan,
		transcoder_list: [],
		prompt_tokens: file.prompt.tokens,
		prompt: file.prompt.text,
		schema_version: 1,
		info: {
			description: `A circuit of sparse-autoencoder features: direct effects on ${file.metric.name}. Probabilities of logits that are not known are written as 0.`,
			generator: { name: file.program.name, version: file.program.version },
			create_time_ms: file.updated_at,
		},
		...(main && { feature_details: { neuronpedia_source_set: main.sourceSet } }),
		generation_settings: {
			...{ metric: file.metric.name, metric_value: file.metric.value, explained: file.explained },
			...{ replacement: file.replacement ?? null, completeness: file.completeness ?? null },
		},
	};
}

const slugOf = (name: string) =>
	name
		.normalize("NFKC")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.replace(/^-+|-+$/g, "")
		.slice(0, 60) || "circuit";

/** Their subgraph: what is pinned, and every member of a supernode, which they must pin to show it. */
function buildQuery({ document, nodes, originals }: CircuitPayload, written: ReadonlyMap<string, string>): object {
	const byFeature = Map.groupBy(nodes, ({ id }) => withoutPosition(id));
	const idsOf = (id: string) =>
		written.has(id)
			? [written.get(id) as string]
			: (byFeature.get(id) ?? []).map((node) => written.get(node.id) as string);
	const supernodes = document.groups
		.map(({ name, members }) => [name, ...members.flatMap(idsOf)])
		.filter((group) => group.length > 1);
	const pinned = new Set([
		...document.pins.toSorted((a, b) => a.order - b.order).flatMap(({ id }) => idsOf(id)),
		...supernodes.flatMap((group) => group.slice(1)),
	]);
	const query = originals.find(({ id }) => id === "graph")?.fields["qParams"] as Record<string, unknown> | undefined;
	// As it came, where nothing of it was changed here: the order and the positions are theirs.
	const before = Array.isArray(query?.["pinnedIds"]) ? (query["pinnedIds"] as string[]) : [];
	const isSame =
		JSON.stringify(query?.["supernodes"] ?? []) === JSON.stringify(supernodes) &&
		[...pinned].every((id) => before.includes(id));
	if (query && isSame) return query;
	return { linkType: "both", pinnedIds: [...pinned], clickedId: "", supernodes, sg_pos: "" };
}
