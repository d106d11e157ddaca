import type { TraceResult } from "#shared/trace";
import type { Database } from "./sqlite.ts";

/** A prompt is there once, whatever was traced on it. Returns its number. */
export function savePrompt(database: Database, { text, tokens, tokenIds }: TraceResult["prompt"]): number {
	const ids = JSON.stringify(tokenIds);
	database
		.prepare("INSERT OR IGNORE INTO prompt (text, token_ids, tokens) VALUES (?, ?, ?)")
		.run(text, ids, JSON.stringify(tokens));
	return database
		.prepare<[string, string], number>("SELECT id FROM prompt WHERE text = ? AND token_ids = ?")
		.pluck()
		.get(text, ids) as number;
}
