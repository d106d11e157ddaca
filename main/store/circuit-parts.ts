import type { Circuit, CircuitEdge, CircuitNode, NodeKind } from "#shared/circuit";
import type { CircuitDiff } from "#shared/circuit-diff";
import { assert } from "#shared/errors";
import type { SiteKind } from "#shared/site";
import type { Database } from "./sqlite.ts";

interface NodeRow {
	readonly id: string;
	readonly kind: NodeKind;
	readonly site: SiteKind | null;
	readonly layer: number | null;
	readonly feature: number | null;
	readonly position: number;
	readonly activation: number;
	readonly attribution: number;
}

/** Nodes and edges of circuits as they are now. */
export class CircuitParts {
	readonly #nodes;
	readonly #edges;
	readonly #saveNode;
	readonly #saveEdge;

	constructor(database: Database) {
		this.#nodes = database.prepare<[number], NodeRow>(
			"SELECT id, kind, site, layer, feature, position, activation, attribution FROM node WHERE circuit = ?",
		);
		this.#edges = database.prepare<[number], CircuitEdge>("SELECT source, target, weight FROM edge WHERE circuit = ?");
		this.#saveNode = database.prepare<[NodeRow & { circuit: number }]>(
			`INSERT INTO node (circuit, id, kind, site, layer, feature, position, activation, attribution)
			 VALUES (@circuit, @id, @kind, @site, @layer, @feature, @position, @activation, @attribution)
			 ON CONFLICT DO UPDATE SET activation = excluded.activation, attribution = excluded.attribution`,
		);
		this.#saveEdge = database.prepare<[CircuitEdge & { circuit: number }]>(
			`INSERT INTO edge (circuit, source, target, weight) VALUES (@circuit, @source, @target, @weight)
			 ON CONFLICT DO UPDATE SET weight = excluded.weight`,
		);
	}

	load(circuit: number): Circuit {
		return { nodes: this.#nodes.all(circuit).map(readNode), edges: this.#edges.all(circuit) };
	}

	/** Saves what a diff adds or updates. */
	save(circuit: number, { nodes, edges }: CircuitDiff): void {
		for (const node of present(nodes)) {
			assert(Number.isFinite(node.activation) && Number.isFinite(node.attribution), `${node.id} has finite numbers`);
			this.#saveNode.run({
				circuit,
				id: node.id,
				kind: node.kind,
				site: node.site ?? null,
				layer: node.layer ?? null,
				feature: node.feature ?? null,
				position: node.position,
				activation: node.activation,
				attribution: node.attribution,
			});
		}
		for (const { source, target, weight } of present(edges)) {
			assert(Number.isFinite(weight), `the edge from ${source} to ${target} has a finite weight`);
			this.#saveEdge.run({ circuit, source, target, weight });
		}
	}
}

function present<T>({ added, updated }: { added: readonly T[]; updated: readonly (readonly [T, T])[] }): readonly T[] {
	return [...added, ...updated.map(([, after]) => after)];
}

/** Same order of fields as a trace makes them, so that equal nodes compare equal. */
function readNode({ id, kind, site, layer, feature, position, activation, attribution }: NodeRow): CircuitNode {
	return {
		id,
		kind,
		...(site !== null && { site }),
		...(layer !== null && { layer }),
		...(feature !== null && { feature }),
		position,
		activation,
		attribution,
	};
}
