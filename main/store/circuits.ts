import type { Circuit } from "#shared/circuit";
import { type CircuitDocument, emptyDocument } from "#shared/document";
import { type DocumentDiff, diffMerge } from "#shared/document-diff";
import { joinEdges } from "#shared/edge-diff";
import { EdgeList } from "#shared/edge-list";
import { AppError } from "#shared/errors";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { RunRequest } from "#shared/trace-request";
import { CircuitExchange, type CircuitRecords } from "./circuit-exchange.ts";
import { CircuitHistory, type HistoryStep } from "./circuit-history.ts";
import { checkCircuitName } from "./circuit-name.ts";
import { CircuitParts } from "./circuit-parts.ts";
import { type CircuitProvenance, type FoundValue, Provenance } from "./provenance.ts";
import { readRunRequest } from "./run-requests.ts";
import { type Database, transact } from "./sqlite.ts";

export interface CircuitSummary {
	readonly name: string;
	readonly nodes: number;
	readonly edges: number;
	readonly runs: number;
	readonly createdAt: number;
	readonly updatedAt: number;
	readonly branchOf: string | null;
}

/** A graph that was imported may lack its model, prompt and metric. */
export interface LastRun {
	readonly id: number;
	readonly request: RunRequest;
	readonly tokens: readonly string[];
	readonly tokenIds: readonly number[];
	readonly prompt: string | null;
	readonly modelName: string;
	readonly modelHash: string | null;
	readonly metricName: string;
	readonly metric: number;
	/** The metric itself; null where nobody measured one. */
	readonly measured: number | null;
	readonly explained: number | null;
}

type LastRunRow = Omit<LastRun, "request" | "tokens" | "tokenIds"> &
	Readonly<Record<"request" | "tokens" | "tokenIds", string>>;

export interface MergeCounts {
	readonly step: number;
	readonly diff: DocumentDiff;
	readonly addedNodes: number;
	readonly addedEdges: number;
	readonly updatedNodes: number;
	readonly updatedEdges: number;
}

/** Of a row of `history`: no undo took it back, or a redo did it again. */
const stands = `coalesce((SELECT later.kind FROM history later WHERE later.circuit = history.circuit
	AND later.of_step = history.step ORDER BY later.step DESC LIMIT 1), 'redo') <> 'undo'`;

/** Circuits by name: their present state, where each part comes from, and every step that led here. */
export class Circuits {
	/** Whole circuits, out of this database and into it. */
	readonly exchange: CircuitExchange;
	readonly #database: Database;
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
	readonly #rename;
	readonly #runIds;
	readonly #containing;

