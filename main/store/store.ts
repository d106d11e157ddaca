import type { Circuit } from "#shared/circuit";
import type { FeatureFacts } from "#shared/feature-facts";
import type { Piece } from "#shared/piece";
import type { TraceRequest, TraceResult } from "#shared/trace";
import { Circuits, type MergeCounts } from "./circuits.ts";
import { describeDatabaseError, withDatabaseErrors } from "./database-errors.ts";
import { Facts } from "./facts.ts";
import { type OpenOptions, openDatabase } from "./open-database.ts";
import { Pieces } from "./pieces.ts";
import type { CircuitProvenance } from "./provenance.ts";
import { Runs } from "./runs.ts";
import type { Database } from "./sqlite.ts";

/**
 * The memory of the app: runs with everything that decided their numbers, pieces of results, circuits with their
 * history, feature facts. Knows circuits and sparse rows, never tensors. Every call is one short transaction.
 */
export class Store {
	readonly path: string;
	readonly #database: Database;
	readonly #circuits: Circuits;
	readonly #facts: Facts;
	readonly #pieces: Pieces;
	readonly #runs: Runs;

	/** Makes the database if need be. Throws `usage`, `database` or `disk-full`. */
	constructor(path: string, options?: OpenOptions) {
		this.path = path;
		this.#database = openDatabase(path, options);
		try {
			this.#circuits = new Circuits(this.#database);
			this.#facts = new Facts(this.#database);
			this.#pieces = new Pieces(this.#database);
			this.#runs = new Runs(this.#database);
		} catch (cause) {
			this.#database.close();
			throw describeDatabaseError(path, cause);
		}
	}

	recallPiece(key: string): Piece | undefined {
		return withDatabaseErrors(this.path, () => this.#pieces.recall(key));
	}

	keepPiece(key: string, piece: Piece): void {
		withDatabaseErrors(this.path, () => this.#pieces.keep(key, piece));
	}

	startRun(request: TraceRequest, versions: Readonly<Record<string, string>>): number {
		return this.#write(() => this.#runs.start(request, versions));
	}

	/** Finishes a run and merges what it found into its circuit, both or neither. */
	finishRun(run: number, circuitName: string, request: TraceRequest, result: TraceResult): MergeCounts {
		return this.#write(() => {
			const { id, ...counts } = this.#circuits.merge(circuitName, run, result, `Trace ${result.metric.name}`);
			this.#runs.finish(run, id, result, request.modelDir);
			return counts;
		});
	}

	stopRun(run: number, status: "failed" | "cancelled", error: string): void {
		this.#write(() => this.#runs.stop(run, status, error));
	}

	markInterruptedRuns() {
		return this.#write(() => this.#runs.markInterrupted());
	}

	listCircuits() {
		return withDatabaseErrors(this.path, () => this.#circuits.list());
	}

	hasCircuit(name: string): boolean {
		return withDatabaseErrors(this.path, () => this.#circuits.exists(name));
	}

	loadCircuit(name: string): Circuit {
		return withDatabaseErrors(this.path, () => this.#circuits.load(name));
	}

	loadCircuitAt(name: string, step: number): Circuit {
		return withDatabaseErrors(this.path, () => this.#circuits.stateAt(name, step));
	}

	/** Which runs gave each node and edge. */
	provenanceOf(name: string): CircuitProvenance {
		return withDatabaseErrors(this.path, () => this.#circuits.provenance(name));
	}

	lastRunOf(name: string) {
		return withDatabaseErrors(this.path, () => this.#circuits.lastRun(name));
	}

	dictionariesOf(name: string) {
		return withDatabaseErrors(this.path, () => this.#circuits.dictionaries(name));
	}

	historyOf(name: string) {
		return withDatabaseErrors(this.path, () => this.#circuits.history(name));
	}

	deleteCircuit(name: string): void {
		this.#write(() => this.#circuits.delete(name));
	}

	branchCircuit(from: string, to: string, step?: number): void {
		this.#write(() => this.#circuits.branch(from, to, step));
	}

	saveFacts(dictionary: string, facts: Iterable<FeatureFacts>): void {
		this.#write(() => this.#facts.save(dictionary, facts));
	}

	countFacts(dictionary: string): number {
		return withDatabaseErrors(this.path, () => this.#facts.count(dictionary));
	}

	loadFacts(dictionary: string, features: readonly number[]): ReadonlyMap<number, FeatureFacts> {
		return withDatabaseErrors(this.path, () => this.#facts.load(dictionary, features));
	}

	dispose(): void {
		this.#database.close();
	}

	/** Takes the lock at once, so that two processes wait for one another instead of failing in the middle. */
	#write<T>(action: () => T): T {
		return withDatabaseErrors(this.path, () => this.#database.transaction(action).immediate());
	}
}
