import type { Circuit, CircuitNode } from "#shared/circuit";
import { EdgeBuilder, EdgeList } from "#shared/edge-list";
import type { EdgesPiece } from "#shared/piece";

/** What a trace has found and not yet told: each node and edge is told once, nodes before the edges that need them. */
export class Findings {
	readonly #known = new Map<string, CircuitNode>();
	readonly #told = new Set<string>();
	#nodes: CircuitNode[] = [];
	#edges = new EdgeBuilder();

	/** Nodes that may turn out to belong to the circuit. */
	know(nodes: readonly CircuitNode[]): void {
		for (const node of nodes) this.#known.set(node.id, node);
	}

	known(id: string): CircuitNode | undefined {
		return this.#known.get(id);
	}

	find(ids: Iterable<string>): void {
		for (const id of ids) {
			const node = this.#known.get(id);
			if (!node || this.#told.has(id)) continue;
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
