import type { CircuitEdge } from "../circuit.ts";
import { EdgeUpdates } from "../edge-diff.ts";
import { type EdgeColumns, EdgeList } from "../edge-list.ts";
import { LazyRows, type Rows } from "../rows.ts";
import type { CircuitFile } from "./circuit-file.ts";

type FileStep = NonNullable<CircuitFile["history"]>[number];
type FileDiff = FileStep["diff"];

/** One change of a history, with the edges that it changes by column where they are many. */
export interface PayloadStep extends Omit<FileStep, "diff"> {
	readonly diff: Omit<FileDiff, "edges"> & { readonly edges?: EdgeRows };
}

interface EdgeRows {
	readonly added: Rows<CircuitEdge>;
	readonly updated: Rows<readonly [CircuitEdge, CircuitEdge]>;
	readonly removed: Rows<CircuitEdge>;
}

export interface PayloadProvenance {
	readonly nodes: CircuitFile["provenance"]["nodes"];
	readonly edges: Rows<FoundEdge>;
}

/** What a run found of an edge. */
export type FoundEdge = readonly [source: string, target: string, run: number, weight: number];

/** A circuit on its way into a file: its JSON is a `CircuitFile`, and each is one; edges may be columns, which are a tenth as large. */
export interface CircuitPayload extends Omit<CircuitFile, "edges" | "provenance" | "history"> {
	readonly edges: Rows<CircuitEdge>;
	readonly provenance: PayloadProvenance;
	readonly history: readonly PayloadStep[] | null;
}

/** What runs found, by column: of edge i of `found`, run `runs[i]`. */
export class FoundEdges extends LazyRows<FoundEdge> {
	readonly found: EdgeList;
	readonly runs: Uint32Array;

	constructor(found: EdgeList, runs: Uint32Array) {
		super();
		this.found = found;
		this.runs = runs;
	}

	get length(): number {
		return this.runs.length;
	}

	protected override read(index: number): FoundEdge {
		const { source, target, weight } = this.found.at(index) as CircuitEdge;
		return [source, target, this.runs[index] as number, weight];
	}
}

/** Record by record, as a file is read. */
export function asCircuitFile({ edges, provenance, history, ...rest }: CircuitPayload): CircuitFile {
	return {
		...rest,
		edges: [...edges],
		provenance: {
			nodes: provenance.nodes,
			edges: provenance.edges.map(([source, target, run, weight]) => [source, target, run, weight]),
		},
		history:
			history?.map(({ diff: { edges: changed, ...diff }, ...step }) => ({
				...step,
				diff: { ...diff, ...(changed && { edges: asRecords(changed) }) },
			})) ?? null,
	};
}

function asRecords({ added, updated, removed }: EdgeRows): NonNullable<FileDiff["edges"]> {
	return {
		added: [...added],
		updated: updated.map(([before, after]) => [before, after]),
		removed: [...removed],
	};
}

/** What came from another thread has lost its methods: lists get theirs back. */
export function reviveEdges(edges: Rows<CircuitEdge>): Rows<CircuitEdge> {
	return Array.isArray(edges) ? edges : EdgeList.check(edges as unknown as EdgeColumns);
}

/** As `reviveEdges`, of a whole circuit. */
export function revivePayload(payload: CircuitPayload): CircuitPayload {
	return {
		...payload,
		edges: reviveEdges(payload.edges),
		provenance: { ...payload.provenance, edges: reviveFound(payload.provenance.edges) },
		history:
			payload.history?.map(({ diff, ...step }) => ({
				...step,
				diff: { ...diff, ...(diff.edges && { edges: reviveDiff(diff.edges) }) },
			})) ?? null,
	};
}

function reviveFound(edges: Rows<FoundEdge>): Rows<FoundEdge> {
	if (Array.isArray(edges)) return edges;
	const { found, runs } = edges as FoundEdges;
	return new FoundEdges(EdgeList.check(found), runs);
}

function reviveDiff({ added, updated, removed }: EdgeRows): EdgeRows {
	return { added: reviveEdges(added), updated: reviveUpdates(updated), removed: reviveEdges(removed) };
}

function reviveUpdates(updated: EdgeRows["updated"]): EdgeRows["updated"] {
	if (Array.isArray(updated)) return updated;
	const { after, before } = updated as EdgeUpdates;
	return new EdgeUpdates(EdgeList.check(after), before);
}
