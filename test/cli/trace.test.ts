import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import { writeTraceable } from "../random/write-traceable.ts";
import { runScd, withoutProgress } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-cli-"));
afterAll(() => rmSync(root, { recursive: true }));
const { model, saes } = writeTraceable(root);

let databases = 0;
const newDatabase = () => join(root, `${databases++}.sqlite`);
const traceWords = (db: string, ...more: readonly string[]) => [
	...["trace", "--model", model, "--saes", saes, "--provider", "cpu", "--db", db, "--prompt", "abcd"],
	...more,
];

interface TraceJson {
	readonly nodes: readonly { readonly id: string; readonly kind: string; readonly layer: number | null }[];
	readonly edges: readonly object[];
	readonly reused: { readonly pieces: number; readonly of: number };
}
const parseTrace = (text: string) => JSON.parse(text) as TraceJson;

describe("scd trace --json", () => {
	test("is quiet when its reader leaves early", async () => {
		const child = spawn("sh", [
			"-c",
			`'${process.execPath}' "$@" | head -c 1`,
			"sh",
			join(import.meta.dirname, "../../main/cli/scd.ts"),
			...traceWords(newDatabase(), "--json", "--all-nodes"),
		]);
		let err = "";
		child.stderr.on("data", (text) => {
			err += text;
		});
		await new Promise((resolve) => child.on("close", resolve));
		expect(withoutProgress(err)).toBe("");
	});
});

test("without --json a summary for people says what was found and where it is kept", async () => {
	const db = newDatabase();
	const { code, out, err } = await runScd(traceWords(db));
	expect({ code, err }).toEqual({ code: 0, err: "" });
	expect(out).toMatch(/cross_entropy [\d.]+\n.*\nScores: replacement [01]\.\d\d, completeness [01]\.\d\d/);
	expect(out).toMatch(/(attn|mlp|resid)_[01]\.\d+@\d/);
	expect(out).toContain(`Stored as "abcd" in ${db}`);
	expect(out).toMatch(/0 of \d+ parts were stored and reused/);
	expect(out).toMatch(/\d s on cpu, \d+ MB/);
});

test("errors are chosen as features are, the rest is counted and summed, and the choice is kept with the circuit", async () => {
	const db = newDatabase();
	const words = traceWords(db, "--down-nodes", "1", "--circuit", "mine");
	const traced = await runScd([...words, "--json"]);
	const { nodes, errors } = JSON.parse(traced.out) as {
		nodes: { id: string; joined?: number }[];
		errors: { choice: string; alone: number; joined: number; nodes: number };
	};
	const rest = nodes.filter(({ joined }) => joined !== undefined);
	expect(rest.length).toBeGreaterThan(0);
	expect(rest.every(({ id, joined }) => /^\w+_error_\d\.rest$/.test(id) && joined === 2)).toBe(true);
	// Three positions are run: one error of each site stands alone.
	expect(errors).toMatchObject({ choice: "chosen", joined: 2 * errors.nodes, alone: errors.nodes });
	const { out } = await runScd(words);
	expect(out).toMatch(
		new RegExp(`${errors.joined} errors are joined in ${errors.nodes} nodes beside ${errors.alone} that stand alone`),
	);
	const shown = JSON.parse((await runScd(["circuits", "show", "mine", "--db", db, "--json"])).out) as {
		nodes: typeof nodes;
	};
	expect(
		shown.nodes
			.filter(({ joined }) => joined === 2)
			.map(({ id }) => id)
			.sort(),
	).toEqual(rest.map(({ id }) => id).sort());
	const wrong = await runScd([...words, "--errors", "some"]);
	expect(withoutProgress(wrong.err)).toMatch(/Allowed choices are chosen, sources, pooled, all/);
});

