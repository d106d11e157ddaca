import { randomUUID } from "node:crypto";
import type { Circuit } from "#shared/circuit";
import type { CircuitDocument, Place } from "#shared/document";
import { type DocumentDiff, diffMerge } from "#shared/document-diff";
import type { CarriedKnowledge } from "#shared/exchange/carried";
import type { ImportedGraph } from "#shared/exchange/imported-graph";
import type { FeatureFacts } from "#shared/feature-facts";
import type { BlockPiece, StoredPiece } from "#shared/piece";
import type { TraceResult } from "#shared/trace";
import type { TraceRequest } from "#shared/trace-request";
import type { EditOutcome } from "./circuit-edits.ts";
import type { CircuitRecords } from "./circuit-exchange.ts";
import { checkCircuitName } from "./circuit-name.ts";
import { Circuits, type MergeCounts } from "./circuits.ts";
import { type CollectionState, Collections, type NewCollection } from "./collections.ts";
import { describeDatabaseError, withDatabaseErrors } from "./database-errors.ts";
import { Downloads } from "./downloads.ts";
import { Facts } from "./facts.ts";
import { FeatureLabels } from "./feature-labels.ts";
import { guarded } from "./guarded.ts";
import { type OpenOptions, openDatabase } from "./open-database.ts";
import { Pieces } from "./pieces.ts";
import type { CircuitProvenance } from "./provenance.ts";
import { Published } from "./published.ts";
import { Reports } from "./reports.ts";
import { type RunRecord, Runs } from "./runs.ts";
import { SampleFacts } from "./sample-facts.ts";
import { Settings } from "./settings.ts";
import type { Database } from "./sqlite.ts";

/**
 * The memory of the app: runs with everything that decided their numbers, pieces of results, circuits with their
 * history, feature facts. Knows circuits and sparse rows, never tensors. Every call is one short transaction.
 */
export class Store {
	readonly path: string;
	/** What others publish of features. */
	readonly published: Published;
	/** What features do on a sample text. */
	readonly sampleFacts: SampleFacts;
	readonly #database: Database;
	readonly #circuits: Circuits;
	readonly #collections: Collections;
	readonly #downloads: Downloads;
	readonly #facts: Facts;
	readonly #labels: FeatureLabels;
	readonly #pieces: Pieces;
	readonly #reports: Reports;
	readonly #runs: Runs;
	readonly #settings: Settings;

