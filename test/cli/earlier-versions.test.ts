import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { openSqlite } from "../../main/store/sqlite.ts";
import { writeTraceable } from "../random/write-traceable.ts";
import { runScd } from "./run-scd.ts";

const root = mkdtempSync(join(tmpdir(), "scd-earlier-"));
afterAll(() => rmSync(root, { recursive: true }));
const { model, saes } = writeTraceable(root);

/** A file of an earlier version. `/models/tiny` held what `writeTraceable` writes when it was made. */
function unpack(name: string): string {
	const path = join(root, name);
	writeFileSync(path, gunzipSync(readFileSync(join(import.meta.dirname, `../fixtures/earlier/${name}.gz`))));
	return path;
}

async function ask(...words: string[]): Promise<Record<string, unknown>> {
	const { code, out, err } = await runScd(words);
	expect({ code, err }).toMatchObject({ code: 0 });
	return out === "" ? {} : (JSON.parse(out) as Record<string, unknown>);
}

/** Requests of all runs in an exported circuit, oldest first. */
async function exportRequests(circuit: string, database: string): Promise<readonly unknown[]> {
	const file = await ask("export", circuit, "--format", "json", "--db", database);
	expect(file["version"]).toBe(3);
	return (file["runs"] as { request: unknown }[]).map(({ request }) => request);
}

const selection = { modelDir: "/models/tiny/model", dictionaryDirs: ["/models/tiny/saes"], provider: "cpu" };
const prompt = "abcdef";
const gradient = {
	...{ ...selection, prompt, metric: "cross_entropy", upNodes: 2, lastPositionOnly: false },
	...{ allNodes: false, keepUnconnected: false },
};
const jacobian = {
	...{ method: "jacobian", ...selection, prompt, upNodes: 1 },
	...{ pins: ["resid_0.16"], lastPositionOnly: false },
};

describe("a database in which requests of all methods had one form", () => {
	test("says of every run what its own method was asked, and nothing else", async () => {
		const database = unpack("schema-8.sqlite");
		expect(await exportRequests("pair", database)).toEqual([
			{ method: "gradient", ...gradient, layers: "0:2", patchPrompt: "abcdeg", choice: { by: "count", count: 2 } },
			{
				...{ method: "gradient", ...gradient, choice: { by: "share", share: 0.1 } },
				from: { node: "attn_1.18@4", direction: "upstream" },
			},
		]);
		expect(await exportRequests("ablated", database)).toEqual([
			{
				...{ method: "ablation", ...selection, prompt, upNodes: 1, pins: ["resid_0.1"], seed: 0, thresholdExp: -6 },
				...{ allPositions: false, logitTokens: 1, morePrompts: ["bcdefa", "abcdeg"], maxLength: 64 },
			},
		]);
		expect(await exportRequests("slopes", database)).toEqual([jacobian]);
		expect(await exportRequests("joined", database)).toEqual([
			{
				...{ method: "consensus", ...gradient, upNodes: 1, choice: { by: "count", count: 1 } },
				...{ morePrompts: ["abcdeg", "bbcdef"], atLeast: 2 },
			},
		]);
		expect(await exportRequests("brought", database)).toEqual([{ method: "imported", file: "/models/tiny/graph.dot" }]);
	});

	test("has scores of its edges, and says that it is not known what was cut off", async () => {
		const { code, out } = await runScd(["circuits", "show", "pair", "--db", unpack("schema-8.sqlite")]);
		expect(code).toBe(0);
		expect(out).toMatch(/What the limit of edges cut off is not known of this circuit/);
	});

	test("goes on with the trace that was cut off in it", async () => {
		const database = unpack("schema-8.sqlite");
		const before = openSqlite(database, { readonly: false });
		before.prepare("UPDATE run SET request = replace(request, '/models/tiny', ?)").run(root);
		before.close();
		const own = ["--model", model, "--saes", saes, "--db", database, "--provider", "cpu"];
		const { code, out } = await runScd([
			...["trace", ...own, "--prompt", "ghijkl", "--integrated-gradients", "400"],
			// Requests of that time had each error alone.
			...["--down-nodes", "2", "--up-nodes", "2", "--circuit", "late", "--errors", "all"],
		]);
		expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/cut off/) });
		const after = openSqlite(database, { readonly: true });
		expect(after.prepare("SELECT status FROM run WHERE id >= 7 ORDER BY id").pluck().all()).toEqual([
			"interrupted",
			"done",
		]);
		const requests = after.prepare<[], string>("SELECT request FROM run WHERE id >= 7 ORDER BY id").pluck().all();
		expect(requests[0]).toBe(requests[1]);
		after.close();
	});
});

/** Every list of edges in it by source and target. */
function withSortedEdges(value: unknown): unknown {
	if (!Array.isArray(value)) {
		if (typeof value !== "object" || value === null) return value;
		return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withSortedEdges(part)]));
	}
	const isEdge = (one: unknown): one is { source: string; target: string } =>
		typeof one === "object" && one !== null && "source" in one && "target" in one;
	const key = ({ source, target }: { source: string; target: string }) => `${source} ${target}`;
	if (!value.every(isEdge)) return value.map(withSortedEdges);
	return value.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

describe("a circuit file of version 1", () => {
	test.each([
		["jacobian", "slopes", jacobian],
		["imported", "brought", { method: "imported", file: "/models/tiny/graph.dot" }],
	])("of a run that was %s comes back whole, in the form of today", async (name, circuit, request) => {
		const [path, database] = [unpack(`circuit-1-${name}.json`), join(root, `${name}.sqlite`)];
		await ask("import", path, "--db", database, "--json");
		const file = await ask("export", circuit, "--format", "json", "--db", database);
		const old = JSON.parse(readFileSync(path, "utf8")) as { runs: object[]; document: object };
		// Edges are a set: their order in the file is that of the store.
		expect(withSortedEdges({ ...file, program: 0, features: 0 })).toEqual(
			withSortedEdges({
				...old,
				...{ version: 3, program: 0, features: 0, replacement: null, completeness: null },
				document: { ...old.document, story: [] },
				runs: [{ ...old.runs[0], request }],
			}),
		);
	});
});