test("a circuit is traced, extended, drawn from another folder, branched and deleted", async () => {
	const db = newDatabase();
	const files = ["svg", "dot", "json"].map((ending) => join(root, `circuit.${ending}`));
	const outputs = files.flatMap((file) => ["-o", file]);
	// Relative paths, and an export below that runs elsewhere.
	const words = ["trace", "--model", "model", "--saes", "saes", "--db", db, "--prompt", "abcd", "--circuit", "mine"];
	const upper = await runScd([...words, "--layers", "1:2", ...outputs], { cwd: root });
	expect(upper.code, upper.err).toBe(0);
	for (const file of files) expect(upper.out).toContain(`Wrote ${file}`);
	const [svg = "", dot = "", json = ""] = files.map((file) => readFileSync(file, "utf8"));
	expect(svg).toMatch(/^(<\?xml[^>]*>\s*)?<svg/);
	expect(dot).toMatch(/^digraph/);
	const one = parseTrace(json);
	expect(one.nodes.every(({ layer }) => layer === null || layer === 1)).toBe(true);

	await runScd([...words, "--layers", "0:1"], { cwd: root });
	const show = async (name: string) =>
		JSON.parse((await runScd(["circuits", "show", name, "--db", db, "--json"])).out) as TraceJson & {
			history: object[];
		};
	const both = await show("mine");
	expect(both.history).toHaveLength(2);
	const ids = both.nodes.map(({ id }) => id);
	expect(ids).toEqual(expect.arrayContaining(one.nodes.map(({ id }) => id)));
	expect(ids.length).toBeGreaterThan(one.nodes.length);

	const elsewhere = join(root, "elsewhere");
	mkdirSync(elsewhere);
	const drawn = await runScd(["export", "mine", "--db", db, "-o", "drawn.svg"], { cwd: elsewhere });
	expect(drawn).toEqual({ code: 0, out: `Wrote ${join(elsewhere, "drawn.svg")}\n`, err: "" });
	expect((await runScd(["export", "mine", "--db", db, "-o", "drawn.png"], { cwd: elsewhere })).err).toBe("");
	expect(readFileSync(join(elsewhere, "drawn.png")).subarray(1, 4).toString()).toBe("PNG");
	expect(parseTrace((await runScd(["export", "mine", "--db", db, "--format", "json"])).out).nodes).toHaveLength(
		ids.length,
	);

	const branched = await runScd(["circuits", "branch", "mine", "first", "--step", "1", "--db", db, "--json"]);
	expect(JSON.parse(branched.out)).toEqual({ name: "first", branch_of: "mine" });
	expect((await show("first")).nodes).toHaveLength(one.nodes.length);
	expect((await runScd(["circuits", "delete", "mine", "--db", db])).out).toBe('Deleted "mine".\n');
	const { circuits } = JSON.parse((await runScd(["circuits", "list", "--db", db, "--json"])).out) as {
		circuits: { name: string }[];
	};
	expect(circuits.map(({ name }) => name)).toEqual(["first"]);
});

describe("Ctrl-C", () => {
	/** Steps enough for hours: the engine is inside them when the signal comes. */
	const endless = ["--integrated-gradients", "1000000", "--json"];

	test("stops a trace, with one sentence, and keeps what was finished", async () => {
		const db = newDatabase();
		const query = <T>(sql: string) => {
			const database = new Sqlite(db);
			try {
				return database.prepare<[], T>(sql).all();
			} finally {
				database.close();
			}
		};
		const { code, out, err } = await runScd(traceWords(db, ...endless), {
			onStart(child) {
				// A gate: the first piece is in the store.
				const gate = setInterval(() => {
					try {
						if (query("SELECT 1 FROM activation").length === 0) return;
					} catch {
						return;
					}
					clearInterval(gate);
					child.kill("SIGINT");
				}, 50);
				child.on("exit", () => clearInterval(gate));
			},
		});
		expect({ code, out }).toEqual({ code: 1, out: "" });
		expect(err).toMatch(/^scd: [^\n]*cancelled[^\n]*\n$/);
		expect(query("SELECT status FROM run")).toEqual([{ status: "cancelled" }]);
		expect(query<{ result: string }>("SELECT quick_check AS result FROM pragma_quick_check")).toEqual([
			{ result: "ok" },
		]);
		const again = parseTrace((await runScd(traceWords(db, "--json"))).out);
		expect(again.reused.pieces).toBeGreaterThan(0);
	});
});

describe("scd doctor --json", () => {
	test("finds fault with a database without failing", async () => {
		const { code, out } = await runScd(["doctor", "--db", import.meta.filename, "--json"]);
		expect(code).toBe(0);
		expect(JSON.parse(out)).toMatchObject({ database: { problem: expect.stringContaining("not a database") } });
	});
});
