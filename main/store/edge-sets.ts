import { applyEdges, type EdgesDiff, EdgeUpdates } from "#shared/edge-diff";
import { EdgeList } from "#shared/edge-list";
import { packJson, unpackJson } from "./blobs.ts";
import { type EdgeBlock, emptyColumns, packBlocks, sortEdges, unpackBlock } from "./edge-blocks.ts";
import type { Database } from "./sqlite.ts";

/** What a set of edges is of its circuit: as it is now, what a run found, what a step of the history changed. */
export type EdgePart = "now" | "run" | "added" | "before" | "after" | "removed";

interface SetRow {
	readonly id: number;
	readonly count: number;
	readonly ids: Uint8Array;
}

/** Sets of edges of circuits, each under its part and a number: that of a run or a step, 0 for what is now. */
export class EdgeSets {
	readonly #find;
	readonly #numbers;
	readonly #add;
	readonly #remove;
	readonly #blocks;
	readonly #addBlock;

	constructor(database: Database) {
		this.#find = database.prepare<[number, EdgePart, number], SetRow>(
			"SELECT id, count, ids FROM edge_set WHERE circuit = ? AND part = ? AND number = ?",
		);
		this.#numbers = database
			.prepare<[number, EdgePart], number>("SELECT number FROM edge_set WHERE circuit = ? AND part = ? ORDER BY number")
			.pluck();
		this.#add = database.prepare<[number, EdgePart, number, number, Uint8Array]>(
			"INSERT INTO edge_set (circuit, part, number, count, ids) VALUES (?, ?, ?, ?, ?)",
		);
		this.#remove = database.prepare<[number, EdgePart, number]>(
			"DELETE FROM edge_set WHERE circuit = ? AND part = ? AND number = ?",
		);
		this.#blocks = database.prepare<[number], EdgeBlock>(
			"SELECT count, weights, steps FROM edge_block WHERE edge_set = ? ORDER BY number",
		);
		this.#addBlock = database.prepare<[number, number, number, Uint8Array, Uint8Array]>(
			"INSERT INTO edge_block (edge_set, number, count, weights, steps) VALUES (?, ?, ?, ?, ?)",
		);
	}

	/** Numbers of the sets of a part that there are. */
	numbersOf(circuit: number, part: EdgePart): readonly number[] {
		return this.#numbers.all(circuit, part);
	}

	count(circuit: number, part: EdgePart, number = 0): number {
		return this.#find.get(circuit, part, number)?.count ?? 0;
	}

	/** By source and target. Empty where there is no such set. */
	load(circuit: number, part: EdgePart, number = 0): EdgeList {
		const row = this.#find.get(circuit, part, number);
		if (!row) return EdgeList.none;
		const columns = emptyColumns(unpackJson(row.ids) as string[], row.count);
		let at = 0;
		for (const block of this.#blocks.iterate(row.id)) {
			unpackBlock(block, columns, at);
			at += block.count;
		}
		return new EdgeList(columns);
	}

	/** The strongest of a set, by source and target, read block by block: never more in memory than twice so many. */
	strongest(circuit: number, most: number, part: EdgePart = "now"): EdgeList {
		const row = this.#find.get(circuit, part, 0);
		if (!row || row.count <= most) return this.load(circuit, part);
		const kept = new Gathered(unpackJson(row.ids) as string[]);
		let least = 0;
		for (const block of this.#blocks.iterate(row.id)) {
			kept.add(block, ({ weights }, edge) => Math.abs(weights[edge] as number) >= least);
			if (kept.length < 2 * most) continue;
			kept.replace((edges) => pickStrongest(edges, most));
			least = kept.edges.weights.reduce((smallest, weight) => Math.min(smallest, Math.abs(weight)), Infinity);
		}
		return pickStrongest(kept.edges, most);
	}

	/** Every edge into or out of one of these nodes. */
	touching(circuit: number, nodes: ReadonlySet<string>, part: EdgePart = "now"): EdgeList {
		const row = this.#find.get(circuit, part, 0);
		if (!row) return EdgeList.none;
		const kept = new Gathered(unpackJson(row.ids) as string[]);
		const isOne = kept.ids.map((id) => nodes.has(id));
		for (const block of this.#blocks.iterate(row.id))
			kept.add(
				block,
				({ sources, targets }, edge) => !!isOne[sources[edge] as number] || !!isOne[targets[edge] as number],
			);
		return kept.edges;
	}

	/** Puts edges in the place of what was there; none leaves no set. */
	save(circuit: number, part: EdgePart, number: number, edges: EdgeList): void {
		this.#remove.run(circuit, part, number);
		if (edges.length === 0) return;
		const sorted = sortEdges(edges);
		const { lastInsertRowid } = this.#add.run(circuit, part, number, sorted.length, packJson(sorted.ids));
		let block = 0;
		for (const { count, weights, steps } of packBlocks(sorted))
			this.#addBlock.run(Number(lastInsertRowid), block++, count, weights, steps);
	}

	change(circuit: number, diff: EdgesDiff): void {
		this.save(circuit, "now", 0, applyEdges(this.load(circuit, "now"), diff));
	}

	saveDiff(circuit: number, step: number, { added, updated, removed }: EdgesDiff): void {
		this.save(circuit, "added", step, added);
		this.save(circuit, "removed", step, removed);
		this.save(circuit, "after", step, updated.after);
		this.save(circuit, "before", step, updated.inverse.after);
	}

	/** Undefined where a step changed no edge. */
	loadDiff(circuit: number, step: number): EdgesDiff | undefined {
		const of = (part: EdgePart) => this.load(circuit, part, step);
		// The same edges in the same order: only their weights differ.
		const updated = new EdgeUpdates(of("after"), of("before").weights);
		const diff = { added: of("added"), updated, removed: of("removed") };
		return diff.added.length + updated.length + diff.removed.length > 0 ? diff : undefined;
	}
}

/** In the order in which they came. */
function pickStrongest(edges: EdgeList, most: number): EdgeList {
	return edges.length <= most ? edges : edges.pick(edges.strongestFirst.slice(0, most).sort());
}

/** Edges of one set after another block, as far as they are wanted. */
class Gathered {
	readonly ids: readonly string[];
	#parts: EdgeList[] = [];
	length = 0;

	constructor(ids: readonly string[]) {
		this.ids = ids;
	}

	add(block: EdgeBlock, test: (edges: EdgeList, edge: number) => boolean): void {
		const columns = emptyColumns(this.ids, block.count);
		unpackBlock(block, columns, 0);
		const edges = new EdgeList(columns);
		const wanted = edges.where((edge) => test(edges, edge));
		if (wanted.length === 0) return;
		this.#parts.push(wanted);
		this.length += wanted.length;
	}

	replace(make: (edges: EdgeList) => EdgeList): void {
		this.#parts = [make(this.edges)];
		this.length = this.#parts[0]?.length ?? 0;
	}

	get edges(): EdgeList {
		const columns = emptyColumns(this.ids, this.length);
		let at = 0;
		for (const { sources, targets, weights } of this.#parts) {
			columns.sources.set(sources, at);
			columns.targets.set(targets, at);
			columns.weights.set(weights, at);
			at += weights.length;
		}
		return new EdgeList(columns);
	}
}
