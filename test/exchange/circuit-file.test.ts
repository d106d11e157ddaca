import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCircuitFile } from "../../main/shared/exchange/read-circuit-file.ts";
import { openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { makeRichCircuit } from "./rich-circuit.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-exchange-"));
const [mine, hers] = [join(folder, "mine.sqlite"), join(folder, "hers.sqlite")];
const path = (name: string) => join(folder, name);
const json = (name: string) => JSON.parse(readFileSync(path(name), "utf8")) as Record<string, unknown>;

beforeAll(() => {
	const store = new Store(mine);
	makeRichCircuit(store, "mine");
	store.dispose();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function scd(...words: string[]): Promise<string> {
	const { code, out, err } = await runScd(words);
	expect({ code, err }).toEqual({ code: 0, err: "" });
	return out;
}

/** Every row of every table that belongs to a circuit, with numbers that a database gives out left out. */
function readRows(database: string): Record<string, unknown[]> {
	const sqlite = openSqlite(database, { readonly: true });
	const columns = {
		circuit: "name, created_at, updated_at",
		node: "id, kind, site, layer, feature, position, activation, attribution",
		edge_set: "part, count, hex(ids)",
		edge_block: "number, count, hex(weights), hex(steps)",
		node_run: "id, attribution",
		history: "step, label, at, kind, of_step, edit",
		annotation: "collection, id, body",
		circuit_view: "body",
		report: "kind, request, versions, at, hex(body)",
		feature_label: "dictionary, feature, text",
		prompt: "text, token_ids, tokens",
		model: "hash, name, dir",
		dictionary: "hash, name, site",
		run: "request, status, versions, started_at, finished_at, error, target, model, provider, fallback, metric_name, metric, explained, seconds, peak_rss_bytes, reused, pieces",
	};
	const rows = Object.fromEntries(
		Object.entries(columns).map(([table, names]) => [
			table,
			sqlite.prepare(`SELECT ${names} FROM ${table} ORDER BY ${names}`).all(),
		]),
	);
	sqlite.close();
	return rows;
}

describe("a circuit as a file", () => {
	test("comes back into another database row by row, and is written again letter by letter", async () => {
		await scd("export", "mine", "--db", mine, "-o", path("a.json"));
		expect(JSON.parse(await scd("import", path("a.json"), "--db", hers, "--json"))).toMatchObject({
			circuit: "mine",
			nodes: 7,
			edges: 6,
			notes: [],
		});
		expect(readRows(hers)).toEqual(readRows(mine));
		await scd("export", "mine", "--db", hers, "-o", path("b.json"));
		expect(readFileSync(path("b.json"), "utf8")).toBe(readFileSync(path("a.json"), "utf8"));
	});

	test("keeps the names of the published form", () => {
		expect(json("a.json")).toMatchObject({
			name: "mine",
			model: { name: "m", hash: "mh" },
			prompt: { text: "hello", tokens: ["hel", "lo"], token_ids: [1, 2] },
			metric: { name: "logit(8)", value: -2.25 },
			explained: null,
			nodes: expect.arrayContaining([
				{
					id: "mlp_0.2@1",
					kind: "feature",
					site: "mlp",
					layer: 0,
					feature: 2,
					position: 1,
					activation: 2,
					attribution: -0.2,
					label: expect.any(String),
					label_by: "person",
				},
			]),
			edges: expect.arrayContaining([{ source: "mlp_0.1@1", target: "mlp_0.2@1", weight: 0.5 }]),
		});
	});

	test("never takes the place of a circuit, and can be undone step by step where it came to", async () => {
		const { code, out, err } = await runScd(["import", path("a.json"), "--db", hers]);
		expect(code).toBe(0);
		expect(err).toContain("There is a circuit “mine” already, so this one is called “mine-2”.");
		expect(out).toContain('into "mine-2"');
		const [a, b] = [new Store(mine), new Store(hers)];
		for (let i = 0; i < 3; i++) {
			a.edits.undo("mine");
			b.edits.undo("mine-2");
			expect(b.circuits.load("mine-2")).toEqual(a.circuits.load("mine"));
		}
		for (const store of [a, b]) for (let i = 0; i < 3; i++) store.edits.redo(store === a ? "mine" : "mine-2");
		a.dispose();
		b.dispose();
	});

	test("without its history holds the same circuit with the same runs", async () => {
		await scd("export", "mine", "--db", mine, "--no-history", "-o", path("short.json"));
		const other = path("other.sqlite");
		await scd("import", path("short.json"), "--db", other);
		const [a, b] = [new Store(mine), new Store(other)];
		expect(b.circuits.load("mine")).toEqual(a.circuits.load("mine"));
		expect(
			b.circuits
				.provenance("mine")
				.nodes.get("mlp_0.1@1")
				?.map(({ value }) => value),
		).toEqual([0.1, 0.15]);
		expect(b.circuits.lastRun("mine")).toMatchObject({ modelName: "m", metricName: "logit(8)" });
		a.dispose();
		b.dispose();
	});

	test("says nothing of whoever wrote it: what lies at home or comes with the program is named so", async () => {
		const store = new Store(path("home.sqlite"));
		makeRichCircuit(store, "mine", join(process.env["HOME"] ?? "/root", "models"));
		store.dispose();
		await scd("export", "mine", "--db", path("home.sqlite"), "-o", path("home.json"));
		const runs = json("home.json")["runs"] as { request: { modelDir: string; dictionaryDirs: string[] } }[];
		expect(runs[0]?.request).toMatchObject({ modelDir: "~/models/model", dictionaryDirs: ["~/models/saes"] });
		expect(readFileSync(path("home.json"), "utf8")).not.toContain(process.env["HOME"]);
	});

	test("keeps labels that were written where it comes to, and says so", async () => {
		const other = path("labels.sqlite");
		const store = new Store(other);
		makeRichCircuit(store, "own");
		store.edits.edit(
			"own",
			{ labels: { added: [{ id: "mlp_0.2", text: "my word" }], updated: [], removed: [] } },
			"Label",
			"edit-own-label",
		);
		store.dispose();
		const { err } = await runScd(["import", path("a.json"), "--db", other]);
		expect(err).toContain("Labels of yours were kept: mlp_0.2 is “my word” here");
	});
});

describe("a file that is no sound circuit", () => {
	type File = { [key: string]: unknown } & Record<"nodes" | "edges" | "history" | "runs", Record<string, object>[]> & {
			provenance: { nodes: unknown[] };
		};
	const sound = () => json("a.json") as File;
	const refused: readonly [string, (file: File) => void, RegExp][] = [
		["of a newer version", (file) => Object.assign(file, { version: 4 }), /newer version of the program \(format 4/],
		["without a version", (file) => Object.assign(file, { version: "1" }), /names no version/],
		[
			"with an infinite number",
			(file) => Object.assign(file.nodes[0] as object, { activation: Number.POSITIVE_INFINITY }),
			/damaged: “activation” of node 1 is no number\. Ask for it again\.$/,
		],
		[
			"with a strange kind",
			(file) => Object.assign(file.nodes[0] as object, { kind: "script" }),
			/damaged: “kind” of node 1 is none of feature, error, token, logit\./,
		],
		[
			"whose ids are none",
			(file) => Object.assign(file.nodes[0] as object, { id: "../../etc/passwd" }),
			/id does not fit/,
		],
		[
			"with a node at two places",
			(file) => Object.assign(file.nodes[0] as object, { position: 7 }),
			/another position/,
		],
		[
			"with a node out of reach",
			(file) => Object.assign(file["document"] as object, { places: [{ id: "mlp_0.1@1", x: 1e300, dy: 0 }] }),
			/“x” of place 1 of “document” is larger than it can be/,
		],
		["with a node twice", (file) => file.nodes.push(file.nodes[0] ?? {}), /twice/],
		["with an edge twice", (file) => file.edges.push(file.edges[0] ?? {}), /edge twice/],
		["that names a run that is not there", (file) => file.provenance.nodes.push(["mlp_0.1@1", 99, 0]), /names a run/],
		[
			"whose run asks for nothing",
			(file) => Object.assign(file.runs[0]?.["request"] as object, { dictionaryDirs: 3 }),
			/damaged: the request of its run 1 is no request of a trace/,
		],
		["with a hole in its history", (file) => file.history.splice(1, 1), /lacks steps/],
		[
			"with a million nodes",
			(file) => Object.assign(file, { nodes: Array(1_000_000).fill(file.nodes[0]) }),
			/1,000,000 nodes/,
		],
		[
			"whose diff holds something else",
			(file) => Object.assign(file.history[0]?.["diff"] as object, { nodes: 3 }),
			/damaged: “nodes” of “diff” of step of the history 1 is no object\./,
		],
	];
	test.each(refused)("%s is refused in one sentence or two", (_, damage, why) => {
		const file = sound();
		damage(file);
		expect(() => readCircuitFile(file)).toThrow(why);
	});

	test("loses what nobody knows, and paths that lead elsewhere", async () => {
		const file = sound();
		Object.assign(file, { evil: 1, __proto__: { polluted: true } });
		Object.assign(file.runs[1]?.["request"] as object, {
			modelDir: "\\\\evil\\share\\model",
			dictionaryDirs: ["http://evil/x", "~/../../etc"],
		});
		writeFileSync(path("evil.json"), JSON.stringify(file));
		Object.assign(file["reports"] as object, { 0: { kind: "validation", request: {}, body: 3, versions: {}, at: 1 } });
		writeFileSync(path("evil.json"), JSON.stringify(file));
		const other = path("evil.sqlite");
		const { err } = await runScd(["import", path("evil.json"), "--db", other]);
		expect(err).toBe("scd: 1 of its reports are in a form that cannot be shown, and were left out.\n");
		const store = new Store(other);
		const run = store.runs.load(2);
		expect(run?.request).toMatchObject({ modelDir: "model", dictionaryDirs: ["x", "etc"] });
		store.dispose();
	});
});
