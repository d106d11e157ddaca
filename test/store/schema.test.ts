import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { checkDatabase } from "../../main/store/health.ts";
import { migrations } from "../../main/store/migrations.ts";
import { openDatabase } from "../../main/store/open-database.ts";
import { openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { node } from "./example-circuit.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();

test("released steps are what databases out there have", () => {
	const hashes = migrations.map(({ sql }) => createHash("sha256").update(sql).digest("hex").slice(0, 16));
	expect(hashes).toEqual([
		"d886907915092f80",
		"5dadd25c7e629b5d",
		"804c8dda01f6df89",
		"31877237c8315d08",
		"0d294e7651a210fe",
		"8745f429dee6ffad",
		"31995457a2b2d6e3",
		"405b114570a941c5",
		"05424c251adedaea",
		"e57e5497d6c544d0",
		"4081c2654aa50f6b",
		"e9d73df47c54c2cb",
		"277b266c8517596d",
	]);
});

test("a database of the first schema is brought up to date and keeps its circuits and facts", () => {
	const path = nextPath();
	const database = openSqlite(path, { readonly: false });
	database.exec(
		"CREATE TABLE migration (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT",
	);
	database.exec(migrations[0]?.sql ?? "");
	database.exec("INSERT INTO migration VALUES (1, 'd886907915092f80', 7)");
	database.exec("INSERT INTO circuit (name, created_at, updated_at) VALUES ('old', 1, 2)");
	database.exec("INSERT INTO node VALUES (1, 'mlp_0.1@1', 'feature', 'mlp', 0, 1, 1, 2, 0.5)");
	database.exec("INSERT INTO result VALUES ('e', 'edges', x'00'), ('a', 'attributions', x'00000000')");
	const body = { contexts: [{ tokens: ["a"], activations: [2], peak: 0 }], raises: [], lowers: [] };
	database.prepare("INSERT INTO feature_fact VALUES ('d', 5, 0.25, 2, ?)").run(deflateRawSync(JSON.stringify(body)));
	expect(() => openDatabase(path, { readonly: true })).toThrow(
		`older version of this program (schema 1 of ${migrations.length})`,
	);
	database.close();

	const store = new Store(path);
	expect(store.circuits.load("old").nodes).toEqual([node(1, 0.5)]);
	expect(store.facts.load("d", [5]).get(5)).toEqual({ feature: 5, frequency: 0.25, maxActivation: 2, ...body });
	expect(store.pieces.recall("e")).toBeUndefined();
	expect(store.pieces.recall("a")?.kind).toBe("attributions");
	store.dispose();
	const again = openDatabase(path);
	expect(again.prepare("SELECT number, name FROM migration").all()).toEqual([
		{ number: 1, name: "" },
		{ number: 2, name: "tokens of facts, edges to the last bit" },
		{ number: 3, name: "people's edits, views, settings, library" },
		{ number: 4, name: "reports, activations over corpora" },
		{ number: 5, name: "what is published of features, contexts over a sample" },
		{ number: 6, name: "what came with an imported circuit" },
		{ number: 7, name: "how a run read its dictionaries" },
		{ number: 8, name: "downloads" },
		{ number: 9, name: "requests by their method" },
		{ number: 10, name: "nodes that stand for several errors" },
		{ number: 11, name: "edges by column" },
		{ number: 12, name: "no edges row by row" },
		{ number: 13, name: "what leads into a node" },
	]);
	again.close();
});

test("the health of a database: its size, schema, journal and counts; of none, its path", () => {
	const path = nextPath();
	expect(checkDatabase(path)).toEqual({ path });
	openDatabase(path).close();
	expect(checkDatabase(path)).toEqual({
		path,
		bytes: expect.any(Number),
		schema: migrations.length,
		check: "ok",
		journalMode: "wal",
		circuits: 0,
		runs: 0,
		pieces: 0,
		facts: 0,
	});
});
