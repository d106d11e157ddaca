import type { Circuit, CircuitEdge, CircuitNode, NodeKind } from "#shared/circuit";
import { applyDiff, type CircuitDiff, diffMerge } from "#shared/circuit-diff";
import { AppError } from "#shared/errors";
import type { SiteKind } from "#shared/site";
import { packJson, unpackJson } from "./blobs.ts";
import type { Database } from "./open-database.ts";

export interface CircuitSummary {
	readonly name: string;
	readonly nodes: number;
	readonly edges: number;
	readonly runs: number;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly branchOf: string | null;
}

/** `request` and `tokens` are JSON. */
export interface LastRun {
	readonly id: number;
	readonly request: string;
	readonly tokens: string;
	readonly modelName: string;
	readonly metricName: string;
	readonly metric: number;
	readonly explained: number;
}

export interface MergeCounts {
	readonly addedNodes: number;
	readonly addedEdges: number;
	readonly updatedNodes: number;
	readonly updatedEdges: number;
}

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

/** Circuits by name: their present state, where each part comes from, and every step that led here. */
export class Circuits {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	list(): readonly CircuitSummary[] {
		return this.#database
			.prepare<[], CircuitSummary>(
				`SELECT name, created_at AS createdAt, updated_at AS updatedAt,
				 (SELECT count(*) FROM node WHERE circuit = c.id) AS nodes,
				 (SELECT count(*) FROM edge WHERE circuit = c.id) AS edges,
				 (SELECT count(*) FROM history WHERE circuit = c.id AND run IS NOT NULL) AS runs,
				 (SELECT name FROM circuit p WHERE p.id = c.parent) AS branchOf
				 FROM circuit c ORDER BY updated_at DESC, id DESC`,
			)
			.all();
	}

	exists(name: string): boolean {
		return this.#database.prepare("SELECT 1 FROM circuit WHERE name = ?").get(name) !== undefined;
	}

	/** Throws `not-found`, naming the circuits that there are. */
	load(name: string): Circuit {
		return this.#loadById(this.#find(name));
	}