	/** Makes the database if need be. Throws `usage`, `database` or `disk-full`. */
	constructor(path: string, options?: OpenOptions) {
		this.path = path;
		this.#database = openDatabase(path, options);
		try {
			this.#circuits = new Circuits(this.#database);
			this.#collections = guarded(path, new Collections(this.#database));
			this.#downloads = guarded(path, new Downloads(this.#database));
			this.#facts = new Facts(this.#database);
			this.#labels = new FeatureLabels(this.#database);
			this.#pieces = new Pieces(this.#database);
			const write = <T>(action: () => T) => this.#write(action);
			this.published = guarded(path, new Published(this.#database, write));
			this.sampleFacts = guarded(path, new SampleFacts(this.#database, write));
			this.#reports = new Reports(this.#database);
			this.#runs = new Runs(this.#database);
			this.#settings = new Settings(this.#database);
		} catch (cause) {
			this.#database.close();
			throw describeDatabaseError(path, cause);
		}
	}

	recallPiece(key: string): StoredPiece | undefined {
		return withDatabaseErrors(this.path, () => this.#pieces.recall(key));
	}

	keepPiece(key: string, piece: StoredPiece): void {
		withDatabaseErrors(this.path, () => this.#pieces.keep(key, piece));
	}

	/** `circuit` is the one that the run will be merged into, once it is known. */
	startRun(request: TraceRequest, versions: Readonly<Record<string, string>>, circuit?: string): number {
		return this.#write(() => this.#runs.start(request, versions, circuit));
	}

	/** Finishes a run and merges what it found into its circuit, both or neither; earlier attempts at it make room. */
	finishRun(run: number, circuitName: string, request: TraceRequest, result: TraceResult): MergeCounts {
		return this.#write(() => {
			const { id, ...counts } = this.#circuits.merge(
				circuitName,
				run,
				result,
				`Trace ${result.metric.name}`,
				this.#runs.unfinished(request),
			);
			this.#runs.finish(run, id, result, request.modelDir);
			return counts;
		});
	}

	/** Adds a circuit that came from another program's file; the run that it is booked as says so. */
	importCircuit(name: string, imported: ImportedGraph, path: string, versions: Readonly<Record<string, string>>) {
		return this.#write((): MergeCounts => {
			const { circuit, additions, description = {}, known, view } = imported;
			const run = this.#runs.start({ method: "imported", file: path }, versions, name);
			const label = `Imported from ${path.replace(/.*[/\\]/, "")}`;
			const { id, ...counts } = this.#circuits.merge(name, run, circuit, label);
			this.#runs.finishImport(run, id, description);
			if (known) this.#circuits.exchange.carried.save(id, known);
			if (view) this.#circuits.edits.saveView(id, view);
			if (!additions) return counts;
			const added = this.#circuits.edits.edit(id, diffMerge(this.#circuits.load(name), additions), label, randomUUID());
			return { ...counts, step: added.step, diff: { ...counts.diff, ...added.diff } };
		});
	}

	/** Every row of a circuit. */
	readCircuit(name: string): CircuitRecords {
		return withDatabaseErrors(this.path, () => this.#circuits.exchange.read(this.#circuits.idOf(name)));
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
				this.#circuits.exchange.carried.save(this.#circuits.exchange.write(name, records), carried);
			}
		});
	}

	/** What came with a circuit about its features and tokens, by id without position. */
	carriedBy(name: string): ReadonlyMap<string, CarriedKnowledge> {
		return withDatabaseErrors(this.path, () => this.#circuits.exchange.carried.load(this.#circuits.idOf(name)));
	}

	/** Keeps what a run had found when it was cut off. */
	keepPartialRun(run: number, circuitName: string, partial: Circuit): MergeCounts {
		return this.#write(() => this.#circuits.merge(circuitName, run, partial, "Part of a trace that was cut off"));
	}

	loadRun(run: number): RunRecord | undefined {
		return withDatabaseErrors(this.path, () => this.#runs.load(run));
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

	loadCircuit(name: string): CircuitDocument {
		return withDatabaseErrors(this.path, () => this.#circuits.load(name));
	}

	loadCircuitAt(name: string, step: number): CircuitDocument {
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

	/** The circuit after each of its steps. */
	statesOf(name: string): Iterable<CircuitDocument> {
		return guarded(this.path, this.#circuits).states(name);
	}

	runsOf(name: string): readonly number[] {
		return withDatabaseErrors(this.path, () => this.#circuits.runsOf(name));
	}

	circuitsContaining(site: string, layer: number, feature: number, dictionary: string) {
		return withDatabaseErrors(this.path, () => this.#circuits.containing(site, layer, feature, dictionary));
	}

	createCircuit(name: string): void {
		this.#write(() => this.#circuits.create(name));
	}

	renameCircuit(from: string, to: string): void {
		this.#write(() => this.#circuits.rename(from, to));
	}

	/** Makes a change once, however often it is sent under the same `edit`. */
	editCircuit(name: string, diff: DocumentDiff, label: string, edit: string): EditOutcome {
		return this.#write(() => this.#circuits.edits.edit(this.#circuits.idOf(name), diff, label, edit));
	}

	undo(name: string): EditOutcome {
		return this.#write(() => this.#circuits.edits.undo(this.#circuits.idOf(name)));
	}

	redo(name: string): EditOutcome {
		return this.#write(() => this.#circuits.edits.redo(this.#circuits.idOf(name)));
	}

	goToStep(name: string, step: number): EditOutcome {
		return this.#write(() => {
			this.#circuits.stateAt(name, step);
			return this.#circuits.edits.goTo(this.#circuits.idOf(name), step);
		});
	}

	nameStep(name: string, step: number, label: string): void {
		this.#write(() => this.#circuits.nameStep(name, step, label));
	}

	saveLayout(name: string, places: readonly Place[]): void {
		this.#write(() => this.#circuits.edits.saveLayout(this.#circuits.idOf(name), places));
	}

	loadView(name: string): unknown {
		return withDatabaseErrors(this.path, () => this.#circuits.edits.loadView(this.#circuits.idOf(name)));
	}

	saveView(name: string, view: unknown): void {
		this.#write(() => this.#circuits.edits.saveView(this.#circuits.idOf(name), view));
	}

	loadSettings() {
		return withDatabaseErrors(this.path, () => this.#settings.load());
	}

	saveSetting(key: string, value: unknown): void {
		this.#write(() => this.#settings.save(key, value));
	}

	listFolders(): readonly string[] {
		return withDatabaseErrors(this.path, () => this.#settings.folders());
	}

	addFolder(path: string): void {
		this.#write(() => this.#settings.addFolder(path));
	}

	removeFolder(path: string): void {
		this.#write(() => this.#settings.removeFolder(path));
	}

	deleteCircuit(name: string): void {
		this.#write(() => this.#circuits.delete(name));
	}

	branchCircuit(from: string, to: string, step?: number): void {
		this.#write(() => this.#circuits.branch(from, to, step));
	}

	/** What people call the features of a dictionary. */
	labelsOf(dictionary: string): ReadonlyMap<number, string> {
		return withDatabaseErrors(this.path, () => this.#labels.ofDictionary(dictionary));
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

	/** `circuit` is the one that it belongs to; null where it belongs to none. */
	saveReport(
		kind: string,
		circuit: string | null,
		request: unknown,
		body: unknown,
		versions: Readonly<Record<string, string>>,
	): number {
		return this.#write(() =>
			this.#reports.save(kind, circuit === null ? null : this.#circuits.idOf(circuit), request, body, versions),
		);
	}

	/** Numbers of reports on a dictionary. */
	reportsOfDictionary(kind: string, hash: string): readonly number[] {
		return withDatabaseErrors(this.path, () => this.#reports.listOfDictionary(kind, hash));
	}

	listReports(kind: string, circuit: string | null) {
		return withDatabaseErrors(this.path, () =>
			this.#reports.list(kind, circuit === null ? null : this.#circuits.idOf(circuit)),
		);
	}

	loadReport(id: number) {
		return withDatabaseErrors(this.path, () => this.#reports.load(id));
	}

	deleteReport(id: number): void {
		this.#write(() => this.#reports.delete(id));
	}

	/** Goes on with a collection, or begins it. */
	openCollection(collection: NewCollection): CollectionState {
		return this.#write(() => this.#collections.open(collection));
	}

	addBlock(collection: number, block: BlockPiece): void {
		this.#write(() => this.#collections.addBlock(collection, block));
	}

	finishCollection(collection: number, notes: readonly string[]): void {
		this.#write(() => this.#collections.finish(collection, notes));
	}

	deleteCollection(collection: number): void {
		this.#write(() => this.#collections.delete(collection));
	}

	/** Activations over corpora, to be read. */
	get collections(): Pick<Collections, "list" | "withDictionary" | "posting" | "postings" | "text"> {
		return this.#collections;
	}

	saveDownload(id: string, body: unknown): void {
		this.#write(() => this.#downloads.save(id, body));
	}

	deleteDownload(id: string): void {
		this.#write(() => this.#downloads.delete(id));
	}

	/** Downloads that were asked for. */
	get downloads(): Pick<Downloads, "list"> {
		return this.#downloads;
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

	/** Takes the lock at once, so that two processes wait for one another instead of failing in the middle. */
	#write<T>(action: () => T): T {
		return withDatabaseErrors(this.path, () => this.#database.transaction(action).immediate());
	}
}
