import type { Circuit, CircuitNode } from "#shared/circuit";
import { EdgeBuilder, EdgeList } from "#shared/edge-list";
import type { EdgesPiece } from "#shared/piece";
import type { NodeBook } from "./node-book.ts";

/** What a trace has found and not yet told: each node and edge is told once, nodes before the edges that need them. */
export class Findings {
	readonly #nodesById: NodeBook;
	readonly #told = new Set<string>();
	#nodes: CircuitNode[] = [];
	#edges = new EdgeBuilder();

	constructor(nodes: NodeBook) {
		this.#nodesById = nodes;
	}

	find(ids: Iterable<string>): void {
		for (const id of ids) {
			const node = this.#told.has(id) ? undefined : this.#nodesById.find(id);
			if (!node) continue;
			this.#told.add(id);
			this.#nodes.push(node);
		}
	}

	join(piece: EdgesPiece): void {
		this.find(piece.ids);
		this.#edges.addAll(new EdgeList(piece));
	}

	/** What is new since this was last asked; undefined where nothing is. */
	take(): Circuit | undefined {
		if (this.#nodes.length + this.#edges.length === 0) return undefined;
		const found = { nodes: this.#nodes, edges: this.#edges.build() };
		this.#nodes = [];
		this.#edges = new EdgeBuilder();
		return found;
	}
}