	/** The run that last changed the circuit; absent where nothing but edits did. */
	lastRun(name: string): LastRun | undefined {
		return this.#database
			.prepare<[number], LastRun>(
				`SELECT run.id, request, prompt.tokens, model.name AS modelName, metric_name AS metricName, metric, explained
				 FROM history JOIN run ON run.id = history.run JOIN prompt ON prompt.id = run.prompt JOIN model ON model.hash = run.model
				 WHERE history.circuit = ? ORDER BY step DESC LIMIT 1`,
			)
			.get(this.#find(name));
	}

	/** Dictionary hash of each site that a circuit's runs used; the newest run wins. */
	dictionaries(name: string): ReadonlyMap<string, { readonly name: string; readonly hash: string }> {
		const rows = this.#database
			.prepare<[number], { site: string; name: string; hash: string }>(
				`SELECT dictionary.site, dictionary.name, dictionary.hash FROM history
				 JOIN run_dictionary ON run_dictionary.run = history.run JOIN dictionary ON dictionary.hash = run_dictionary.dictionary
				 WHERE history.circuit = ? ORDER BY step`,
			)
			.all(this.#find(name));
		return new Map(rows.map((row) => [row.site, { name: row.name, hash: row.hash }]));
	}

	/** Adds a run's nodes and edges to a circuit, which is made if need be. Nothing that was there is dropped. */
	merge(name: string, run: number, incoming: Circuit, label: string): { readonly id: number } & MergeCounts {
		const now = Date.now();
		this.#database
			.prepare("INSERT OR IGNORE INTO circuit (name, created_at, updated_at) VALUES (?, ?, ?)")
			.run(name, now, now);
		const id = this.#find(name);
		const diff = diffMerge(this.#loadById(id), incoming);
		this.#write(id, diff);
		const nodeRun = this.#database.prepare(
			"INSERT OR REPLACE INTO node_run (circuit, id, run, attribution) VALUES (?, ?, ?, ?)",
		);
		for (const node of incoming.nodes) nodeRun.run(id, node.id, run, node.attribution);
		const edgeRun = this.#database.prepare(
			"INSERT OR REPLACE INTO edge_run (circuit, source, target, run, weight) VALUES (?, ?, ?, ?, ?)",
		);
		for (const { source, target, weight } of incoming.edges) edgeRun.run(id, source, target, run, weight);
		this.#record(id, run, label, diff);
		return {
			id,
			addedNodes: diff.nodes.added.length,
			addedEdges: diff.edges.added.length,
			updatedNodes: diff.nodes.updated.length,
			updatedEdges: diff.edges.updated.length,
		};
	}

	delete(name: string): void {
		this.#database.prepare("DELETE FROM circuit WHERE id = ?").run(this.#find(name));
	}

	/** Copies a circuit, as it is or as it was after `step`, under a new name. Throws `usage` where that name is taken. */
	branch(from: string, to: string, step?: number): void {
		const parent = this.#find(from);
		if (to.trim() === "") throw new AppError("usage", "A circuit needs a name. Give one that is not empty.");
		if (this.exists(to))
			throw new AppError("usage", `There is a circuit "${to}" already. Choose another name or delete it first.`, {
				name: to,
			});
		const last = this.#lastStep(parent);
		if (step !== undefined && (step < 1 || step > last))
			throw new AppError("usage", `"${from}" has the steps 1 to ${last} and no step ${step}.`, { step });
		const now = Date.now();
		const { lastInsertRowid } = this.#database
			.prepare("INSERT INTO circuit (name, created_at, updated_at, parent, parent_step) VALUES (?, ?, ?, ?, ?)")
			.run(to, now, now, parent, step ?? last);
		const id = Number(lastInsertRowid);
		this.#database
			.prepare("INSERT INTO history SELECT ?, step, run, label, diff, at FROM history WHERE circuit = ? AND step <= ?")
			.run(id, parent, step ?? last);
		this.#write(id, diffMerge({ nodes: [], edges: [] }, this.stateAt(from, step ?? last)));
		const copied = "WHERE circuit = ? AND run IN (SELECT run FROM history WHERE circuit = ?)";
		this.#database
			.prepare(`INSERT INTO node_run SELECT ?, id, run, attribution FROM node_run ${copied}`)
			.run(id, parent, id);
		this.#database
			.prepare(`INSERT INTO edge_run SELECT ?, source, target, run, weight FROM edge_run ${copied}`)
			.run(id, parent, id);
	}

	/** The circuit after its first `step` changes. */
	stateAt(name: string, step: number): Circuit {
		const diffs = this.#database
			.prepare<[number, number], { diff: Uint8Array }>(
				"SELECT diff FROM history WHERE circuit = ? AND step <= ? ORDER BY step",
			)
			.all(this.#find(name), step);
		return diffs.reduce<Circuit>((circuit, { diff }) => applyDiff(circuit, unpackJson(diff) as CircuitDiff), {
			nodes: [],
			edges: [],
		});
	}

	/** Every change, oldest first. */
	history(
		name: string,
	): readonly { readonly step: number; readonly run: number | null; readonly label: string; readonly at: number }[] {
		return this.#database
			.prepare<[number], { step: number; run: number | null; label: string; at: number }>(
				"SELECT step, run, label, at FROM history WHERE circuit = ? ORDER BY step",
			)
			.all(this.#find(name));
	}

	#find(name: string): number {
		const row = this.#database.prepare<[string], { id: number }>("SELECT id FROM circuit WHERE name = ?").get(name);
		if (row) return row.id;
		const names = this.list()
			.slice(0, 8)
			.map((circuit) => `"${circuit.name}"`);
		throw new AppError(
			"not-found",
			`There is no circuit "${name}". ${names.length > 0 ? `Stored are ${names.join(", ")}.` : "Nothing is stored yet; trace one first."}`,
			{ name },
		);
	}

	#lastStep(id: number): number {
		return (
			this.#database
				.prepare<[number], { step: number | null }>("SELECT max(step) AS step FROM history WHERE circuit = ?")
				.get(id)?.step ?? 0
		);
	}

	#loadById(id: number): Circuit {
		const nodes = this.#database
			.prepare<[number], NodeRow>(
				"SELECT id, kind, site, layer, feature, position, activation, attribution FROM node WHERE circuit = ?",
			)
			.all(id);
		const edges = this.#database
			.prepare<[number], CircuitEdge>("SELECT source, target, weight FROM edge WHERE circuit = ?")
			.all(id);
		return { nodes: nodes.map(readNode), edges };
	}

	#write(id: number, { nodes, edges }: CircuitDiff): void {
		const saveNode = this.#database.prepare(
			`INSERT INTO node (circuit, id, kind, site, layer, feature, position, activation, attribution) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
			 ON CONFLICT DO UPDATE SET activation = excluded.activation, attribution = excluded.attribution`,
		);
		for (const node of [...nodes.added, ...nodes.updated.map(([, after]) => after)])
			saveNode.run(
				id,
				node.id,
				node.kind,
				node.site ?? null,
				node.layer ?? null,
				node.feature ?? null,
				node.position,
				node.activation,
				node.attribution,
			);
		const saveEdge = this.#database.prepare(
			"INSERT INTO edge (circuit, source, target, weight) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET weight = excluded.weight",
		);
		for (const { source, target, weight } of [...edges.added, ...edges.updated.map(([, after]) => after)])
			saveEdge.run(id, source, target, weight);
	}

	#record(id: number, run: number | null, label: string, diff: CircuitDiff): void {
		const now = Date.now();
		this.#database
			.prepare("INSERT INTO history (circuit, step, run, label, diff, at) VALUES (?, ?, ?, ?, ?, ?)")
			.run(id, this.#lastStep(id) + 1, run, label, packJson(diff), now);
		this.#database.prepare("UPDATE circuit SET updated_at = ? WHERE id = ?").run(now, id);
	}
}

/** Same order of fields as a trace makes them, so that equal nodes compare equal. */
function readNode(row: NodeRow): CircuitNode {
	return {
		id: row.id,
		kind: row.kind,
		...(row.site !== null && { site: row.site }),
		...(row.layer !== null && { layer: row.layer }),
		...(row.feature !== null && { feature: row.feature }),
		position: row.position,
		activation: row.activation,
		attribution: row.attribution,
	};
}
