import type { TraceRequest, TraceResult } from "#shared/trace";
import { isProcessAlive } from "./process-alive.ts";
import type { Database } from "./sqlite.ts";

export type RunStatus = "running" | "done" | "failed" | "cancelled" | "interrupted";

export interface RunSummary {
	readonly id: number;
	readonly status: RunStatus;
	readonly request: TraceRequest;
	readonly startedAt: number;
	readonly error: string | null;
}

/** Every run with everything that decided its numbers. */
export class Runs {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	start(request: TraceRequest, versions: Readonly<Record<string, string>>): number {
		const { lastInsertRowid } = this.#database
			.prepare("INSERT INTO run (request, status, versions, pid, started_at) VALUES (?, 'running', ?, ?, ?)")
			.run(JSON.stringify(request), JSON.stringify(versions), process.pid, Date.now());
		return Number(lastInsertRowid);
	}

	/** Part of a transaction with the circuit's merge. */
	finish(id: number, circuitId: number, result: TraceResult, modelDir: string): void {
		const database = this.#database;
		database
			.prepare(
				"INSERT INTO model (hash, name, dir) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, dir = excluded.dir",
			)
			.run(result.model.hash, result.model.name, modelDir);
		const { text, tokenIds, tokens } = result.prompt;
		const ids = JSON.stringify(tokenIds);
		database
			.prepare("INSERT OR IGNORE INTO prompt (text, token_ids, tokens) VALUES (?, ?, ?)")
			.run(text, ids, JSON.stringify(tokens));
		const prompt = database
			.prepare<[string, string], { id: number }>("SELECT id FROM prompt WHERE text = ? AND token_ids = ?")
			.get(text, ids);
		for (const { name, hash, site } of result.dictionaries) {
			database.prepare("INSERT OR IGNORE INTO dictionary (hash, name, site) VALUES (?, ?, ?)").run(hash, name, site);
			database.prepare("INSERT OR IGNORE INTO run_dictionary (run, dictionary) VALUES (?, ?)").run(id, hash);
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
				prompt?.id,
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

	stop(id: number, status: "failed" | "cancelled", error: string): void {
		this.#database
			.prepare("UPDATE run SET status = ?, error = ?, finished_at = ? WHERE id = ?")
			.run(status, error, Date.now(), id);
	}

	/** Marks runs whose process is gone, and returns them: the same request goes on where they stopped. */
	markInterrupted(): readonly RunSummary[] {
		const running = this.#database
			.prepare<[], { id: number; pid: number; request: string; started_at: number }>(
				"SELECT id, pid, request, started_at FROM run WHERE status = 'running'",
			)
			.all();
		return running
			.filter(({ pid, started_at }) => !isProcessAlive(pid, started_at))
			.map(({ id, request, started_at }) => {
				this.#database
					.prepare("UPDATE run SET status = 'interrupted', finished_at = ? WHERE id = ?")
					.run(Date.now(), id);
				return {
					id,
					status: "interrupted",
					request: JSON.parse(request) as TraceRequest,
					startedAt: started_at,
					error: null,
				};
			});
	}
}
