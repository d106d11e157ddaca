import { closeSync, openSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { AppError } from "../../main/shared/errors.ts";
import { openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { edge, node, trace } from "./example-circuit.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();

/** A part of the store, the table that is damaged, and something that reads it. */
const parts: readonly (readonly [string, string, (store: Store) => unknown])[] = [
	["circuits", "node", (store) => store.circuits.load("one")],
	["states of a circuit, one after the other", "history", (store) => [...store.circuits.states("one")]],
	["runs", "run", (store) => store.runs.load(1)],
	["pieces", "activation", (store) => store.pieces.recall("k")],
	["collections", "collection", (store) => store.collections.list()],
	["postings, row by row", "collected_text", (store) => [...store.collections.postings(1, 0)]],
	["downloads", "download", (store) => store.downloads.list()],
	["published labels", "published_source", (store) => store.published.list()],
	["what a sample told", "sample_fact", (store) => store.sampleFacts.load("d", [1])],
	["facts", "feature_fact", (store) => store.facts.load("d", [1])],
	["labels", "feature_label", (store) => store.labels.ofDictionary("d")],
	["reports", "report", (store) => store.reports.list("validation", null)],
	["settings", "setting", (store) => store.settings.load()],
];

test.each(parts)("a damaged table of %s is told in a sentence", (_, table, read) => {
	const path = nextPath();
	const store = new Store(path);
	trace(store, "one", [node(1, 1), node(2, 2)], [edge(1, 2, 1)]);
	store.dispose();
	damage(path, table);
	const again = new Store(path);
	let found: unknown;
	try {
		read(again);
	} catch (error) {
		found = error;
	} finally {
		again.dispose();
	}
	expect(found).toBeInstanceOf(AppError);
	expect(found).toMatchObject({ code: "database" });
	expect((found as AppError).message).toContain(`${path} is damaged or not a database, and was left as it is.`);
});

/** Overwrites the first page of a table and of each of its indexes. */
function damage(path: string, table: string): void {
	const database = openSqlite(path, { readonly: true });
	const size = database.pragma("page_size", { simple: true }) as number;
	const pages = database
		.prepare<[string], number>("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?")
		.pluck()
		.all(table);
	database.close();
	const file = openSync(path, "r+");
	for (const page of pages) writeSync(file, Buffer.alloc(size, 0xa5), 0, size, size * (page - 1));
	closeSync(file);
}
