import type { Circuit } from "#shared/circuit";
import { edgeKey } from "#shared/document-diff";
import type { Database } from "./sqlite.ts";

/** What one run found: a node's attribution, or an edge's weight. */
export interface FoundValue {
	readonly run: number;
	readonly value: number;
}

/** Which runs gave each part of a circuit, oldest first, and with what value. */
export interface CircuitProvenance {
	/** By node id. */
	readonly nodes: ReadonlyMap<string, readonly FoundValue[]>;
	/** By `edgeKey` of #shared/document-diff. */
	readonly edges: ReadonlyMap<string, readonly FoundValue[]>;
}

/** Remembers every run that gave a node or an edge, also those whose value a later run replaced. */
export class Provenance {
	readonly #saveNode;
	readonly #saveEdge;
	readonly #nodes;
	readonly #edges;
	readonly #copyNodes;
	readonly #copyEdges;

	constructor(database: Database) {
		this.#saveNode = database.prepare(
			"INSERT OR REPLACE INTO node_run (circuit, id, run, attribution) VALUES (?, ?, ?, ?)",
		);
		this.#saveEdge = database.prepare(
			"INSERT OR REPLACE INTO edge_run (circuit, source, target, run, weight) VALUES (?, ?, ?, ?, ?)",
		);
		this.#nodes = database.prepare<[number], FoundValue & { id: string }>(
			"SELECT id, run, attribution AS value FROM node_run WHERE circuit = ? ORDER BY run",
		);
		this.#edges = database.prepare<[number], FoundValue & { source: string; target: string }>(
			"SELECT source, target, run, weight AS value FROM edge_run WHERE circuit = ? ORDER BY run",
		);
		const ofItsRuns = "WHERE circuit = @from AND run IN (SELECT run FROM history WHERE circuit = @to)";
		this.#copyNodes = database.prepare<[{ from: number; to: number }]>(
			`INSERT INTO node_run (circuit, id, run, attribution) SELECT @to, id, run, attribution FROM node_run ${ofItsRuns}`,
		);
		this.#copyEdges = database.prepare<[{ from: number; to: number }]>(
			`INSERT INTO edge_run (circuit, source, target, run, weight)
			 SELECT @to, source, target, run, weight FROM edge_run ${ofItsRuns}`,
		);
	}

	save(circuit: number, run: number, { nodes, edges }: Circuit): void {
		for (const { id, attribution } of nodes) this.#saveNode.run(circuit, id, run, attribution);
		for (const { source, target, weight } of edges) this.#saveEdge.run(circuit, source, target, run, weight);
	}

	load(circuit: number): CircuitProvenance {
		return {
			nodes: collect(this.#nodes.all(circuit), ({ id }) => id),
			edges: collect(
				this.#edges.all(circuit).map((row) => ({ ...row, weight: row.value })),
				edgeKey,
			),
		};
	}

	/** Nodes and edges of `before` that `incoming` lacks and that none but these runs ever gave. */
	findOnlyFrom(circuit: number, runs: readonly number[], before: Circuit, incoming: Circuit): Circuit {
		if (runs.length === 0) return { nodes: [], edges: [] };
		const known = this.load(circuit);
		const isStale = (found: readonly FoundValue[] | undefined) =>
			found?.every(({ run }) => runs.includes(run)) === true;
		const nodes = new Set(incoming.nodes.map(({ id }) => id));
		const edges = new Set(incoming.edges.map(edgeKey));
		return {
			nodes: before.nodes.filter(({ id }) => !nodes.has(id) && isStale(known.nodes.get(id))),
			edges: before.edges.filter((edge) => !edges.has(edgeKey(edge)) && isStale(known.edges.get(edgeKey(edge)))),
		};
	}

	/** To a branch, of the runs in its history. */
	copy(from: number, to: number): void {
		this.#copyNodes.run({ from, to });
		this.#copyEdges.run({ from, to });
	}
}

function collect<Row extends FoundValue>(
	rows: readonly Row[],
	keyOf: (row: Row) => string,
): ReadonlyMap<string, readonly FoundValue[]> {
	const found = new Map<string, FoundValue[]>();
	for (const row of rows) {
		const value = { run: row.run, value: row.value };
		const known = found.get(keyOf(row));
		if (known) known.push(value);
		else found.set(keyOf(row), [value]);
	}
	return found;
}
