import type { Circuit } from "#shared/circuit";
import { diffMerge } from "#shared/circuit-diff";
import { AppError } from "#shared/errors";
import { CircuitHistory, type HistoryStep } from "./circuit-history.ts";
import { checkCircuitName } from "./circuit-name.ts";
import { CircuitParts } from "./circuit-parts.ts";
import { type CircuitProvenance, Provenance } from "./provenance.ts";
import type { Database } from "./sqlite.ts";

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

const nothing: Circuit = { nodes: [], edges: [] };

/** Circuits by name: their present state, where each part comes from, and every step that led here. */
export class Circuits {
	readonly #history: CircuitHistory;
	readonly #parts: CircuitParts;
	readonly #provenance: Provenance;
	readonly #find;
	readonly #list;
	readonly #lastRun;
	readonly #dictionaries;
	readonly #create;
	readonly #touch;
	readonly #delete;
	readonly #setParent;

	constructor(database: Database) {
		this.#history = new CircuitHistory(database);
		this.#parts = new CircuitParts(database);
		this.#provenance = new Provenance(database);
		this.#find = database.prepare<[string], number>("SELECT id FROM circuit WHERE name = ?").pluck();
		this.#list = database.prepare<[], CircuitSummary>(
			`SELECT name, created_at AS createdAt, updated_at AS updatedAt,
			 (SELECT count(*) FROM node WHERE circuit = c.id) AS nodes,
			 (SELECT count(*) FROM edge WHERE circuit = c.id) AS edges,
			 (SELECT count(*) FROM history WHERE circuit = c.id AND run IS NOT NULL) AS runs,
			 (SELECT name FROM circuit p WHERE p.id = c.parent) AS branchOf
			 FROM circuit c ORDER BY updated_at DESC, id DESC`,
		);
		this.#lastRun = database.prepare<[number], LastRun>(
			`SELECT run.id, request, prompt.tokens, model.name AS modelName, metric_name AS metricName, metric, explained
			 FROM history JOIN run ON run.id = history.run JOIN prompt ON prompt.id = run.prompt JOIN model ON model.hash = run.model
			 WHERE history.circuit = ? ORDER BY step DESC LIMIT 1`,
		);
		this.#dictionaries = database.prepare<[number], { site: string; name: string; hash: string }>(
			`SELECT dictionary.site, dictionary.name, dictionary.hash FROM history
			 JOIN run_dictionary ON run_dictionary.run = history.run JOIN dictionary ON dictionary.hash = run_dictionary.dictionary
			 WHERE history.circuit = ? ORDER BY step`,
		);
		this.#create = database.prepare<[{ name: string; at: number }]>(
			"INSERT INTO circuit (name, created_at, updated_at) VALUES (@name, @at, @at)",
		);
		this.#touch = database.prepare<[number, number]>("UPDATE circuit SET updated_at = ? WHERE id = ?");
		this.#delete = database.prepare<[number]>("DELETE FROM circuit WHERE id = ?");
		this.#setParent = database.prepare<[number, number, number]>(
			"UPDATE circuit SET parent = ?, parent_step = ? WHERE id = ?",
		);
	}

	list(): readonly CircuitSummary[] {
		return this.#list.all();
	}

	exists(name: string): boolean {
		return this.#find.get(name) !== undefined;
	}

	/** Throws `not-found`, naming the circuits that there are. */
	load(name: string): Circuit {
		return this.#parts.load(this.#require(name));
	}

	provenance(name: string): CircuitProvenance {
		return this.#provenance.load(this.#require(name));
	}

	/** The run that last changed the circuit; absent where nothing but edits did. */
	lastRun(name: string): LastRun | undefined {
		return this.#lastRun.get(this.#require(name));
	}

	/** Dictionary of each site that a circuit's runs used; the newest run wins. */
	dictionaries(name: string): ReadonlyMap<string, { readonly name: string; readonly hash: string }> {
		const rows = this.#dictionaries.all(this.#require(name));
		return new Map(rows.map((row) => [row.site, { name: row.name, hash: row.hash }]));
	}

	/** Every change, oldest first. */
	history(name: string): readonly HistoryStep[] {
		return this.#history.steps(this.#require(name));
	}

	/** The circuit after its first `step` changes; 0 is before the first. Throws `usage` on a step that there is not. */
	stateAt(name: string, step: number): Circuit {
		const id = this.#require(name);
		this.#checkStep(name, id, step, 0);
		return this.#history.stateAt(id, step);
	}

	/** Adds a run's nodes and edges to a circuit, which is made if need be. Nothing that was there is dropped. */
	merge(name: string, run: number, incoming: Circuit, label: string): { readonly id: number } & MergeCounts {
		const id = this.#find.get(name) ?? this.#make(name);
		const diff = diffMerge(this.#parts.load(id), incoming);
		this.#parts.save(id, diff);
		this.#provenance.save(id, run, incoming);
		this.#history.append(id, run, label, diff);
		this.#touch.run(Date.now(), id);
		return {
			id,
			addedNodes: diff.nodes.added.length,
			addedEdges: diff.edges.added.length,
			updatedNodes: diff.nodes.updated.length,
			updatedEdges: diff.edges.updated.length,
		};
	}

	delete(name: string): void {
		this.#delete.run(this.#require(name));
	}

	/** Copies a circuit, as it is or as it was after `step`, under a new name. Throws `usage` where that name is taken. */
	branch(from: string, to: string, step?: number): void {
		const parent = this.#require(from);
		const last = this.#history.lastStep(parent);
		if (this.exists(to))
			throw new AppError("usage", `There is a circuit "${to}" already. Choose another name or delete it first.`, {
				name: to,
			});
		if (step !== undefined) this.#checkStep(from, parent, step, 1);
		const id = this.#make(to);
		this.#setParent.run(parent, step ?? last, id);
		this.#history.copy(parent, id, step ?? last);
		this.#parts.save(id, diffMerge(nothing, this.#history.stateAt(id, step ?? last)));
		this.#provenance.copy(parent, id);
	}

	#make(name: string): number {
		checkCircuitName(name);
		return Number(this.#create.run({ name, at: Date.now() }).lastInsertRowid);
	}

	#checkStep(name: string, id: number, step: number, first: number): void {
		const last = this.#history.lastStep(id);
		if (!Number.isInteger(step) || step < first || step > last)
			throw new AppError("usage", `"${name}" has the steps ${first} to ${last} and no step ${step}.`, { step });
	}

	#require(name: string): number {
		const id = this.#find.get(name);
		if (id !== undefined) return id;
		const names = this.list()
			.slice(0, 8)
			.map((circuit) => `"${circuit.name}"`);
		throw new AppError(
			"not-found",
			`There is no circuit "${name}". ${names.length > 0 ? `Stored are ${names.join(", ")}.` : "Nothing is stored yet; trace one first."}`,
			{ name },
		);
	}
}
