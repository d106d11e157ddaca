import type { CircuitEdge, CircuitNode } from "#shared/circuit";
import type { SiteKind } from "#shared/site";
import type { ErrorChoice, NodeChoice } from "#shared/trace-request";
import { errorTarget, featureTarget, logitTarget, pullToSites, runHeld } from "./direct-effects.ts";
import { namedTokens, runTokens } from "./metric.ts";
import { attributeSites, type OracleInputs, type PlainRun, type SiteActivity } from "./site-activity.ts";
import { add, at, dot, type Matrix, rowOf, type Variable } from "./tape.ts";

export interface OracleRequest extends OracleInputs {
	readonly choice: NodeChoice;
	readonly upNodes: number;
	readonly lastPositionOnly?: boolean;
	readonly errors?: ErrorChoice;
	readonly allNodes?: boolean;
	readonly keepUnconnected?: boolean;
}

export interface OracleCircuit {
	readonly metric: number;
	readonly nodes: readonly CircuitNode[];
	readonly edges: readonly CircuitEdge[];
	readonly explained: number;
}

/** The gradient circuit of `algorithms.md` section 3, one down node at a time. */
export function traceOracle(request: OracleRequest): OracleCircuit {
	const plain = attributeSites(request);
	const tokens = runTokens(request.metric, request.tokens);
	const last = tokens.length - 1;
	const positions = request.lastPositionOnly ? [last] : [...tokens.keys()];
	const nodes = new Map<string, CircuitNode>();
	const put = (node: CircuitNode) => nodes.set(node.id, node);
	const chosen = new Set<string>();
	for (const activity of plain.activities) {
		const features = featureNodes(activity, positions);
		features.forEach(put);
		for (const { id } of choose(features, request.choice)) chosen.add(id);
		for (const node of joinErrors(errorNodes(activity, positions), request)) {
			put(node);
			if (node.attribution !== 0) chosen.add(node.id);
		}
	}
	for (const node of [...tokenNodes(request, plain, positions), ...logitNodes(request, plain)]) {
		put(node);
		// A token that both prompts of a pair have stands for no difference.
		if (node.kind === "logit" || tokenContribution(request, node.position).some((value) => value !== 0))
			chosen.add(node.id);
	}
	const edges = findEdges(request, plain, positions, chosen);
	const onPath = findOnPath([...nodes.values()], edges, request.errors === "sources" ? ["token", "error"] : ["token"]);
	const inCircuit = (id: string) => onPath.has(id) || request.keepUnconnected === true;
	const touched = new Set(edges.flatMap(({ source, target }) => [source, target]));
	return {
		metric: plain.metric,
		nodes: [...nodes.values()].filter(
			({ id, kind }) =>
				((chosen.has(id) || touched.has(id)) && inCircuit(id)) ||
				(request.allNodes && (kind === "feature" || kind === "error")),
		),
		edges: edges.filter(({ source, target }) => inCircuit(source) && inCircuit(target)),
		explained: explainedShare(edges, nodes),
	};
}

function choose(features: readonly CircuitNode[], choice: NodeChoice): readonly CircuitNode[] {
	const size = ({ attribution }: CircuitNode) => Math.abs(attribution);
	// What the metric does not see is no candidate, however few there are; so with errors.
	const order = features.filter((node) => size(node) > 0).sort((a, b) => size(b) - size(a));
	if (choice.by === "count") return order.slice(0, choice.count);
	if (choice.by === "threshold") return order.filter((node) => size(node) > choice.threshold);
	if (choice.by === "percentile") throw new Error("The oracle has no corpus.");
	const total = order.reduce((sum, node) => sum + size(node), 0);
	const picked: CircuitNode[] = [];
	let held = 0;
	for (const node of order) {
		if (held >= choice.share * total) break;
		picked.push(node);
		held += size(node);
	}
	return picked;
}

function findEdges(
	request: OracleRequest,
	plain: PlainRun,
	positions: readonly number[],
	chosen: ReadonlySet<string>,
): CircuitEdge[] {
	const held = runHeld(request);
	const tokens = runTokens(request.metric, request.tokens);
	const edges: CircuitEdge[] = [];
	const into = (target: string, scalar: Variable) => {
		const { bySite, atEmbedding } = pullToSites(held, scalar);
		// An exact zero is a pair that no path joins, or a feature that is off.
		const keep = (source: string, weight: number) => weight !== 0 && edges.push({ source, target, weight });
		for (const up of plain.activities) {
			const cotangent = bySite.get(up.dictionary.site) as Matrix;
			const effects = positions.flatMap((p) =>
				activeFeatures(up, p).map((f) => ({
					source: featureId(up, p, f),
					weight: -dot(rowOf(cotangent, p), up.contribution(p, f)),
				})),
			);
			effects.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
			for (const { source, weight } of effects.slice(0, request.upNodes)) keep(source, weight);
			for (const [id, members] of groupErrors(up, positions, request))
				keep(
					id,
					members.reduce((sum, p) => sum - dot(rowOf(cotangent, p), rowOf(up.errorContribution, p)), 0),
				);
		}
		for (const p of positions) keep(tokenId(tokens, p), -dot(rowOf(atEmbedding, p), tokenContribution(request, p)));
	};
	for (const down of plain.activities) {
		const toFeature = featureTarget(held, down);
		const toError = errorTarget(held, down);
		for (const p of positions)
			for (const f of activeFeatures(down, p))
				if (chosen.has(featureId(down, p, f))) into(featureId(down, p, f), toFeature(p, f));
		if (request.errors !== "sources")
			for (const [id, members] of groupErrors(down, positions, request)) into(id, members.map(toError).reduce(add));
	}
	for (const { id, feature } of logitNodes(request, plain))
		into(id, logitTarget(held, feature as number, plain.logitGradients[feature as number] as number));
	return edges;
}

