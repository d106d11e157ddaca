import type { CircuitEdge } from "#shared/circuit";
import type { Group } from "#shared/document";
import { attributionGraph } from "#shared/effect";
import { AppError } from "#shared/errors";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { ImportedGraph } from "#shared/exchange/imported-graph";
import { withoutPosition } from "#shared/node-id";
import { describeCut, findThreshold, type ImportBudget } from "./import-budget.ts";
import type { JsonPart } from "./json-members.ts";
import { LinkList } from "./link-list.ts";
import { type NeuronpediaMetadata, neuronpediaMetadata, neuronpediaQuery } from "./neuronpedia-fields.ts";
import { type NeuronpediaNode, readNeuronpediaNode } from "./neuronpedia-node.ts";
import { readSubgraph } from "./neuronpedia-subgraph.ts";

const mostCarried = 100_000;

/** Whether the beginning of a JSON file is that of a graph of circuit-tracer or Neuronpedia. */
export function isNeuronpediaPart(part: JsonPart): boolean {
	if (part.key === "qParams") return true;
	const first = "elements" in part ? part.elements[0] : undefined;
	return part.key === "nodes" && typeof first === "object" && first !== null && "node_id" in first;
}

/**
 * Takes a graph of circuit-tracer or Neuronpedia part by part. A weight is what a source adds to its target; it is kept as
 * it is, and the metric says so. `influence` becomes `1 − influence` as attribution, so that what matters more is larger.
 */
export class NeuronpediaReader {
	readonly #budget: ImportBudget;
	readonly #nodes = new Map<string, NeuronpediaNode>();
	readonly #links = new LinkList();
	#metadata: NeuronpediaMetadata = {};
	#rawMetadata: unknown = {};
	#query: unknown = {};
	#strangeNodes = 0;
	#strangeLinks = 0;

	constructor(budget: ImportBudget) {
		this.#budget = budget;
	}

	take(part: JsonPart): void {
		if ("value" in part) {
			if (part.key === "metadata") {
				this.#rawMetadata = part.value;
				this.#metadata = neuronpediaMetadata.safeParse(part.value).data ?? {};
			} else if (part.key === "qParams") this.#query = part.value;
		} else if (part.key === "nodes") for (const raw of part.elements) this.#takeNode(raw);
		else if (part.key === "links") for (const raw of part.elements) this.#takeLink(raw);
	}

	#takeNode(raw: unknown): void {
		if ((raw as Record<string, unknown> | null)?.["scd_filler"] === true) return;
		const read = readNeuronpediaNode(raw);
		// Fields that nobody reads here are carried along, but not by the million.
		if (read && !this.#nodes.has(read.id))
			this.#nodes.set(read.id, this.#nodes.size < mostCarried ? read : { ...read, original: {} });
		else this.#strangeNodes++;
	}

