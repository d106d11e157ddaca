import type { ReadingRule } from "#shared/conventions";
import type { ImportedDescription } from "#shared/exchange/imported-graph";
import type { TracedDictionary, TraceResult } from "#shared/trace";
import { gradientChoiceOf, type RunRequest, type TraceRequest, writeRequest } from "#shared/trace-request";
import { isProcessAlive } from "./process-alive.ts";
import { savePrompt } from "./prompts.ts";
import { readRunRequest } from "./run-requests.ts";
import { type Database, transact } from "./sqlite.ts";

export type RunStatus = "running" | "done" | "failed" | "cancelled" | "interrupted";

export interface RunSummary<Request = RunRequest> {
	readonly id: number;
	readonly status: RunStatus;
	readonly request: Request;
	/** The circuit that it was to be merged into; null where none had been named. */
	readonly circuit: string | null;
	readonly startedAt: number;
	readonly error: string | null;
}

/** A run as people look it up. Numbers are null until it is done. */
export interface RunRecord extends RunSummary {
	readonly finishedAt: number | null;
	readonly provider: string | null;
	readonly fallback: string | null;
	/** Null where a graph that was imported named none. */
	readonly prompt: string | null;
	readonly metricName: string | null;
	readonly metric: number | null;
	readonly explained: number | null;
	readonly seconds: number | null;
	readonly peakRssBytes: number | null;
	readonly modelName: string | null;
	readonly modelHash: string | null;
	readonly tokenIds: readonly number[];
	readonly tokens: readonly string[];
	/** Without a rule where the run is older than rules are. */
	readonly dictionaries: readonly (Omit<TracedDictionary, "rule"> & { readonly rule: ReadingRule | null })[];
}

interface RunTexts {
	readonly request: string;
	readonly tokens: string | null;
	readonly tokenIds: string | null;
}

/** Every run with everything that decided its numbers. */
export class Runs {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	/** `circuit` is the one that the run will be merged into, once it is known. */
	start(request: RunRequest, versions: Readonly<Record<string, string>>, circuit?: string): number {
		const { lastInsertRowid } = this.#database
			.prepare("INSERT INTO run (request, status, versions, pid, started_at, target) VALUES (?, 'running', ?, ?, ?, ?)")
			.run(writeRequest(request), JSON.stringify(versions), process.pid, Date.now(), circuit ?? null);
		return Number(lastInsertRowid);
	}

	/** Runs of the same request that did not come to an end. */
	unfinished(request: RunRequest): readonly number[] {
		return this.#database
			.prepare<[string], number>(
				"SELECT id FROM run WHERE request = ? AND status IN ('failed', 'cancelled', 'interrupted')",
			)
			.pluck()
			.all(writeRequest(request));
	}

	/** Runs that were to extend a circuit and did not come to an end. */
	unfinishedInto(circuit: string): readonly number[] {
		return this.#database
			.prepare<[string], number>(
				"SELECT id FROM run WHERE target = ? AND status IN ('failed', 'cancelled', 'interrupted')",
			)
			.pluck()
			.all(circuit);
	}

	/**
	 * Gradient traces into a circuit that knew a part of these dictionaries alone: what they found to lead straight into a
	 * node may lead through the others.
	 */
	outgrownBy(
		circuit: string,
		request: TraceRequest,
		dictionaries: readonly Pick<TracedDictionary, "hash">[],
	): readonly number[] {
		if (!gradientChoiceOf(request)) return [];
		const known = new Set(dictionaries.map(({ hash }) => hash));
		return this.#database
			.prepare<[string], { id: number; request: string; hashes: string }>(
				`SELECT run.id, request, json_group_array(run_dictionary.dictionary) AS hashes FROM run
				 JOIN circuit ON circuit.id = run.circuit JOIN run_dictionary ON run_dictionary.run = run.id
				 WHERE circuit.name = ? AND status = 'done' GROUP BY run.id`,
			)
			.all(circuit)
			.filter((run) => {
				const hashes = new Set(JSON.parse(run.hashes) as string[]);
				const asked = readRunRequest(run.request);
				const isGradient = asked.method !== "imported" && gradientChoiceOf(asked) !== undefined;
				return isGradient && hashes.size < known.size && [...hashes].every((hash) => known.has(hash));
			})
			.map(({ id }) => id);
	}

