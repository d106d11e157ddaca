import { fork } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { AppError } from "../../main/shared/errors.ts";
import { Circuits } from "../../main/store/circuits.ts";
import { withDatabaseErrors } from "../../main/store/database-errors.ts";
import { checkDatabase } from "../../main/store/health.ts";
import { openDatabase } from "../../main/store/open-database.ts";
import { Runs } from "../../main/store/runs.ts";
import { newestSchema } from "../../main/store/schema.ts";
import { openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { edge, node, trace } from "./example-circuit.ts";
import { makePaths } from "./example-path.ts";
import { request } from "./example-request.ts";

const nextPath = makePaths();

function makeDatabase(): string {
	const path = nextPath();
	const store = new Store(path);
	const nodes = Array.from({ length: 200 }, (_, i) => node(i, i));
	trace(
		store,
		"one",
		nodes,
		nodes.map((_, i) => edge(i, (i + 1) % 200, i)),
	);
	store.dispose();
	return path;
}

/** The error that opening and reading everything meets. */
function findError(path: string): AppError {
	let found: unknown;
	try {
		const store = new Store(path);
		try {
			store.circuits.load("one");
		} finally {
			store.dispose();
		}
	} catch (error) {
		found = error;
	}
	expect(found).toBeInstanceOf(AppError);
	return found as AppError;
}

describe("a damaged file is told of and left as it is", () => {
	test.each<[string, (path: string) => void]>([
		["text", (path) => writeFileSync(path, "this is no database at all, and it is longer than a header".repeat(20))],
		["cut off", (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
		["a lone header", (path) => truncateSync(path, 100)],
		["overwritten from its second page on", (path) => writeFileSync(path, readFileSync(path).fill(0xa5, 4096))],
		["without its schema", (path) => writeFileSync(path, readFileSync(path).fill(0xff, 100, 4096))],
	])("%s", (_, damage) => {
		const path = makeDatabase();
		damage(path);
		const before = readFileSync(path);
		const error = findError(path);
		expect(error.code).toBe("database");
		expect(error.message).toContain(`${path} is damaged or not a database, and was left as it is. Restore a copy`);
		expect(readFileSync(path).equals(before)).toBe(true);
	});

	test("damage deeper inside is met when that part is read, and the health check names it", () => {
		const path = makeDatabase();
		const database = openSqlite(path, { readonly: true });
		const page = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'edge_set'").pluck().get() as number;
		database.close();
		const bytes = readFileSync(path);
		writeFileSync(path, bytes.fill(0xa5, 4096 * (page - 1), 4096 * page));
		expect(findError(path).message).toContain("is damaged");
		expect(checkDatabase(path).check).not.toBe("ok");
	});
});

describe("a database that is not ours to write is left as it is", () => {
	test("made by a newer version", () => {
		const path = makeDatabase();
		const database = openDatabase(path);
		database.prepare("INSERT INTO migration (number, name, hash, applied_at) VALUES (99, 'later', 'x', 0)").run();
		database.close();
		const before = readFileSync(path);
		const { message } = findError(path);
		expect(message).toContain(
			`${path} was made by a newer version of this program (schema 99, this one knows ${newestSchema})`,
		);
		expect(message).toContain("Update the program");
		expect(() => checkDatabase(path)).toThrow(/newer version/);
		expect(readFileSync(path).equals(before)).toBe(true);
	});

	test("another step in the place of one of ours", () => {
		const path = makeDatabase();
		const database = openDatabase(path);
		database.exec("UPDATE migration SET hash = 'x' WHERE number = 1");
		database.close();
		expect(findError(path).message).toContain("another schema than any version of this program (step 1)");
	});

	test("of another program", () => {
		const path = nextPath();
		const database = openSqlite(path, { readonly: false });
		database.exec("CREATE TABLE bookmark (url TEXT)");
		database.close();
		const before = readFileSync(path);
		expect(findError(path).message).toContain(`${path} belongs to another program, and was left as it is`);
		expect(() => checkDatabase(path)).toThrow(/another program/);
		expect(readFileSync(path).equals(before)).toBe(true);
	});
});

describe("a place that cannot hold a database", () => {
	test("an empty name, a folder, below a file, below what cannot hold folders", () => {
		expect(() => new Store(" ")).toThrow(/no name/);
		const folder = dirname(nextPath());
		expect(findError(folder)).toMatchObject({ code: "database" });
		const file = makeDatabase();
		expect(findError(join(file, "x.sqlite")).message).toContain("cannot be opened");
		expect(findError("/proc/none/x.sqlite").code).toBe("database");
	});

	test("folders that do not exist yet are made, also for a path from the present folder", () => {
		const path = join(nextPath(), "a", "b.sqlite");
		new Store(path).dispose();
		expect(existsSync(path)).toBe(true);
	});

	test.skipIf(process.getuid?.() !== 0)("a file or folder that may not be written", async () => {
		const path = makeDatabase();
		const locked = join(dirname(path), "locked");
		mkdirSync(locked);
		chmodSync(dirname(path), 0o755);
		chmodSync(path, 0o444);
		for (const target of [path, join(locked, "new.sqlite")]) {
			const child = fork(join(import.meta.dirname, "open-without-rights.ts"), [target], { cwd: "/" });
			const [told] = (await once(child, "message")) as [string];
			expect(told).toMatch(/^database: The database .* cannot be (written|opened)\. Check/);
		}
		expect(readdirSync(locked)).toEqual([]);
	});
});

test("a database that another program writes can be read; a write waits five seconds, then tells", () => {
	const path = makeDatabase();
	const other = openSqlite(path, { readonly: false });
	other.exec("BEGIN EXCLUSIVE");
	const store = new Store(path);
	expect(store.circuits.load("one").nodes).toHaveLength(200);
	const began = Date.now();
	expect(() => store.runs.start(request, {})).toThrow(/in use by another program/);
	expect(Date.now() - began).toBeGreaterThan(4500);
	other.exec("ROLLBACK");
	expect(store.runs.start(request, {})).toBe(2);
	other.close();
	store.dispose();
}, 20_000);

test("a full disk: a merge that does not fit leaves nothing, what was committed stays, and space lets it go on", () => {
	const path = makeDatabase();
	const database = openDatabase(path);
	const [runs, circuits] = [new Runs(database), new Circuits(database)];
	const merge = () =>
		withDatabaseErrors(path, () =>
			database
				.transaction(() => {
					const nodes = Array.from({ length: 3000 }, (_, i) => node(i, i));
					return circuits.merge("one", runs.start(request, {}), { nodes, edges: [] }, "Trace");
				})
				.immediate(),
		);
	const pages = database.pragma("page_count", { simple: true }) as number;
	database.pragma(`max_page_count = ${pages + 2}`);
	let error: unknown;
	try {
		merge();
	} catch (caught) {
		error = caught;
	}
	expect(error).toMatchObject({ code: "disk-full" });
	expect((error as AppError).message).toContain(`The disk that holds ${path} is full.`);
	expect(circuits.load("one").nodes).toHaveLength(200);
	expect(circuits.history("one")).toHaveLength(1);
	database.pragma("max_page_count = 1000000");
	expect(merge()).toMatchObject({ addedNodes: 2800 });
	database.close();
	expect(checkDatabase(path)).toMatchObject({ check: "ok", runs: 2 });
});

test("opened for reading only, it is read and never written", () => {
	const path = makeDatabase();
	const before = readFileSync(path);
	const store = new Store(path, { readonly: true });
	expect(store.circuits.load("one").nodes).toHaveLength(200);
	expect(() => store.circuits.delete("one")).toThrow(/cannot be written/);
	store.dispose();
	expect(readFileSync(path).equals(before)).toBe(true);
	expect(() => new Store(nextPath(), { readonly: true })).toThrow(/cannot be opened/);
});
