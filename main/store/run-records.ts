import type { CircuitFileRun } from "#shared/exchange/circuit-file";
import { savePrompt } from "./prompts.ts";
import type { Database } from "./sqlite.ts";

interface RunRow
	extends Omit<CircuitFileRun, "id" | "request" | "versions" | "model" | "prompt" | "dictionaries" | "status"> {
	readonly request: string;
	readonly versions: string;
	readonly status: CircuitFileRun["status"] | "running";
	readonly model_name: string | null;
	readonly model_hash: string | null;
	readonly prompt_text: string | null;
	readonly tokens: string | null;
	readonly token_ids: string | null;
}

type DictionaryRow = Omit<CircuitFileRun["dictionaries"][number], "rule"> & { readonly rule: string | null };

/** Runs as whole rows, to be taken out of one database and put into another. */
export class RunRecords {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	/** Every run that had a part in a circuit, also in what it holds no more; oldest first. */
	idsOf(circuit: number): readonly number[] {
		return this.#database
			.prepare<[{ circuit: number }], number>(
				`SELECT run FROM history WHERE circuit = @circuit AND run IS NOT NULL
				 UNION SELECT run FROM node_run WHERE circuit = @circuit
				 UNION SELECT number FROM edge_set WHERE circuit = @circuit AND part = 'run' ORDER BY 1`,
			)
			.pluck()
			.all({ circuit });
	}

	/** A run that still goes on is told as one that was cut off: elsewhere nobody will finish it. */
	read(id: number, number: number): CircuitFileRun {
		const row = this.#database
			.prepare<[number], RunRow>(
				`SELECT request, status, versions, started_at, finished_at, error, target, provider, fallback, metric_name,
				 metric, explained, seconds, peak_rss_bytes, reused, pieces, model.name AS model_name, run.model AS model_hash,
				 prompt.text AS prompt_text, prompt.tokens, prompt.token_ids
				 FROM run LEFT JOIN model ON model.hash = run.model LEFT JOIN prompt ON prompt.id = run.prompt WHERE run.id = ?`,
			)
			.get(id) as RunRow;
		const { model_name, model_hash, prompt_text, tokens, token_ids, ...rest } = row;
		return {
			...rest,
			id: number,
			request: JSON.parse(row.request) as Record<string, unknown>,
			versions: JSON.parse(row.versions) as Record<string, string>,
			status: row.status === "running" ? "interrupted" : row.status,
			model: model_hash === null ? null : { name: model_name ?? "", hash: model_hash },
			prompt:
				prompt_text === null
					? null
					: {
							text: prompt_text,
							tokens: JSON.parse(tokens ?? "[]") as string[],
							token_ids: JSON.parse(token_ids ?? "[]") as number[],
						},
			dictionaries: this.#database
				.prepare<[number], DictionaryRow>(
					`SELECT site, name, hash, rule FROM run_dictionary JOIN dictionary ON dictionary.hash = run_dictionary.dictionary
					 WHERE run = ? ORDER BY hash`,
				)
				.all(id)
				.map(({ rule, ...dictionary }) => ({
					...dictionary,
					rule: rule === null ? null : (JSON.parse(rule) as CircuitFileRun["dictionaries"][number]["rule"]),
				})),
		};
	}

	/** Returns the number that it has here. What is known of models, dictionaries and prompts here stays as it is. */
	write(run: CircuitFileRun, circuit: number): number {
		const database = this.#database;
		const { model, prompt, dictionaries, request, versions, id: _, ...row } = run;
		if (model)
			database
				.prepare("INSERT OR IGNORE INTO model (hash, name, dir) VALUES (?, ?, ?)")
				.run(model.hash, model.name, String(request["modelDir"] ?? ""));
		const { lastInsertRowid } = database
			.prepare(
				`INSERT INTO run (circuit, request, status, versions, pid, started_at, finished_at, error, target, model, prompt,
				 provider, fallback, metric_name, metric, explained, seconds, peak_rss_bytes, reused, pieces)
				 VALUES (@circuit, @request, @status, @versions, 0, @started_at, @finished_at, @error, @target, @model, @prompt,
				 @provider, @fallback, @metric_name, @metric, @explained, @seconds, @peak_rss_bytes, @reused, @pieces)`,
			)
			.run({
				...row,
				circuit,
				request: JSON.stringify(request),
				versions: JSON.stringify(versions),
				model: model?.hash ?? null,
				prompt: prompt ? savePrompt(database, { ...prompt, tokenIds: prompt.token_ids }) : null,
			});
		const id = Number(lastInsertRowid);
		for (const { name, hash, site, rule } of dictionaries) {
			database.prepare("INSERT OR IGNORE INTO dictionary (hash, name, site) VALUES (?, ?, ?)").run(hash, name, site);
			database
				.prepare("INSERT OR IGNORE INTO run_dictionary (run, dictionary, rule) VALUES (?, ?, ?)")
				.run(id, hash, rule && JSON.stringify(rule));
		}
		return id;
	}
}
