import type { Circuit, CircuitEdge, CircuitNode } from "#shared/circuit";
import type { EdgesPiece } from "#shared/piece";

/** What a trace has found and not yet told: each node and edge is told once, nodes before the edges that need them. */
export class Findings {
	readonly #known = new Map<string, CircuitNode>();
	readonly #told = new Set<string>();
	#nodes: CircuitNode[] = [];
	#edges: CircuitEdge[] = [];

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
