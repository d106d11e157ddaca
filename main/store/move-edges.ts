import type { CircuitEdge } from "#shared/circuit";
import type { DocumentDiff } from "#shared/document-diff";
import { readEdgesDiff } from "#shared/edge-diff";
import { EdgeBuilder, EdgeList } from "#shared/edge-list";
import { packJson, unpackJson } from "./blobs.ts";
import { EdgeSets } from "./edge-sets.ts";
import type { Database } from "./sqlite.ts";

/** A step of the schema: edges that were rows, and those in the JSON of the history, become sets. */
export function moveEdges(database: Database): void {
	const sets = new EdgeSets(database);
	const edges = database.prepare<[number], CircuitEdge>("SELECT source, target, weight FROM edge WHERE circuit = ?");
	const found = database.prepare<[number], CircuitEdge & { run: number }>(
		"SELECT source, target, run, weight FROM edge_run WHERE circuit = ?",
	);
	const steps = database.prepare<[number], { step: number; diff: Uint8Array }>(
		"SELECT step, diff FROM history WHERE circuit = ?",
	);
	const saveDiff = database.prepare<[Uint8Array, number, number]>(
		"UPDATE history SET diff = ? WHERE circuit = ? AND step = ?",
	);
	for (const circuit of database.prepare<[], number>("SELECT id FROM circuit").pluck().all()) {
		sets.save(circuit, "now", 0, EdgeList.from(edges.iterate(circuit)));
		const byRun = new Map<number, EdgeBuilder>();
		for (const { source, target, run, weight } of found.iterate(circuit)) {
			const known = byRun.get(run) ?? new EdgeBuilder();
			known.add(source, target, weight);
			byRun.set(run, known);
		}
		for (const [run, columns] of byRun) sets.save(circuit, "run", run, columns.build());
		for (const { step, diff } of steps.all(circuit)) {
			const { edges: changed, ...rest } = unpackJson(diff) as DocumentDiff;
			if (!changed) continue;
			sets.saveDiff(circuit, step, readEdgesDiff(changed));
			saveDiff.run(packJson(rest), circuit, step);
		}
	}
}
