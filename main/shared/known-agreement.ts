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

/** What is known by itself, without being named. */
export const constructedName = "the circuit that the model was written with";

/** What is known of the model that was written by hand; its edges are not listed. */
export const knownByConstruction = (verdict: KnownVerdict | undefined): NamedParts | undefined =>
	verdict?.of === "features"
		? {
				name: constructedName,
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

/** All that could have been in a circuit. */
export interface Candidates {
	readonly nodes: CandidateSet;
	readonly edges: CandidateSet;
}

interface CandidateSet {
	readonly count: number;
	has(id: string): boolean;
}

/**
 * How well strengths tell what is known from the rest, as InterpBench (Gupta et al. 2024) and MIB's circuit localization
 * have it: over everything that could have been in the circuit, not over what was traced alone. What was not traced has no
 * strength, known or not, so that strengths drawn by chance have an AUROC of ½.
 */
export const compareWithKnown = ({ name, nodes, edges }: Known, candidates: Candidates): KnownAgreement => ({
	name,
	nodes: detect(nodes, candidates.nodes),
	edges: detect(edges, candidates.edges),
});

function detect(list: Known["nodes"], candidates: CandidateSet): Detection {
	const scored = list.map(([, score, known]) => ({ score, known }));
	const known = scored.filter((one) => one.known).length;
	const rest = candidates.count - list.filter(([id]) => candidates.has(id)).length;
	const others = scored.length - known + rest;
	return {
		known,
		others,
		missing: scored.filter((one) => one.known && one.score === 0).length,
		auroc: areaUnderRoc(scored, rest) ?? null,
		averagePrecision: others > 0 ? (averagePrecision(scored, rest) ?? null) : null,
	};
}
