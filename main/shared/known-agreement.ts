import { areaUnderRoc, averagePrecision } from "./detection.ts";
import type { CircuitDocument } from "./document.ts";
import { withoutPosition } from "./node-id.ts";
import { rankEdges } from "./rank-edges.ts";
import type { Detection, KnownAgreement, ValidationRequest } from "./validation.ts";

type Known = NonNullable<ValidationRequest["known"]>;
type Part = Pick<CircuitDocument, "nodes" | "edges">;

/**
 * Features and edges of a circuit, whatever their positions, each with how strong it is and whether the known circuit has
 * it. What is known and was not traced has no strength.
 */
export function scoreAgainst(circuit: Part, known: { readonly name: string } & KnownParts): Known {
	return {
		name: known.name,
		nodes: join(scoreFeatures(circuit.nodes), known.nodes),
		edges: join(scoreEdges(circuit.edges), known.edges),
	};
}

/** Features by id, and edges as `source target`, without positions. */
export interface KnownParts {
	readonly nodes: ReadonlySet<string>;
	readonly edges: ReadonlySet<string>;
}

/** A circuit as what is known. */
export const knownParts = (circuit: Part): KnownParts => ({
	nodes: new Set(scoreFeatures(circuit.nodes).keys()),
	edges: new Set(scoreEdges(circuit.edges).keys()),
});

function scoreFeatures(nodes: CircuitDocument["nodes"]): ReadonlyMap<string, number> {
	const sums = new Map<string, number>();
	for (const { id, kind, attribution } of nodes)
		if (kind === "feature") sums.set(withoutPosition(id), (sums.get(withoutPosition(id)) ?? 0) + attribution);
	return new Map([...sums].map(([id, sum]) => [id, Math.abs(sum)]));
}

/** By rank, which is all that is asked of them. */
function scoreEdges(edges: CircuitDocument["edges"]): ReadonlyMap<string, number> {
	const ranked = rankEdges(edges);
	return new Map(ranked.map((edge, i) => [edge.join(" "), ranked.length - i]));
}

function join(scores: ReadonlyMap<string, number>, known: ReadonlySet<string>): Known["nodes"] {
	const missing = [...known].filter((one) => !scores.has(one));
	return [
		...[...scores].map(([id, score]) => [id, score, known.has(id)] as const),
		...missing.map((id) => [id, 0, true] as const),
	];
}

/** How well strengths tell what is known from the rest. */
export const compareWithKnown = ({ name, nodes, edges }: Known): KnownAgreement => ({
	name,
	nodes: detect(nodes),
	edges: detect(edges),
});

function detect(list: Known["nodes"]): Detection {
	const scored = list.map(([, score, known]) => ({ score, known }));
	const known = scored.filter((one) => one.known).length;
	return {
		known,
		others: scored.length - known,
		missing: scored.filter((one) => one.known && one.score === 0).length,
		auroc: areaUnderRoc(scored) ?? null,
		averagePrecision: known < scored.length ? (averagePrecision(scored) ?? null) : null,
	};
}
