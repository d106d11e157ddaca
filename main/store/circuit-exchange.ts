import { type CircuitDocument, collections, emptyDocument } from "#shared/document";
import type { DocumentDiff } from "#shared/document-diff";
import { readEdgesDiff } from "#shared/edge-diff";
import { EdgeBuilder } from "#shared/edge-list";
import type { CircuitFile, CircuitFileRun } from "#shared/exchange/circuit-file";
import { packJson, unpackJson } from "./blobs.ts";
import { Carried } from "./carried.ts";
import { CircuitParts } from "./circuit-parts.ts";
import { EdgeSets } from "./edge-sets.ts";
import { RunRecords } from "./run-records.ts";
import type { Database } from "./sqlite.ts";

/** All rows of a circuit but its name, with runs numbered from 1 in the order in which they were made. */
export interface CircuitRecords
	extends Pick<CircuitFile, "created_at" | "updated_at" | "view" | "provenance" | "reports"> {
	readonly document: CircuitDocument;
	readonly runs: readonly CircuitFileRun[];
	readonly history: readonly NonNullable<CircuitFile["history"]>[number][];
}

type HistoryRow = Omit<CircuitRecords["history"][number], "diff"> & { readonly diff: Uint8Array };
type ReportRow = Omit<CircuitRecords["reports"][number], "request" | "body" | "versions"> & {
	readonly request: string;
	readonly body: Uint8Array;
	readonly versions: string;
};

/** Takes a whole circuit out of a database, row by row, and puts it into another as it was. */
export class CircuitExchange {
	readonly #database: Database;
	readonly #parts: CircuitParts;
	readonly #runs: RunRecords;
	readonly #carried: Carried;
	readonly #edges: EdgeSets;

	constructor(database: Database) {
		this.#database = database;
		this.#parts = new CircuitParts(database);
		this.#runs = new RunRecords(database);
		this.#carried = new Carried(database);
		this.#edges = new EdgeSets(database);
	}

	read(circuit: number): CircuitRecords {
		const all = <Row>(sql: string) => this.#database.prepare<[number], Row>(sql).all(circuit);
		const ids = this.#runs.idsOf(circuit);
		const numbers = new Map(ids.map((id, i) => [id, i + 1]));
		const numberOf = (run: number) => numbers.get(run) ?? 0;
		const [times] = all<{ created_at: number; updated_at: number }>(
			"SELECT created_at, updated_at FROM circuit WHERE id = ?",
		);
		const [view] = all<{ body: string }>("SELECT body FROM circuit_view WHERE circuit = ?");
		return {
			created_at: times?.created_at ?? 0,
			updated_at: times?.updated_at ?? 0,
			document: this.#parts.load(circuit),
			view: view ? (JSON.parse(view.body) as Record<string, unknown>) : null,
			runs: ids.map((id, i) => this.#runs.read(id, i + 1)),
			provenance: {
				nodes: all<{ id: string; run: number; attribution: number }>(
					"SELECT id, run, attribution FROM node_run WHERE circuit = ? ORDER BY id, run",
				).map(({ id, run, attribution }) => [id, numberOf(run), attribution]),
				edges: this.#edges
					.numbersOf(circuit, "run")
					.flatMap((run) =>
						this.#edges
							.load(circuit, "run", run)
							.map(({ source, target, weight }): CircuitRecords["provenance"]["edges"][number] => [
								source,
								target,
								numberOf(run),
								weight,
							]),
					)
					.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]) || a[2] - b[2]),
			},
			history: all<HistoryRow>(
				"SELECT step, run, label, at, kind, of_step, edit, diff FROM history WHERE circuit = ? ORDER BY step",
			).map(({ run, diff, ...row }) => ({
				...row,
				run: run === null ? null : numberOf(run),
				diff: this.#readDiff(circuit, row.step, diff),
			})),
			reports: all<ReportRow>(
				"SELECT kind, request, body, versions, at FROM report WHERE circuit = ? ORDER BY at, id",
			).map(({ kind, request, body, versions, at }) => ({
				kind,
				request: JSON.parse(request) as unknown,
				body: unpackJson(body),
				versions: JSON.parse(versions) as Record<string, string>,
				at,
			})),
		};
	}

	/** Makes a circuit of these rows; `name` must be free. Returns its number. Part of a transaction. */
	write(name: string, records: CircuitRecords): number {
		const database = this.#database;
		const { lastInsertRowid } = database
			.prepare("INSERT INTO circuit (name, created_at, updated_at) VALUES (?, ?, ?)")
			.run(name, records.created_at, records.updated_at);
		const circuit = Number(lastInsertRowid);
		const runs = new Map(records.runs.map((run) => [run.id, this.#runs.write(run, circuit)]));
		const runOf = (number: number) => runs.get(number);
		const addStep = database.prepare(
			`INSERT INTO history (circuit, step, run, label, diff, at, kind, of_step, edit)
			 VALUES (@circuit, @step, @run, @label, @diff, @at, @kind, @of_step, @edit)`,
		);
		for (const { run, diff, ...step } of records.history) {
			const { edges, ...rest } = diff;
			addStep.run({ circuit, ...step, run: run === null ? null : (runOf(run) ?? null), diff: packJson(rest) });
			if (edges) this.#edges.saveDiff(circuit, step.step, readEdgesDiff(edges));
		}
		// Labels look up whose they are in the runs of the history.
		this.#parts.save(circuit, addEverything(records.document));
		if (records.view)
			database
				.prepare("INSERT INTO circuit_view (circuit, body) VALUES (?, ?)")
				.run(circuit, JSON.stringify(records.view));
		const addNode = database.prepare("INSERT INTO node_run (circuit, id, run, attribution) VALUES (?, ?, ?, ?)");
		for (const [id, run, value] of records.provenance.nodes) addNode.run(circuit, id, runOf(run), value);
		for (const [run, edges] of Map.groupBy(records.provenance.edges, ([, , number]) => number)) {
			const columns = new EdgeBuilder();
			for (const [source, target, , value] of edges) columns.add(source, target, value);
			this.#edges.save(circuit, "run", runOf(run) ?? 0, columns.build());
		}
		const addReport = database.prepare(
			"INSERT INTO report (kind, circuit, request, body, versions, at) VALUES (?, ?, ?, ?, ?, ?)",
		);
		for (const { kind, request, body, versions, at } of records.reports)
			addReport.run(kind, circuit, JSON.stringify(request), packJson(body), JSON.stringify(versions), at);
		return circuit;
	}

	/** As files hold it: edges are records there. */
	#readDiff(circuit: number, step: number, packed: Uint8Array): CircuitRecords["history"][number]["diff"] {
		const edges = this.#edges.loadDiff(circuit, step);
		const records = edges && { added: [...edges.added], updated: [...edges.updated], removed: [...edges.removed] };
		return { ...(unpackJson(packed) as object), ...(records && { edges: records }) } as never;
	}

	/** What cards show, as it came with the circuit: nothing of it touches what this database knows of dictionaries. */
	get carried(): Carried {
		return this.#carried;
	}
}

function addEverything(document: CircuitDocument): DocumentDiff {
	const full = { ...emptyDocument, ...document };
	return Object.fromEntries(
		collections.map((name) => [name, { added: full[name], updated: [], removed: [] }]),
	) as unknown as DocumentDiff;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