/** Errors that stand alone, and behind them the rest of the site as one, with sums of their numbers. */
function joinErrors(nodes: readonly CircuitNode[], request: OracleRequest): readonly CircuitNode[] {
	const { errors = "all", choice } = request;
	if (errors === "all" || errors === "sources") return nodes;
	const alone = errors === "pooled" ? [] : choose(nodes, choice);
	const rest = nodes.filter((node) => !alone.includes(node));
	const [first] = rest;
	if (!first) return alone;
	const joined = {
		...first,
		id: first.id.replace(/@.*/, ".rest"),
		joined: rest.length,
		activation: rest.reduce((sum, { activation }) => sum + activation, 0),
		attribution: rest.reduce((sum, { attribution }) => sum + attribution, 0),
	};
	return [...alone, joined];
}

/** Each node of a site's errors with the positions that it stands for. */
function groupErrors(
	activity: SiteActivity,
	positions: readonly number[],
	request: OracleRequest,
): ReadonlyMap<string, readonly number[]> {
	const nodes = joinErrors(errorNodes(activity, positions), request);
	const alone = nodes.filter(({ joined }) => joined === undefined).map(({ position }) => position);
	return new Map(
		nodes.map(({ id, joined, position }) => [
			id,
			joined === undefined ? [position] : positions.filter((p) => !alone.includes(p)),
		]),
	);
}

function explainedShare(edges: readonly CircuitEdge[], nodes: ReadonlyMap<string, CircuitNode>): number {
	const totalFrom = (kind: CircuitNode["kind"]) =>
		edges.reduce((sum, { source, weight }) => (nodes.get(source)?.kind === kind ? sum + weight : sum), 0);
	const features = totalFrom("feature");
	return features / (features + totalFrom("error"));
}

/** Nodes that a token reaches and that reach a logit. */
function findOnPath(
	nodes: readonly CircuitNode[],
	edges: readonly CircuitEdge[],
	beginnings: readonly CircuitNode["kind"][],
): ReadonlySet<string> {
	const spread = (kinds: readonly CircuitNode["kind"][], step: (edge: CircuitEdge) => readonly [string, string]) => {
		const reached = new Set(nodes.filter((node) => kinds.includes(node.kind)).map(({ id }) => id));
		for (let before = -1; before !== reached.size; ) {
			before = reached.size;
			for (const [from, to] of edges.map(step)) if (reached.has(from)) reached.add(to);
		}
		return reached;
	};
	const below = spread(beginnings, ({ source, target }) => [source, target]);
	const above = spread(["logit"], ({ source, target }) => [target, source]);
	return new Set([...below].filter((id) => above.has(id)));
}

function featureNodes(activity: SiteActivity, positions: readonly number[]): CircuitNode[] {
	return positions.flatMap((position) =>
		activeFeatures(activity, position).map((feature) => ({
			id: featureId(activity, position, feature),
			kind: "feature" as const,
			...placeOf(activity),
			feature,
			position,
			activation: at(activity.activations, position, feature),
			attribution: at(activity.attributions, position, feature),
		})),
	);
}

function errorNodes(activity: SiteActivity, positions: readonly number[]): CircuitNode[] {
	return positions.map((position) => {
		const error = rowOf(activity.error, position);
		return {
			id: errorId(activity, position),
			kind: "error",
			...placeOf(activity),
			position,
			activation: Math.sqrt(dot(error, error)),
			attribution: activity.errorAttributions[position] as number,
		};
	});
}

function tokenNodes(request: OracleRequest, plain: PlainRun, positions: readonly number[]): CircuitNode[] {
	const tokens = runTokens(request.metric, request.tokens);
	return positions.map((position) => ({
		id: tokenId(tokens, position),
		kind: "token",
		feature: tokens[position] as number,
		position,
		activation: 1,
		attribution:
			(request.patchTokens ? -1 : 1) *
			dot(rowOf(plain.embeddingGradient, position), tokenContribution(request, position)),
	}));
}

function logitNodes(request: OracleRequest, plain: PlainRun): CircuitNode[] {
	const position = runTokens(request.metric, request.tokens).length - 1;
	return namedTokens(request.metric, request.tokens).map((token) => ({
		id: `logit.${token}@${position}`,
		kind: "logit",
		feature: token,
		position,
		activation: plain.logits[token] as number,
		attribution: (plain.logitGradients[token] as number) * (plain.logits[token] as number),
	}));
}

function activeFeatures(activity: SiteActivity, position: number): number[] {
	return [...Array(activity.activations.cols).keys()].filter((feature) => activity.isActive(position, feature));
}

/** A token's row of the embedding, less the patch prompt's. */
function tokenContribution(request: OracleRequest, position: number): Float64Array {
	const row = (tokens: readonly number[]) => rowOf(embeddings(request), tokens[position] as number);
	const [own, patch] = [row(request.tokens), request.patchTokens && row(request.patchTokens)];
	return patch ? own.map((value, i) => value - (patch[i] as number)) : own;
}

function embeddings({ model }: OracleRequest): Matrix {
	return model.tensors.get("wte.weight") as Matrix;
}

function placeOf({ dictionary }: SiteActivity): { site: SiteKind; layer: number } {
	const [kind, place] = dictionary.site.split("_") as [SiteKind, string];
	return { site: kind, layer: Number.parseInt(place, 10) };
}

const featureId = ({ dictionary }: SiteActivity, position: number, feature: number) =>
	`${dictionary.site}.${feature}@${position}`;
const errorId = ({ dictionary }: SiteActivity, position: number) =>
	`${dictionary.site.replace("_", "_error_")}@${position}`;
const tokenId = (tokens: readonly number[], position: number) => `token.${tokens[position]}@${position}`;
