import { strengthsOf } from "./circuit-strengths.ts";
import { areaUnderRoc, averagePrecision } from "./detection.ts";
import type { CircuitDocument } from "./document.ts";
import type { KnownVerdict } from "./known-circuit.ts";
import { withoutPosition } from "./node-id.ts";
import type { Detection, KnownAgreement, ValidationRequest } from "./validation.ts";

type Known = NonNullable<ValidationRequest["known"]>;
type Part = Pick<CircuitDocument, "nodes" | "edges">;

/**
 * Features and edges of a circuit, whatever their positions, each with how strong it is and whether the known circuit has
 * it. What is known and was not traced has no strength.
 */
export function scoreAgainst(circuit: Part, known: NamedParts): Known {
	const strengths = strengthsOf(circuit);
	return {
		name: known.name,
		nodes: join(strengths.nodes, known.nodes),
		edges: join(strengths.edges, known.edges),
	};
}

/** Features by id, and edges as `source target`, without positions. */
export interface KnownParts {
	readonly nodes: ReadonlySet<string>;
	readonly edges: ReadonlySet<string>;
}

export type NamedParts = KnownParts & { readonly name: string };

/** What is known of the model that was written by hand; its edges are not listed. */
export const knownByConstruction = (verdict: KnownVerdict | undefined): NamedParts | undefined =>
	verdict?.of === "features"
		? {
				name: "the circuit that the model was written with",
				nodes: new Set(verdict.expected.map(withoutPosition)),
				edges: new Set(),
			}
		: undefined;

/** A circuit as what is known. */
export function knownParts(circuit: Part): KnownParts {
	const { nodes, edges } = strengthsOf(circuit);
	return { nodes: new Set(nodes.keys()), edges: new Set(edges.keys()) };
}

function join(scores: ReadonlyMap<string, number>, known: ReadonlySet<string>): Known["nodes"] {
	const missing = [...known].filter((one) => !scores.has(one));
	return [
		...[...scores].map(([id, score]) => [id, Math.abs(score), known.has(id)] as const),
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