	load(id: number): RunRecord | undefined {
		const row = this.#database
			.prepare<[number], Omit<RunRecord, "request" | "tokens" | "tokenIds" | "dictionaries"> & RunTexts>(
				`SELECT run.id, status, request, target AS circuit, started_at AS startedAt, finished_at AS finishedAt, error,
				 provider, fallback, metric_name AS metricName, metric, explained, seconds, peak_rss_bytes AS peakRssBytes,
				 model.name AS modelName, run.model AS modelHash, prompt.text AS prompt, prompt.tokens, prompt.token_ids AS tokenIds
				 FROM run LEFT JOIN model ON model.hash = run.model LEFT JOIN prompt ON prompt.id = run.prompt WHERE run.id = ?`,
			)
			.get(id);
		if (!row) return undefined;
		const dictionaries = this.#database
			.prepare<[number], { site: string; name: string; hash: string; rule: string | null }>(
				`SELECT site, name, hash, rule FROM run_dictionary JOIN dictionary ON dictionary.hash = run_dictionary.dictionary
				 WHERE run = ?`,
			)
			.all(id);
		return {
			...row,
			request: readRunRequest(row.request),
			tokens: JSON.parse(row.tokens ?? "[]") as string[],
			tokenIds: JSON.parse(row.tokenIds ?? "[]") as number[],
			dictionaries: dictionaries.map(({ rule, ...dictionary }) => ({
				...dictionary,
				rule: rule === null ? null : (JSON.parse(rule) as ReadingRule),
			})),
		};
	}

	/** Part of a transaction with the circuit's merge. */
	finish(id: number, circuitId: number, result: TraceResult, modelDir: string): void {
		const database = this.#database;
		database
			.prepare(
				"INSERT INTO model (hash, name, dir) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, dir = excluded.dir",
			)
			.run(result.model.hash, result.model.name, modelDir);
		const prompt = savePrompt(database, result.prompt);
		for (const { name, hash, site, rule } of result.dictionaries) {
			database.prepare("INSERT OR IGNORE INTO dictionary (hash, name, site) VALUES (?, ?, ?)").run(hash, name, site);
			database
				.prepare("INSERT OR IGNORE INTO run_dictionary (run, dictionary, rule) VALUES (?, ?, ?)")
				.run(id, hash, JSON.stringify(rule));
		}
		database
			.prepare(
				`UPDATE run SET status = 'done', finished_at = ?, circuit = ?, model = ?, prompt = ?, provider = ?, fallback = ?,
				 metric_name = ?, metric = ?, explained = ?, seconds = ?, peak_rss_bytes = ?, reused = ?, pieces = ? WHERE id = ?`,
			)
			.run(
				Date.now(),
				circuitId,
				result.model.hash,
				prompt,
				result.provider,
				result.providerFallback ?? null,
				result.metric.name,
				result.metric.value,
				result.explained,
				result.seconds,
				result.peakRssBytes,
				result.reused,
				result.pieces,
				id,
			);
	}

	/** A run that read a file, which may name its model and prompt. */
	finishImport(id: number, circuitId: number, { model, prompt, metric }: ImportedDescription): void {
		const database = this.#database;
		if (model)
			database.prepare("INSERT OR IGNORE INTO model (hash, name, dir) VALUES (?, ?, '')").run(model.hash, model.name);
		database
			.prepare(
				`UPDATE run SET status = 'done', finished_at = ?, circuit = ?, model = ?, prompt = ?, metric_name = ?,
				 metric = ? WHERE id = ?`,
			)
			.run(
				Date.now(),
				circuitId,
				model?.hash ?? null,
				prompt ? savePrompt(database, prompt) : null,
				metric?.name ?? "imported",
				metric?.value ?? null,
				id,
			);
	}

	stop(id: number, status: "failed" | "cancelled", error: string): void {
		this.#database
			.prepare("UPDATE run SET status = ?, error = ?, finished_at = ? WHERE id = ?")
			.run(status, error, Date.now(), id);
	}

	/** Marks runs whose process is gone, and returns them: the same request goes on where they stopped. */
	markInterrupted(): readonly RunSummary<TraceRequest>[] {
		return transact(this.#database, () => {
			const running = this.#database
				.prepare<[], { id: number; pid: number; request: string; started_at: number; target: string | null }>(
					"SELECT id, pid, request, started_at, target FROM run WHERE status = 'running'",
				)
				.all();
			return running
				.filter(({ pid, started_at }) => !isProcessAlive(pid, started_at))
				.flatMap(({ id, request: text, started_at: startedAt, target: circuit }) => {
					this.#database
						.prepare("UPDATE run SET status = 'interrupted', finished_at = ? WHERE id = ?")
						.run(Date.now(), id);
					const request = readRunRequest(text);
					// Reading a file is one transaction, and is never cut off.
					return request.method === "imported"
						? []
						: [{ id, status: "interrupted", request, circuit, startedAt, error: null }];
				});
		});
	}
}
