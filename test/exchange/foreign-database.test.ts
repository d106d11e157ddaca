import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { importFile } from "../../main/app/exchange/import-file.ts";
import { packJson, unpackJson } from "../../main/store/blobs.ts";
import { type Database, openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { makeRichCircuit } from "./rich-circuit.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-foreign-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

/** A project that somebody sent, after something was done to it. */
function makeProject(change: (database: Database) => void = () => {}): string {
	const path = join(folder, `${count++}.scd`);
	const store = new Store(path);
	makeRichCircuit(store, "theirs");
	store.seal();
	store.dispose();
	const database = openSqlite(path, { readonly: false });
	change(database);
	database.close();
	return path;
}

async function importInto(path: string) {
	const mine = new Store(join(folder, `${count++}.sqlite`));
	try {
		return await importFile(mine, { path });
	} finally {
		mine.dispose();
	}
}

test("a project is read without writing to it", async () => {
	const path = makeProject();
	const before = readFileSync(path);
	expect(await importInto(path)).toMatchObject([{ circuit: "theirs", nodes: 7, edges: 6, notes: [] }]);
	expect(readFileSync(path)).toEqual(before);
});

test.each([
	[
		"a trigger",
		"CREATE TRIGGER evil AFTER INSERT ON node BEGIN DELETE FROM circuit; END",
		/holds a trigger that no database/,
	],
	["a view", "CREATE VIEW evil AS SELECT 1", /holds a view that no database/],
	[
		"a view in a table's place",
		"ALTER TABLE carried RENAME TO c; CREATE VIEW carried AS SELECT * FROM c",
		/holds a (view|table) that no database/,
	],
	["a table of its own", "CREATE TABLE evil (x)", /holds a table that no database/],
	["a table that code makes up", "CREATE VIRTUAL TABLE evil USING fts5 (x)", /holds a table that no database/],
	[
		"a table that code makes up in another's place",
		"DROP TABLE carried; CREATE VIRTUAL TABLE carried USING fts5vocab (node, row)",
		/has “carried” in another form than any version/,
	],
	[
		"a column that is computed",
		"ALTER TABLE carried ADD COLUMN evil TEXT AS (hex(zeroblob(1000000000)))",
		/has “carried” in another form/,
	],
	["a column less", "ALTER TABLE run DROP COLUMN metric_name", /has “run” in another form/],
	["a table less", "DROP TABLE carried", /has “carried” in another form/],
	["steps that it forgot", "DELETE FROM migration WHERE number > 2", /in another form than any version/],
	[
		"a later schema",
		"INSERT INTO migration (number, name, hash, applied_at) VALUES (999, 'x', 'x', 0)",
		/newer version of this program/,
	],
	["another schema", "UPDATE migration SET hash = 'x' WHERE number = 2", /another schema than any version/],
	[
		"an id that is none",
		"UPDATE node SET id = '<script>' WHERE id = 'mlp_0.1@1'",
		/holds a circuit that is damaged|id does not fit/,
	],
	[
		"a number that is none",
		`UPDATE edge_block SET weights = CAST(zeroblob(8 * count - 2) || x'f07f' AS BLOB)`,
		/damaged: “weight” of edge \d+ is no number/,
	],
	[
		"edges that end too early",
		"UPDATE edge_block SET steps = substr(steps, 2)",
		/holds a circuit that is damaged \(The database holds edges that cannot be read/,
	],
	["a history that is none", "UPDATE history SET diff = x'00'", /damaged/],
	[
		"rows that are no JSON",
		"UPDATE annotation SET body = '{\"id\": 1,}'",
		/\d\.scd holds a circuit that is damaged\. Ask for the file again\.$/,
	],
	[
		"an edge to a node that it lacks",
		(database: Database) => renameEnd(database, "mlp_0.4@1", "mlp_0.77@1"),
		/holds an edge of a node that it does not hold: "mlp_0\.77@1"/,
	],
	["no circuit", "DELETE FROM circuit", /without a circuit in it/],
] satisfies [string, string | ((database: Database) => void), RegExp][])(
	"one with %s is refused in a sentence",
	async (_, change, why) => {
		const path = makeProject((database) => {
			database.pragma("foreign_keys = ON");
			if (typeof change === "string") database.exec(change);
			else change(database);
		});
		await expect(importInto(path)).rejects.toThrow(why);
		await expect(importInto(path)).rejects.toMatchObject({ name: "AppError" });
	},
);

/** Of all edges. */
function renameEnd(database: Database, from: string, to: string): void {
	const sets = database.prepare<[], { id: number; ids: Uint8Array }>("SELECT id, ids FROM edge_set").all();
	for (const { id, ids } of sets)
		database
			.prepare("UPDATE edge_set SET ids = ? WHERE id = ?")
			.run(packJson((unpackJson(ids) as string[]).map((end) => (end === from ? to : end))), id);
}

test("paths in one that lead to another machine or out of a folder are cut down to their last part", async () => {
	const path = makeProject((database) => {
		database.exec(
			"UPDATE run SET request = json_set(request, '$.modelDir', '//evil.example/share/model', '$.dictionaryDirs', json_array('~/../../etc/saes'))",
		);
		database.exec("UPDATE model SET dir = '//evil.example/share/model'");
	});
	const mine = new Store(join(folder, "paths.sqlite"));
	await importFile(mine, { path });
	mine.dispose();
	const database = openSqlite(join(folder, "paths.sqlite"), { readonly: true });
	const requests = database.prepare<[], string>("SELECT request FROM run").pluck().all();
	expect(requests.map((request) => JSON.parse(request) as unknown)).toEqual([
		expect.objectContaining({ modelDir: "model", dictionaryDirs: ["saes"] }),
		expect.objectContaining({ modelDir: "model", dictionaryDirs: ["saes"] }),
		expect.objectContaining({ modelDir: "model", dictionaryDirs: ["saes"] }),
	]);
	expect(database.prepare<[], string>("SELECT dir FROM model").pluck().all().join()).not.toContain("evil");
	database.close();
});

test("another program's database, and one that is damaged, are refused by name", async () => {
	const other = join(folder, "other.scd");
	const database = openSqlite(other, { readonly: false });
	database.exec("CREATE TABLE music (title)");
	database.close();
	await expect(importInto(other)).rejects.toThrow(/^other\.scd holds a table/);
	const bytes = readFileSync(makeProject());
	bytes.fill(0xff, 5000, 60_000);
	const broken = join(folder, "broken.scd");
	writeFileSync(broken, bytes);
	await expect(importInto(broken)).rejects.toMatchObject({
		name: "AppError",
		message: expect.stringContaining("broken.scd"),
	});
});