	constructor(database: Database) {
		this.#database = database;
		this.#history = new CircuitHistory(database);
		this.#parts = new CircuitParts(database);
		this.#provenance = new Provenance(database);
		this.exchange = new CircuitExchange(database);
		this.#find = database.prepare<[string], number>("SELECT id FROM circuit WHERE name = ?").pluck();
		this.#list = database.prepare<[], CircuitSummary>(
			`SELECT name, created_at AS createdAt, updated_at AS updatedAt,
			 (SELECT count(*) FROM node WHERE circuit = c.id) AS nodes,
			 coalesce((SELECT count FROM edge_set WHERE circuit = c.id AND part = 'now'), 0) AS edges,
			 (SELECT count(DISTINCT run) FROM history WHERE circuit = c.id AND run IS NOT NULL AND ${stands}) AS runs,
			 (SELECT name FROM circuit p WHERE p.id = c.parent) AS branchOf
			 FROM circuit c ORDER BY updated_at DESC, id DESC`,
		);
		// A graph that was imported describes a circuit only where nothing was traced.
		this.#lastRun = database.prepare<[number], LastRunRow>(
			`SELECT run.id, request, coalesce(prompt.tokens, '[]') AS tokens, coalesce(model.name, '') AS modelName,
			 coalesce(metric_name, 'imported') AS metricName, coalesce(metric, 0) AS metric, explained,
			 run.model AS modelHash, prompt.text AS prompt, coalesce(prompt.token_ids, '[]') AS tokenIds, metric AS measured
			 FROM history JOIN run ON run.id = history.run LEFT JOIN prompt ON prompt.id = run.prompt
			 LEFT JOIN model ON model.hash = run.model WHERE history.circuit = ? AND run.status = 'done' AND ${stands}
			 ORDER BY json_extract(request, '$.method') = 'imported', step DESC LIMIT 1`,
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
		this.#rename = database.prepare<[string, number]>("UPDATE circuit SET name = ? WHERE id = ?");
		this.#runIds = database
			.prepare<[number], number>(
				`SELECT DISTINCT run FROM history WHERE circuit = ? AND run IS NOT NULL AND ${stands} ORDER BY run`,
			)
			.pluck();
		this.#containing = database.prepare<[string, number, number, string], { name: string; updatedAt: number }>(
			`SELECT DISTINCT c.name, c.updated_at AS updatedAt FROM node JOIN circuit c ON c.id = node.circuit
			 JOIN history ON history.circuit = c.id JOIN run_dictionary ON run_dictionary.run = history.run
			 WHERE node.site = ? AND node.layer = ? AND node.feature = ? AND run_dictionary.dictionary = ?
			 ORDER BY c.updated_at DESC`,
		);
		this.#setParent = database.prepare<[number, number, number]>(
			"UPDATE circuit SET parent = ?, parent_step = ? WHERE id = ?",
		);
	}

	list(): readonly CircuitSummary[] {
		return this.#list.all();
	}

	has(name: string): boolean {
		return this.#find.get(name) !== undefined;
	}

	/** Throws `not-found`, naming the circuits that there are. */
	load(name: string): CircuitDocument {
		return this.#parts.load(this.idOf(name));
	}

	/** Makes an empty circuit. Throws `usage` where the name is taken. */
	create(name: string): void {
		transact(this.#database, () => {
			this.#checkFree(name);
			this.#make(name);
		});
	}

	rename(from: string, to: string): void {
		transact(this.#database, () => {
			const id = this.idOf(from);
			if (from === to) return;
			checkCircuitName(to);
			this.#checkFree(to);
			this.#rename.run(to, id);
		});
	}

	/** Runs that changed a circuit and were not taken back, oldest first. */
	runsOf(name: string): readonly number[] {
		return this.#runIds.all(this.idOf(name));
	}

	/** Circuits that hold a feature of this dictionary, newest first. */
	containing(site: string, layer: number, feature: number, dictionary: string) {
		return this.#containing.all(site, layer, feature, dictionary);
	}

	/** Which runs gave each node and edge. */
	provenance(name: string): CircuitProvenance {
		return this.#provenance.load(this.idOf(name));
	}

	/** Which runs gave an edge, or a node where there is no source. */
	foundBy(name: string, source: string | undefined, target: string): readonly FoundValue[] {
		const id = this.idOf(name);
		return source === undefined ? this.#provenance.ofNode(id, target) : this.#provenance.ofEdge(id, source, target);
	}

	/** With so many of its strongest edges, and how many there are. */
	loadStrongest(name: string, mostEdges: number) {
		return this.#parts.loadStrongest(this.idOf(name), mostEdges);
	}

	/** Every edge into or out of these nodes. */
	edgesOf(name: string, nodes: readonly string[]) {
		return this.#parts.edgesOf(this.idOf(name), nodes);
	}

	/** The nodes alone, which a million edges have few of. */
	loadNodes(name: string): CircuitDocument["nodes"] {
		return this.#parts.load(this.idOf(name), ["nodes"]).nodes;
	}

	/** The run that last changed the circuit and was not taken back; absent where nothing but edits did. */
	lastRun(name: string): LastRun | undefined {
		const row = this.#lastRun.get(this.idOf(name));
		return (
			row && {
				...row,
				request: readRunRequest(row.request),
				tokens: JSON.parse(row.tokens) as string[],
				tokenIds: JSON.parse(row.tokenIds) as number[],
			}
		);
	}

	/** Dictionary of each site that a circuit's runs used; the newest run wins. */
	dictionaries(name: string): ReadonlyMap<string, { readonly name: string; readonly hash: string }> {
		const rows = this.#dictionaries.all(this.idOf(name));
		return new Map(rows.map((row) => [row.site, { name: row.name, hash: row.hash }]));
	}

	/** Every change, oldest first. */
	history(name: string): readonly HistoryStep[] {
		return this.#history.steps(this.idOf(name));
	}

	/** The circuit after its first `step` changes; 0 is before the first. Throws `usage` on a step that there is not. */
	stateAt(name: string, step: number): CircuitDocument {
		const id = this.idOf(name);
		this.#checkStep(name, id, step, 0);
		return this.#history.stateAt(id, step);
	}

	/** Throws `usage` on a step that there is not. */
	nameStep(name: string, step: number, label: string): void {
		transact(this.#database, () => {
			const id = this.idOf(name);
			this.#checkStep(name, id, step, 1);
			this.#history.name(id, step, label);
		});
	}

	/** The circuit after each of its changes. */
	states(name: string): Iterable<CircuitDocument> {
		const id = this.idOf(name);
		return this.#history.states(id, this.#history.lastStep(id));
	}

	/** Every row of a circuit; its document need not be read twice. */
	read(name: string, document?: CircuitDocument): CircuitRecords {
		return this.exchange.read(this.idOf(name), document);
	}

	/** What came with a circuit about its features and tokens, by id without position. */
	carried(name: string): ReadonlyMap<string, CarriedKnowledge> {
		return this.exchange.carried.load(this.idOf(name));
	}

	/**
	 * Adds a run's nodes and edges to a circuit, which is made if need be. What was there stays, but for what only
	 * `unfinished` runs gave, which were cut off and of which this run is the whole, and for edges that only `outgrown` ones
	 * gave into a node that this run measured too: they went past dictionaries that it knows.
	 */
	merge(
		name: string,
		run: number,
		incoming: Circuit,
		label: string,
		{ unfinished = [], outgrown = [] }: { unfinished?: readonly number[]; outgrown?: readonly number[] } = {},
	): { readonly id: number } & MergeCounts {
		return transact(this.#database, () => {
			const id = this.#find.get(name) ?? this.#make(name);
			const before = this.#parts.load(id, ["nodes", "edges"]);
			const { nodes, edges } = diffMerge(before, { nodes: incoming.nodes, edges: incoming.edges });
			const stale = this.#provenance.findOnlyFrom(id, unfinished, before, incoming);
			const past = intoMeasured(this.#provenance.findOnlyFrom(id, outgrown, before, incoming).edges, incoming);
			const diff = {
				nodes: { added: [], updated: [], ...nodes, removed: stale.nodes },
				edges: { added: [], updated: [], ...edges, removed: joinEdges([EdgeList.from(stale.edges), past]) },
			};
			this.#parts.save(id, diff);
			this.#provenance.save(id, run, incoming);
			const step = this.#history.append(id, { run, label, diff });
			this.#touch.run(Date.now(), id);
			return {
				id,
				step,
				diff,
				addedNodes: diff.nodes.added.length,
				addedEdges: diff.edges.added.length,
				updatedNodes: diff.nodes.updated.length,
				updatedEdges: diff.edges.updated.length,
			};
		});
	}

	delete(name: string): void {
		this.#delete.run(this.idOf(name));
	}

	/** Copies a circuit, as it is or as it was after `step`, under a new name. Throws `usage` where that name is taken. */
	branch(from: string, to: string, step?: number): void {
		transact(this.#database, () => {
			const parent = this.idOf(from);
			const last = this.#history.lastStep(parent);
			this.#checkFree(to);
			if (step !== undefined) this.#checkStep(from, parent, step, 1);
			const id = this.#make(to);
			this.#setParent.run(parent, step ?? last, id);
			this.#history.copy(parent, id, step ?? last);
			this.#parts.save(id, diffMerge(emptyDocument, this.#history.stateAt(id, step ?? last)));
			this.#provenance.copy(parent, id);
			this.exchange.carried.copy(parent, id);
		});
	}

	#checkFree(name: string): void {
		if (this.has(name))
			throw new AppError("usage", `There is a circuit "${name}" already. Choose another name or delete it first.`, {
				name,
			});
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

	/** Throws `not-found`. */
	idOf(name: string): number {
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

/** Edges into nodes of which everything was measured that leads into them. */
function intoMeasured(edges: Circuit["edges"], { nodes }: Circuit): EdgeList {
	const measured = new Set(nodes.filter(({ inflow }) => inflow !== undefined).map(({ id }) => id));
	const list = EdgeList.from(edges);
	return list.where((edge) => measured.has(list.ids[list.targets[edge] as number] as string));
}
