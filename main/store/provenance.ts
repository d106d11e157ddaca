import type { Circuit } from "#shared/circuit";
import { edgeKey } from "#shared/document-diff";
import { applyEdges, EdgeUpdates, matchEdges, missingEdges } from "#shared/edge-diff";
import { EdgeList } from "#shared/edge-list";
import { EdgeSets } from "./edge-sets.ts";
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
	readonly #nodes;
	readonly #edges: EdgeSets;
	readonly #copyNodes;
	readonly #runs;

	constructor(database: Database) {
		this.#saveNode = database.prepare(
			"INSERT OR REPLACE INTO node_run (circuit, id, run, attribution) VALUES (?, ?, ?, ?)",
		);
		this.#nodes = database.prepare<[number], FoundValue & { id: string }>(
			"SELECT id, run, attribution AS value FROM node_run WHERE circuit = ? ORDER BY run",
		);
		this.#edges = new EdgeSets(database);
		const ofItsRuns = "WHERE circuit = @from AND run IN (SELECT run FROM history WHERE circuit = @to)";
		this.#copyNodes = database.prepare<[{ from: number; to: number }]>(
			`INSERT INTO node_run (circuit, id, run, attribution) SELECT @to, id, run, attribution FROM node_run ${ofItsRuns}`,
		);
		this.#runs = database
			.prepare<[number], number>("SELECT DISTINCT run FROM history WHERE circuit = ? AND run IS NOT NULL")
			.pluck();
	}

	save(circuit: number, run: number, { nodes, edges }: Circuit): void {
		for (const { id, attribution } of nodes) this.#saveNode.run(circuit, id, run, attribution);
		const list = EdgeList.from(edges);
		if (list.length === 0) return;
		const added = { added: list, updated: EdgeUpdates.from([]), removed: EdgeList.none };
		this.#edges.save(circuit, "run", run, applyEdges(this.#edges.load(circuit, "run", run), added));
	}

	load(circuit: number): CircuitProvenance {
		const found = this.#edges
			.numbersOf(circuit, "run")
			.flatMap((run) =>
				this.#edges
					.load(circuit, "run", run)
					.map(({ source, target, weight }) => ({ source, target, run, value: weight })),
			);
		return { nodes: collect(this.#nodes.all(circuit), ({ id }) => id), edges: collect(found, edgeKey) };
	}

	ofNode(circuit: number, id: string): readonly FoundValue[] {
		return collect(this.#nodes.all(circuit), (row) => row.id).get(id) ?? [];
	}

	ofEdge(circuit: number, source: string, target: string): readonly FoundValue[] {
		return this.#edges.numbersOf(circuit, "run").flatMap((run): FoundValue[] => {
			const edges = this.#edges.load(circuit, "run", run);
			const value = edges.weights[edges.indexOf(source, target)];
			return value === undefined ? [] : [{ run, value }];
		});
	}

	/** Nodes and edges of `before` that `incoming` lacks and that none but these runs ever gave. */
	findOnlyFrom(circuit: number, runs: readonly number[], before: Circuit, incoming: Circuit): Circuit {
		if (runs.length === 0) return { nodes: [], edges: EdgeList.none };
		const found = collect(this.#nodes.all(circuit), ({ id }) => id);
		const nodes = new Set(incoming.nodes.map(({ id }) => id));
		return {
			nodes: before.nodes.filter(
				({ id }) => !nodes.has(id) && found.get(id)?.every(({ run }) => runs.includes(run)) === true,
			),
			edges: this.#edgesOnlyFrom(
				circuit,
				runs,
				missingEdges(EdgeList.from(before.edges), EdgeList.from(incoming.edges)),
			),
		};
	}

	#edgesOnlyFrom(circuit: number, runs: readonly number[], edges: EdgeList): EdgeList {
		const [theirs, others] = [new Uint8Array(edges.length), new Uint8Array(edges.length)];
		for (const run of this.#edges.numbersOf(circuit, "run")) {
			const marks = runs.includes(run) ? theirs : others;
			for (const place of matchEdges(edges, this.#edges.load(circuit, "run", run)))
				if (place < edges.length) marks[place] = 1;
		}
		return edges.where((edge) => theirs[edge] === 1 && others[edge] === 0);
	}

	/** To a branch, of the runs in its history. */
	copy(from: number, to: number): void {
		this.#copyNodes.run({ from, to });
		for (const run of this.#runs.all(to)) this.#edges.save(to, "run", run, this.#edges.load(from, "run", run));
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
