import type { Circuit, CircuitEdge, CircuitNode } from "#shared/circuit";
import type { EdgesPiece } from "#shared/piece";
import type { NodeBook } from "./node-book.ts";

/** What a trace has found and not yet told: each node and edge is told once, nodes before the edges that need them. */
export class Findings {
	readonly #nodesById: NodeBook;
	readonly #told = new Set<string>();
	#nodes: CircuitNode[] = [];
	#edges: CircuitEdge[] = [];

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

	join({ sources, targets, weights }: EdgesPiece): void {
		this.find(sources);
		this.find(targets);
		for (const [i, source] of sources.entries())
			this.#edges.push({ source, target: targets[i] as string, weight: weights[i] as number });
	}

	/** What is new since this was last asked; undefined where nothing is. */
	take(): Circuit | undefined {
		if (this.#nodes.length + this.#edges.length === 0) return undefined;
		const found = { nodes: this.#nodes, edges: this.#edges };
		this.#nodes = [];
		this.#edges = [];
		return found;
	}
}
