import type { CircuitNode, Inflow } from "#shared/circuit";
import type { EdgesPiece } from "#shared/piece";

/** What an effect's source is: a feature that was chosen at its site or one that was not, an error, a token. */
type SourceKind = keyof typeof columns;
const columns = { chosen: 0, other: 1, error: 2, token: 3 } as const;
const kinds = ["chosen", "other", "error", "token"] as const satisfies readonly SourceKind[];
const width = kinds.length;

/** Sums |effects| into each down node by kind of source, whether they become edges or not. */
export class InflowSums {
	readonly #ids = new Map<string, number>();
	readonly #sums: number[] = [];

	add(target: string, amounts: Readonly<Record<SourceKind, number>>): void {
		const known = this.#ids.get(target);
		const row = known ?? this.#ids.size;
		if (known === undefined) {
			this.#ids.set(target, row);
			this.#sums.push(0, 0, 0, 0);
		}
		for (const kind of kinds) {
			const at = width * row + columns[kind];
			this.#sums[at] = (this.#sums[at] as number) + amounts[kind];
		}
	}

	build(): EdgesPiece["inflow"] {
		return { ids: [...this.#ids.keys()], sums: Float64Array.from(this.#sums) };
	}
}

/**
 * Nodes with what leads into them. Features that were not chosen are no nodes of a circuit and do not count, except with
 * `others`, where every source that has an edge is one.
 */
export function addInflow(
	nodes: readonly CircuitNode[],
	pieces: readonly EdgesPiece[],
	others: boolean,
): readonly CircuitNode[] {
	const known = new Map<string, Inflow>();
	for (const { inflow } of pieces)
		for (const [row, id] of inflow.ids.entries()) {
			const of = (kind: SourceKind) => inflow.sums[width * row + columns[kind]] as number;
			known.set(id, { features: of("chosen") + (others ? of("other") : 0), errors: of("error"), tokens: of("token") });
		}
	return nodes.map((node) => {
		const inflow = known.get(node.id);
		return inflow ? { ...node, inflow } : node;
	});
}