	#takeLink(raw: unknown): void {
		const { source, target, weight } = (raw ?? {}) as Record<string, unknown>;
		if (typeof source === "string" && typeof target === "string" && Number.isFinite(weight))
			this.#links.add(source, target, weight as number);
		else this.#strangeLinks++;
	}

	/** Throws `bad-file` where there is nothing to show. */
	finish(file: string): { readonly graph: ImportedGraph; readonly notes: readonly string[] } {
		if (this.#nodes.size === 0)
			throw new AppError("bad-file", `${file} holds no node of an attribution graph. Ask for the file again.`);
		const query = neuronpediaQuery.safeParse(this.#query).data ?? { pinnedIds: [], supernodes: [], sg_pos: "" };
		const kept = this.#chooseNodes(new Set([...query.pinnedIds, ...query.supernodes.flatMap((one) => one.slice(1))]));
		const { edges, lost } = this.#chooseEdges(kept);
		const nodes = [...kept.values()];
		const notes = [...this.#describeLosses(nodes.length, edges.length, lost)];
		const additions = readSubgraph(query, kept);
		const strongest = findStrongest(nodes, additions.groups ?? []);
		const { node_threshold: threshold } = this.#metadata;
		const hasInfluence = nodes.some(({ influence }) => influence !== undefined);
		if (hasInfluence) notes.push("Attribution is 1 − influence here: what matters more is larger.");
		return {
			graph: {
				circuit: { nodes: nodes.map(({ node }) => node), edges },
				additions,
				description: this.#describe(nodes),
				known: this.#listKnown(nodes),
				...(hasInfluence &&
					threshold !== undefined &&
					threshold > 0 &&
					threshold < 1 &&
					strongest > 0 && {
						// The slider is cubic; see `threshold` in the renderer's view store.
						view: { attributionLevel: Math.min(1, Math.cbrt(Math.max(0, 1 - threshold - 1e-9) / strongest)) },
					}),
			},
			notes,
		};
	}

	/**
	 * By influence where the file tells it, else by all that leads in and out. What a person chose comes first, and errors,
	 * which would take most places, come after features.
	 */
	#chooseNodes(chosen: ReadonlySet<string>): ReadonlyMap<string, NeuronpediaNode> {
		const unique = new Map<string, NeuronpediaNode>();
		const seen = new Set<string>();
		for (const [id, node] of this.#nodes)
			if (seen.has(node.node.id)) this.#strangeNodes++;
			else {
				seen.add(node.node.id);
				unique.set(id, node);
			}
		if (unique.size <= this.#budget.maxNodes) return unique;
		const sums = new Float64Array(this.#links.ends);
		this.#links.forEach((source, target, weight) => {
			sums[source] = (sums[source] as number) + Math.abs(weight);
			sums[target] = (sums[target] as number) + Math.abs(weight);
		});
		const rank = ({ id, node, influence }: NeuronpediaNode): number => {
			if (chosen.has(id)) return Number.POSITIVE_INFINITY;
			if (node.kind === "logit" || node.kind === "token") return Number.MAX_VALUE;
			// Shares are at most 1, so that sums of weights, which are not shares, come after them.
			const size = influence === undefined ? -1 / (1 + (sums[this.#links.numberOf(id)] ?? 0)) : 1 - influence;
			return node.kind === "error" ? size - 2 : size;
		};
		const ranked = [...unique.values()].map((node) => ({ node, rank: rank(node) })).sort((a, b) => b.rank - a.rank);
		const best = new Set(ranked.slice(0, this.#budget.maxNodes).map(({ node }) => node.id));
		return new Map([...unique].filter(([id]) => best.has(id)));
	}

	#chooseEdges(kept: ReadonlyMap<string, NeuronpediaNode>): { edges: CircuitEdge[]; lost: number } {
		const byNumber = new Map([...kept].map(([id, { node }]) => [this.#links.numberOf(id), node]));
		const isKnown = new Uint8Array(this.#links.ends);
		for (const id of this.#nodes.keys()) isKnown[this.#links.numberOf(id)] = 1;
		const isOfError = (source: number, target: number) =>
			byNumber.get(source)?.kind === "error" || byNumber.get(target)?.kind === "error";
		const inside = (source: number, target: number) => byNumber.has(source) && byNumber.has(target);
		let [between, ofErrors, unknown] = [0, 0, 0];
		this.#links.forEach((source, target) => {
			if (!inside(source, target)) unknown += isKnown[source] && isKnown[target] ? 0 : 1;
			else if (isOfError(source, target)) ofErrors++;
			else between++;
		});
		const leastOf = (count: number, most: number, errors: boolean) => {
			if (most <= 0) return Number.POSITIVE_INFINITY;
			const sizes = new Float64Array(count);
			let at = 0;
			this.#links.forEach((source, target, weight) => {
				if (inside(source, target) && isOfError(source, target) === errors) sizes[at++] = Math.abs(weight);
			});
			return findThreshold(sizes, most);
		};
		const { maxEdges } = this.#budget;
		const least = leastOf(between, maxEdges, false);
		const leastOfErrors = leastOf(ofErrors, maxEdges - between, true);
		const edges = new Map<string, CircuitEdge>();
		this.#links.forEach((from, to, weight) => {
			const [source, target] = [byNumber.get(from)?.id, byNumber.get(to)?.id];
			const enough = isOfError(from, to) ? leastOfErrors : least;
			if (source === undefined || target === undefined || weight === 0 || Math.abs(weight) < enough) return;
			if (edges.size < maxEdges) edges.set(`${source} ${target}`, { source, target, weight });
		});
		return { edges: [...edges.values()], lost: unknown };
	}

	*#describeLosses(nodes: number, edges: number, unknown: number): Generator<string> {
		const all = { nodes: this.#nodes.size, links: this.#links.length };
		const say = (count: number) => count.toLocaleString("en");
		if (nodes < all.nodes || edges < all.links - unknown)
			yield describeCut([nodes, all.nodes], [edges, all.links], "links");
		if (unknown > 0) yield `${say(unknown)} links lead to nodes that the file does not hold.`;
		if (this.#strangeNodes + this.#strangeLinks > 0)
			yield `${say(this.#strangeNodes)} nodes and ${say(this.#strangeLinks)} links are not in the form of an attribution graph, or there twice, and were left out.`;
	}

	#describe(nodes: readonly NeuronpediaNode[]): NonNullable<ImportedGraph["description"]> {
		const { scan = "", slug, prompt = "", prompt_tokens: tokens = [] } = this.#metadata;
		const ids = new Map(
			nodes.flatMap(({ node }) => (node.kind === "token" ? [[node.position, node.feature ?? 0]] : [])),
		);
		const tokenIds = tokens.map((_, position) => ids.get(position));
		return {
			...(slug && { name: slug }),
			model: { name: scan || "unknown model", hash: `imported ${scan}` },
			prompt: {
				text: prompt || tokens.join(""),
				tokens,
				tokenIds: tokenIds.every((id) => id !== undefined) ? tokenIds : [],
			},
			metric: { name: attributionGraph, value: null },
		};
	}

	/** Words for tokens and logits, and the file's own fields, so that it can be written again as it was. */
	*#listKnown(nodes: readonly NeuronpediaNode[]): Generator<readonly [string, CarriedKnowledge]> {
		yield ["graph", { original: { metadata: this.#rawMetadata, qParams: this.#query } }];
		const { prompt_tokens: tokens = [] } = this.#metadata;
		for (const { node, token } of nodes) {
			const text = token ?? (node.kind === "token" ? tokens[node.position] : undefined);
			if (text !== undefined) yield [withoutPosition(node.id), { token: text }];
		}
		for (const { node, original } of nodes) yield [node.id, { original }];
	}
}

/** As it is seen: a supernode has the sum of its members. */
function findStrongest(nodes: readonly NeuronpediaNode[], groups: readonly Group[]): number {
	const sizes = new Map(nodes.map(({ node }) => [node.id, node.attribution]));
	const sums = groups.map(({ members }) => members.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0));
	for (const { members } of groups) for (const id of members) sizes.delete(id);
	return [...sizes.values(), ...sums].reduce((most, size) => Math.max(most, Math.abs(size)), 0);
}
