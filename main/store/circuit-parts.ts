import type { CircuitEdge, CircuitNode, Inflow, NodeKind } from "#shared/circuit";
import { type CircuitDocument, type Collection, collections, emptyDocument, type Label } from "#shared/document";
import { type DocumentDiff, keyOf, type RecordsDiff } from "#shared/document-diff";
import { readEdgesDiff } from "#shared/edge-diff";
import type { EdgeList } from "#shared/edge-list";
import { assert } from "#shared/errors";
import type { SiteKind } from "#shared/site";
import { EdgeSets } from "./edge-sets.ts";
import { FeatureLabels } from "./feature-labels.ts";
import type { Database } from "./sqlite.ts";

interface NodeRow {
	readonly id: string;
	readonly kind: NodeKind;
	readonly site: SiteKind | null;
	readonly layer: number | null;
	readonly feature: number | null;
	readonly position: number;
	readonly joined: number | null;
	readonly activation: number;
	readonly attribution: number;
	/** Three numbers as JSON. */
	readonly inflow: string | null;
}

/** Circuits as they are now. Nodes and edges have columns; what people add to them is kept as JSON, record by record. */
export class CircuitParts {
	readonly #labels: FeatureLabels;
	readonly #nodes;
	readonly #edges: EdgeSets;
	readonly #saveNode;
	readonly #removeNode;
	readonly #annotations;
	readonly #saveAnnotation;
	readonly #removeAnnotation;

	constructor(database: Database) {
		this.#labels = new FeatureLabels(database);
		this.#nodes = database.prepare<[number], NodeRow>(
			"SELECT id, kind, site, layer, feature, position, joined, activation, attribution, inflow FROM node WHERE circuit = ?",
		);
		this.#edges = new EdgeSets(database);
		this.#saveNode = database.prepare<[NodeRow & { circuit: number }]>(
			`INSERT INTO node (circuit, id, kind, site, layer, feature, position, joined, activation, attribution, inflow)
			 VALUES (@circuit, @id, @kind, @site, @layer, @feature, @position, @joined, @activation, @attribution, @inflow)
			 ON CONFLICT DO UPDATE SET position = excluded.position, joined = excluded.joined, activation = excluded.activation, attribution = excluded.attribution,
			 inflow = excluded.inflow`,
		);
		this.#removeNode = database.prepare<[number, string]>("DELETE FROM node WHERE circuit = ? AND id = ?");
		this.#annotations = database
			.prepare<[number, string], string>("SELECT body FROM annotation WHERE circuit = ? AND collection = ?")
			.pluck();
		this.#saveAnnotation = database.prepare<[number, string, string, string]>(
			"INSERT OR REPLACE INTO annotation (circuit, collection, id, body) VALUES (?, ?, ?, ?)",
		);
		this.#removeAnnotation = database.prepare<[number, string, string]>(
			"DELETE FROM annotation WHERE circuit = ? AND collection = ? AND id = ?",
		);
	}

	/** A document with only the wanted collections filled: an edit need not read ten thousand edges. */
	load(circuit: number, wanted: readonly Collection[] = collections): CircuitDocument {
		const loaded = Object.fromEntries(wanted.map((name) => [name, this.#loadCollection(circuit, name)]));
		return { ...emptyDocument, ...loaded };
	}

	/** A document with so many of its strongest edges, and how many there are. */
	loadStrongest(circuit: number, mostEdges: number): { readonly document: CircuitDocument; readonly edges: number } {
		const rest = collections.filter((name) => name !== "edges");
		const edges = this.#edges.strongest(circuit, mostEdges);
		return { document: { ...this.load(circuit, rest), edges }, edges: this.#edges.count(circuit, "now") };
	}

	/** Every edge into or out of these nodes. */
	edgesOf(circuit: number, nodes: Iterable<string>): EdgeList {
		return this.#edges.touching(circuit, new Set(nodes));
	}

	save(circuit: number, diff: DocumentDiff): void {
		for (const name of collections) {
			const change = diff[name];
			if (!change) continue;
			switch (name) {
				case "nodes":
					this.#saveNodes(circuit, change as RecordsDiff<CircuitNode>);
					break;
				case "edges":
					this.#saveEdges(circuit, change as RecordsDiff<CircuitEdge>);
					break;
				case "labels":
					this.#labels.save(circuit, change as RecordsDiff<Label>);
					break;
				default:
					this.#saveAnnotations(circuit, name, change as RecordsDiff<Parameters<typeof keyOf>[0]>);
			}
		}
	}

	#loadCollection(circuit: number, name: Collection): Iterable<unknown> {
		if (name === "nodes") return this.#nodes.all(circuit).map(readNode);
		if (name === "edges") return this.#edges.load(circuit, "now");
		if (name === "labels") return this.#labels.load(circuit);
		return this.#annotations.all(circuit, name).map((body) => JSON.parse(body) as unknown);
	}

	#saveAnnotations(circuit: number, name: Collection, change: RecordsDiff<Parameters<typeof keyOf>[0]>): void {
		for (const record of change.removed) this.#removeAnnotation.run(circuit, name, keyOf(record));
		for (const record of present(change))
			this.#saveAnnotation.run(circuit, name, keyOf(record), JSON.stringify(record));
	}

	#saveNodes(circuit: number, change: RecordsDiff<CircuitNode>): void {
		for (const { id } of change.removed) this.#removeNode.run(circuit, id);
		for (const node of present(change)) {
			assert(Number.isFinite(node.activation) && Number.isFinite(node.attribution), `${node.id} has finite numbers`);
			this.#saveNode.run({
				circuit,
				id: node.id,
				kind: node.kind,
				site: node.site ?? null,
				layer: node.layer ?? null,
				feature: node.feature ?? null,
				position: node.position,
				joined: node.joined ?? null,
				activation: node.activation,
				attribution: node.attribution,
				inflow: node.inflow ? JSON.stringify(node.inflow) : null,
			});
		}
	}

	#saveEdges(circuit: number, change: RecordsDiff<CircuitEdge>): void {
		const diff = readEdgesDiff(change);
		for (const edges of [diff.added, diff.updated.after])
			assert(edges.weights.every(Number.isFinite), "edges have finite weights");
		this.#edges.change(circuit, diff);
	}
}

function present<T>({ added, updated }: RecordsDiff<T>): readonly T[] {
	return [...added, ...updated.map(([, after]) => after)];
}

/** Same order of fields as a trace makes them, so that equal nodes compare equal. */
function readNode(row: NodeRow): CircuitNode {
	const { id, kind, site, layer, feature, position, joined, activation, attribution, inflow } = row;
	return {
		id,
		kind,
		...(site !== null && { site }),
		...(layer !== null && { layer }),
		...(feature !== null && { feature }),
		position,
		...(joined !== null && { joined }),
		activation,
		attribution,
		...(inflow !== null && { inflow: JSON.parse(inflow) as Inflow }),
	};
}
