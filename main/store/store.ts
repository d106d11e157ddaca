import { randomUUID } from "node:crypto";
import { describeTrace } from "#shared/describe-trace";
import { diffMerge } from "#shared/document-diff";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { ImportedGraph } from "#shared/exchange/imported-graph";
import type { TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import { CircuitEdits } from "./circuit-edits.ts";
import type { CircuitRecords } from "./circuit-exchange.ts";
import { checkCircuitName } from "./circuit-name.ts";
import { Circuits, type MergeCounts } from "./circuits.ts";
import { Collections } from "./collections.ts";
import { describeDatabaseError, withDatabaseErrors } from "./database-errors.ts";
import { Downloads } from "./downloads.ts";
import { Facts } from "./facts.ts";
import { FeatureLabels } from "./feature-labels.ts";
import { guarded } from "./guarded.ts";
import { type OpenOptions, openDatabase } from "./open-database.ts";
import { Pieces } from "./pieces.ts";
import { Published } from "./published.ts";
import { Reports } from "./reports.ts";
import { Runs } from "./runs.ts";
import { SampleFacts } from "./sample-facts.ts";
import { Settings } from "./settings.ts";
import { type Database, transact } from "./sqlite.ts";

/**
 * The memory of the app: runs with everything that decided their numbers, pieces of results, circuits with their
 * history, feature facts. Knows circuits and sparse rows, never tensors. Each part's call is one short
 * transaction; what spans parts is here.
 */
export class Store {
	readonly path: string;
	readonly circuits: Circuits;
	/** What people do to a circuit. */
	readonly edits: CircuitEdits;
	readonly runs: Runs;
	readonly pieces: Pieces;
	/** Results that are no circuits. */
	readonly reports: Reports;
	/** Activations over corpora. */
	readonly collections: Collections;
	readonly settings: Settings;
	/** Downloads that were asked for. */
	readonly downloads: Downloads;
	readonly facts: Facts;
	/** What people call features. */
	readonly labels: FeatureLabels;
	/** What others publish of features. */
	readonly published: Published;
	/** What features do on a sample text. */
	readonly sampleFacts: SampleFacts;
	readonly #database: Database;

	/** Makes the database if need be. Throws `usage`, `database` or `disk-full`. */
	constructor(path: string, options?: OpenOptions) {
		this.path = path;
		this.#database = openDatabase(path, options);
		try {
			this.circuits = guarded(path, new Circuits(this.#database));
			this.edits = guarded(path, new CircuitEdits(this.#database, this.circuits));
			this.runs = guarded(path, new Runs(this.#database));
			this.pieces = guarded(path, new Pieces(this.#database));
			this.reports = guarded(path, new Reports(this.#database, this.circuits));
			this.collections = guarded(path, new Collections(this.#database));
			this.settings = guarded(path, new Settings(this.#database));
			this.downloads = guarded(path, new Downloads(this.#database));
			this.facts = guarded(path, new Facts(this.#database));
			this.labels = guarded(path, new FeatureLabels(this.#database));
			this.published = guarded(path, new Published(this.#database));
			this.sampleFacts = guarded(path, new SampleFacts(this.#database));
		} catch (cause) {
			this.#database.close();
			throw describeDatabaseError(path, cause);
		}
	}

	/** Finishes a run and merges what it found into its circuit, both or neither; earlier attempts at it make room. */
	finishRun(run: number, circuitName: string, request: TraceRequest, result: TraceResult): MergeCounts {
		return this.#write(() => {
			const { id, ...counts } = this.circuits.merge(circuitName, run, result, describeTrace(request), {
				unfinished: this.runs.unfinished(request),
				outgrown: this.runs.outgrownBy(circuitName, request, result.dictionaries),
			});
			this.runs.finish(run, id, result, request.modelDir);
			return counts;
		});
	}

	/** Adds a circuit that came from another program's file; the run that it is booked as says so. */
	importCircuit(name: string, imported: ImportedGraph, path: string, versions: Readonly<Record<string, string>>) {
		return this.#write((): MergeCounts => {
			const { circuit, additions, description = {}, known, view } = imported;
			const run = this.runs.start({ method: "imported", file: path }, versions, name);
			const label = `Imported from ${path.replace(/.*[/\\]/, "")}`;
			const { id, ...counts } = this.circuits.merge(name, run, circuit, label);
			this.runs.finishImport(run, id, description);
			if (known) this.circuits.exchange.carried.save(id, known);
			if (view) this.edits.saveView(name, view);
			if (!additions) return counts;
			const added = this.edits.edit(name, diffMerge(this.circuits.load(name), additions), label, randomUUID());
			return { ...counts, step: added.step, diff: { ...counts.diff, ...added.diff } };
		});
	}

	/** Makes circuits of rows that another database gave, all or none; their names must be free. */
	writeCircuits(
		circuits: readonly {
			readonly name: string;
			readonly records: CircuitRecords;
			readonly carried: Iterable<readonly [string, CarriedKnowledge]>;
		}[],
	): void {
		this.#write(() => {
			for (const { name, records, carried } of circuits) {
				checkCircuitName(name);
				this.circuits.exchange.carried.save(this.circuits.exchange.write(name, records), carried);
			}
		});
	}

	/** Changes whenever another process writes to the file; our own writing leaves it. */
	dataVersion(): number {
		return withDatabaseErrors(this.path, () => this.#database.pragma("data_version", { simple: true }) as number);
	}

	/** One small file, readable from a folder that cannot be written: what is sent to somebody. */
	seal(): void {
		withDatabaseErrors(this.path, () => {
			this.#database.pragma("journal_mode = DELETE");
			this.#database.exec("VACUUM");
		});
	}

	dispose(): void {
		this.#database.close();
	}

	#write<T>(action: () => T): T {
		return withDatabaseErrors(this.path, () => transact(this.#database, action));
	}
}
