import { moveEdges } from "./move-edges.ts";
import type { Database } from "./sqlite.ts";

/** One numbered step of the schema; its number is its place in the list, counted from 1. */
export interface Migration {
	readonly name: string;
	readonly sql: string;
	/** What SQL cannot do, after it. */
	move?(database: Database): void;
}

/**
 * The schema, one step after another. A step that has been released is never edited: what a database has applied must
 * be a prefix of this list, to the letter.
 */
export const migrations: readonly Migration[] = [
	{
		name: "runs, pieces, circuits, facts",
		sql: `
	CREATE TABLE model (hash TEXT PRIMARY KEY, name TEXT NOT NULL, dir TEXT NOT NULL) STRICT;
	CREATE TABLE dictionary (hash TEXT PRIMARY KEY, name TEXT NOT NULL, site TEXT NOT NULL) STRICT;
	CREATE TABLE prompt (
		id INTEGER PRIMARY KEY, text TEXT NOT NULL, token_ids TEXT NOT NULL, tokens TEXT NOT NULL,
		UNIQUE (text, token_ids)
	) STRICT;
	CREATE TABLE circuit (
		id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
		parent INTEGER REFERENCES circuit (id) ON DELETE SET NULL, parent_step INTEGER
	) STRICT;
	CREATE TABLE run (
		id INTEGER PRIMARY KEY, circuit INTEGER REFERENCES circuit (id) ON DELETE SET NULL,
		request TEXT NOT NULL, status TEXT NOT NULL, versions TEXT NOT NULL, pid INTEGER NOT NULL,
		started_at INTEGER NOT NULL, finished_at INTEGER, error TEXT,
		model TEXT REFERENCES model (hash), prompt INTEGER REFERENCES prompt (id),
		provider TEXT, fallback TEXT, metric_name TEXT, metric REAL, explained REAL, seconds REAL, peak_rss_bytes INTEGER,
		reused INTEGER, pieces INTEGER
	) STRICT;
	CREATE TABLE run_dictionary (
		run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, dictionary TEXT NOT NULL REFERENCES dictionary (hash),
		PRIMARY KEY (run, dictionary)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE activation (
		key TEXT PRIMARY KEY, positions BLOB NOT NULL, features BLOB NOT NULL, activations BLOB NOT NULL,
		error_norms BLOB NOT NULL
	) STRICT;
	CREATE TABLE result (key TEXT PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL) STRICT;
	CREATE TABLE node (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, id TEXT NOT NULL, kind TEXT NOT NULL,
		site TEXT, layer INTEGER, feature INTEGER, position INTEGER NOT NULL, activation REAL NOT NULL,
		attribution REAL NOT NULL, PRIMARY KEY (circuit, id)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE edge (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, source TEXT NOT NULL, target TEXT NOT NULL,
		weight REAL NOT NULL, PRIMARY KEY (circuit, source, target)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE node_run (
		circuit INTEGER NOT NULL, id TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run (id), attribution REAL NOT NULL,
		PRIMARY KEY (circuit, id, run), FOREIGN KEY (circuit, id) REFERENCES node (circuit, id) ON DELETE CASCADE
	) STRICT, WITHOUT ROWID;
	CREATE TABLE edge_run (
		circuit INTEGER NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, run INTEGER NOT NULL REFERENCES run (id),
		weight REAL NOT NULL, PRIMARY KEY (circuit, source, target, run),
		FOREIGN KEY (circuit, source, target) REFERENCES edge (circuit, source, target) ON DELETE CASCADE
	) STRICT, WITHOUT ROWID;
	CREATE TABLE history (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, step INTEGER NOT NULL,
		run INTEGER REFERENCES run (id), label TEXT NOT NULL, diff BLOB NOT NULL, at INTEGER NOT NULL,
		PRIMARY KEY (circuit, step)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE feature_fact (
		dictionary TEXT NOT NULL, feature INTEGER NOT NULL, frequency REAL NOT NULL, max_activation REAL NOT NULL,
		body BLOB NOT NULL, PRIMARY KEY (dictionary, feature)
	) STRICT, WITHOUT ROWID;
	`,
	},
	{
		// Edges used to be kept as text, which has no infinities; they are a cache and are computed again when asked for.
		name: "tokens of facts, edges to the last bit",
		sql: `
	CREATE TABLE fact_token (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
	DELETE FROM result WHERE kind = 'edges';
	`,
	},
	{
		name: "people's edits, views, settings, library",
		sql: `
	CREATE TABLE annotation (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, collection TEXT NOT NULL, id TEXT NOT NULL,
		body TEXT NOT NULL, PRIMARY KEY (circuit, collection, id)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE feature_label (
		dictionary TEXT NOT NULL, feature INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (dictionary, feature)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE circuit_view (
		circuit INTEGER PRIMARY KEY REFERENCES circuit (id) ON DELETE CASCADE, body TEXT NOT NULL
	) STRICT;
	CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
	CREATE TABLE library_folder (path TEXT PRIMARY KEY, added_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	ALTER TABLE history ADD COLUMN kind TEXT NOT NULL DEFAULT 'change';
	ALTER TABLE history ADD COLUMN of_step INTEGER;
	ALTER TABLE history ADD COLUMN edit TEXT;
	CREATE UNIQUE INDEX history_edit ON history (circuit, edit) WHERE edit IS NOT NULL;
	ALTER TABLE run ADD COLUMN target TEXT;
	CREATE INDEX node_feature ON node (site, layer, feature);
	CREATE TABLE node_run_kept (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, id TEXT NOT NULL,
		run INTEGER NOT NULL REFERENCES run (id), attribution REAL NOT NULL, PRIMARY KEY (circuit, id, run)
	) STRICT, WITHOUT ROWID;
	INSERT INTO node_run_kept (circuit, id, run, attribution) SELECT circuit, id, run, attribution FROM node_run;
	DROP TABLE node_run;
	ALTER TABLE node_run_kept RENAME TO node_run;
	CREATE TABLE edge_run_kept (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, source TEXT NOT NULL, target TEXT NOT NULL,
		run INTEGER NOT NULL REFERENCES run (id), weight REAL NOT NULL, PRIMARY KEY (circuit, source, target, run)
	) STRICT, WITHOUT ROWID;
	INSERT INTO edge_run_kept (circuit, source, target, run, weight)
		SELECT circuit, source, target, run, weight FROM edge_run;
	DROP TABLE edge_run;
	ALTER TABLE edge_run_kept RENAME TO edge_run;
	`,
	},
	{
		name: "reports, activations over corpora",
		sql: `
	CREATE TABLE report (
		id INTEGER PRIMARY KEY, kind TEXT NOT NULL, circuit INTEGER REFERENCES circuit (id) ON DELETE CASCADE,
		request TEXT NOT NULL, body BLOB NOT NULL, versions TEXT NOT NULL, at INTEGER NOT NULL
	) STRICT;
	CREATE INDEX report_circuit ON report (circuit, kind, at);
	CREATE TABLE collection (
		id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, request TEXT NOT NULL, model TEXT NOT NULL,
		blocks INTEGER NOT NULL DEFAULT 0, sequences INTEGER NOT NULL DEFAULT 0, tokens INTEGER NOT NULL DEFAULT 0,
		activations INTEGER NOT NULL DEFAULT 0, notes TEXT NOT NULL DEFAULT '[]', started_at INTEGER NOT NULL,
		finished_at INTEGER
	) STRICT;
	CREATE TABLE collection_dictionary (
		collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, number INTEGER NOT NULL,
		hash TEXT NOT NULL, name TEXT NOT NULL, site TEXT NOT NULL, features INTEGER NOT NULL,
		PRIMARY KEY (collection, number)
	) STRICT, WITHOUT ROWID;
	CREATE INDEX collection_dictionary_hash ON collection_dictionary (hash);
	CREATE TABLE collected_text (
		collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, block INTEGER NOT NULL,
		lengths BLOB NOT NULL, ids BLOB NOT NULL, PRIMARY KEY (collection, block)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE posting (
		collection INTEGER NOT NULL REFERENCES collection (id) ON DELETE CASCADE, block INTEGER NOT NULL,
		dictionary INTEGER NOT NULL, feature INTEGER NOT NULL, count INTEGER NOT NULL, body BLOB NOT NULL,
		PRIMARY KEY (collection, block, dictionary, feature)
	) STRICT, WITHOUT ROWID;
	`,
	},
	{
		// A label's text is part of its key: the same line read twice is there once, and is stored once.
		name: "what is published of features, contexts over a sample",
		sql: `
	CREATE TABLE published_source (
		id INTEGER PRIMARY KEY, model TEXT NOT NULL, name TEXT NOT NULL, labels INTEGER NOT NULL DEFAULT 0,
		facts INTEGER NOT NULL DEFAULT 0, asked INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL DEFAULT 0,
		UNIQUE (model, name)
	) STRICT;
	CREATE TABLE published_author (
		id INTEGER PRIMARY KEY, model TEXT NOT NULL, method TEXT NOT NULL, author TEXT NOT NULL,
		UNIQUE (model, method, author)
	) STRICT;
	CREATE TABLE published_batch (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
	CREATE TABLE published_label (
		source INTEGER NOT NULL, feature INTEGER NOT NULL, author INTEGER NOT NULL, text TEXT NOT NULL, score REAL,
		batch INTEGER NOT NULL, PRIMARY KEY (source, feature, author, text)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE published_fact (
		source INTEGER NOT NULL, feature INTEGER NOT NULL, batch INTEGER NOT NULL, frequency REAL NOT NULL,
		max_activation REAL NOT NULL, body BLOB NOT NULL, PRIMARY KEY (source, feature)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE published_answer (
		source INTEGER NOT NULL, feature INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (source, feature)
	) STRICT, WITHOUT ROWID;
	CREATE TABLE published_file (key TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	CREATE TABLE dictionary_source (dictionary TEXT PRIMARY KEY, source INTEGER NOT NULL) STRICT, WITHOUT ROWID;
	CREATE TABLE sample_fact (
		dictionary TEXT NOT NULL, feature INTEGER NOT NULL, sample TEXT NOT NULL, tokens INTEGER NOT NULL,
		at INTEGER NOT NULL,
		frequency REAL NOT NULL, max_activation REAL NOT NULL, body BLOB NOT NULL, PRIMARY KEY (dictionary, feature)
	) STRICT, WITHOUT ROWID;
	`,
	},
	{
		name: "what came with an imported circuit",
		sql: `
	CREATE TABLE carried (
		circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, id TEXT NOT NULL, body BLOB NOT NULL,
		PRIMARY KEY (circuit, id)
	) STRICT, WITHOUT ROWID;
	`,
	},
	{
		name: "how a run read its dictionaries",
		sql: "ALTER TABLE run_dictionary ADD COLUMN rule TEXT",
	},
	{
		name: "downloads",
		sql: `
	CREATE TABLE download (
		id TEXT PRIMARY KEY, body TEXT NOT NULL, pid INTEGER NOT NULL, began_at INTEGER NOT NULL, at INTEGER NOT NULL
	) STRICT, WITHOUT ROWID;
	`,
	},
	{
		name: "requests by their method",
		sql: "UPDATE run SET request = upgrade_request(request)",
	},
	{
		name: "nodes that stand for several errors",
		sql: "ALTER TABLE node ADD COLUMN joined INTEGER",
	},
	{
		name: "edges by column",
		sql: `
	CREATE TABLE edge_set (
		id INTEGER PRIMARY KEY, circuit INTEGER NOT NULL REFERENCES circuit (id) ON DELETE CASCADE, part TEXT NOT NULL,
		number INTEGER NOT NULL, count INTEGER NOT NULL, ids BLOB NOT NULL, UNIQUE (circuit, part, number)
	) STRICT;
	CREATE TABLE edge_block (
		id INTEGER PRIMARY KEY, edge_set INTEGER NOT NULL REFERENCES edge_set (id) ON DELETE CASCADE,
		number INTEGER NOT NULL, count INTEGER NOT NULL, weights BLOB NOT NULL, steps BLOB NOT NULL,
		UNIQUE (edge_set, number)
	) STRICT;
	`,
		move: moveEdges,
	},
	{
		name: "no edges row by row",
		sql: `
	DROP TABLE edge_run;
	DROP TABLE edge;
	`,
	},
	{
		name: "what leads into a node",
		sql: "ALTER TABLE node ADD COLUMN inflow TEXT",
	},
];
