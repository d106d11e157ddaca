import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { unpackJson } from "../../main/store/blobs.ts";
import { EdgeSets } from "../../main/store/edge-sets.ts";
import { openDatabase } from "../../main/store/open-database.ts";
import { openSqlite } from "../../main/store/sqlite.ts";
import { Store } from "../../main/store/store.ts";
import { seedRandom } from "../float64/random-numbers.ts";
import { makePaths } from "./example-path.ts";

const nextPath = makePaths();

interface Edge {
	readonly source: string;
	readonly target: string;
	readonly weight: number;
}

const key = ({ source, target }: Edge) => `${source} ${target}`;
const byKey = (edges: Iterable<Edge>) =>
	[...edges].sort((a, b) => (a.source === b.source ? (a.target < b.target ? -1 : 1) : a.source < b.source ? -1 : 1));

/** So many that they lie in several blocks. */
function randomEdges(count: number): readonly Edge[] {
	const random = seedRandom(11);
	const edges = new Map<string, Edge>();
	while (edges.size < count) {
		const [source, target] = [`ä${Math.floor(random() * 900)}`, `b ${Math.floor(random() * 900)}`];
		const edge = { source, target, weight: (random() - 0.5) * 10 ** Math.floor(60 * random() - 30) };
		edges.set(key(edge), edge);
	}
	return [...edges.values()];
}

test("edges come back to the last bit, whole, the strongest alone, and those of some nodes", () => {
	const database = openDatabase(nextPath());
	database.exec("INSERT INTO circuit (id, name, created_at, updated_at) VALUES (1, 'one', 1, 1)");
	const sets = new EdgeSets(database);
	const edges = randomEdges(70_000);
	sets.save(1, "now", 0, EdgeList.from(edges));
	expect(sets.count(1, "now")).toBe(edges.length);
	expect([...sets.load(1, "now")]).toEqual(byKey(edges));
	const strongest = edges.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 20_000);
	expect(byKey(sets.strongest(1, 20_000))).toEqual(byKey(strongest));
	expect(byKey(sets.touching(1, new Set(["ä7", "b 899"])))).toEqual(
		byKey(edges.filter(({ source, target }) => source === "ä7" || target === "b 899")),
	);
	const singles = edges.slice(0, 1000).map((edge) => ({ ...edge, weight: Math.fround(edge.weight) }));
	sets.save(1, "run", 3, EdgeList.from(singles));
	expect([...sets.load(1, "run", 3)]).toEqual(byKey(singles));
	sets.save(1, "run", 3, EdgeList.none);
	expect(sets.numbersOf(1, "run")).toEqual([]);
	database.close();
});

test("a damaged block is told, and nothing points nowhere", () => {
	const database = openDatabase(nextPath());
	database.exec("INSERT INTO circuit (id, name, created_at, updated_at) VALUES (1, 'one', 1, 1)");
	const sets = new EdgeSets(database);
	for (const damage of ["steps = x'ffffffffff7f'", "steps = x'ff'", "weights = x'0000'", "steps = x''"]) {
		sets.save(1, "now", 0, EdgeList.from([{ source: "a", target: "b", weight: 0.1 }]));
		database.exec(`UPDATE edge_block SET ${damage}`);
		expect(() => sets.load(1, "now"), damage).toThrow(/edges that cannot be read/);
	}
	database.close();
});

test("a database of rows keeps every edge, every run's weights and every step", () => {
	const path = nextPath();
	writeFileSync(path, gunzipSync(readFileSync(join(import.meta.dirname, "../fixtures/earlier/schema-8.sqlite.gz"))));
	const old = openSqlite(path, { readonly: true });
	const circuits = old.prepare<[], { id: number; name: string }>("SELECT id, name FROM circuit").all();
	const rows = circuits.map(({ id, name }) => ({
		name,
		edges: old.prepare<[number], Edge>("SELECT source, target, weight FROM edge WHERE circuit = ?").all(id),
		found: old
			.prepare<[number], Edge & { run: number }>("SELECT source, target, run, weight FROM edge_run WHERE circuit = ?")
			.all(id),
		diffs: old
			.prepare<[number], Uint8Array>("SELECT diff FROM history WHERE circuit = ? ORDER BY step")
			.pluck()
			.all(id)
			.map((diff) => unpackJson(diff) as { edges?: { added: Edge[]; updated: Edge[][]; removed: Edge[] } }),
	}));
	old.close();
	expect(rows.some(({ edges, found }) => edges.length > 0 && found.length > 0)).toBe(true);
	const store = new Store(path);
	for (const { name, edges, found, diffs } of rows) {
		expect([...store.circuits.load(name).edges]).toEqual(byKey(edges));
		expect(store.circuits.list().find((one) => one.name === name)?.edges).toBe(edges.length);
		for (const edge of edges)
			expect(store.circuits.foundBy(name, edge.source, edge.target)).toEqual(
				found.filter((one) => key(one) === key(edge)).map(({ run, weight }) => ({ run, value: weight })),
			);
		const { history } = store.circuits.read(name);
		expect(history).toHaveLength(diffs.length);
		for (const [i, { diff }] of history.entries())
			for (const part of ["added", "removed"] as const)
				expect([...(diff.edges?.[part] ?? [])]).toEqual(byKey(diffs[i]?.edges?.[part] ?? []));
		for (const [i, { diff }] of history.entries())
			expect([...(diff.edges?.updated ?? [])].map(([, after]) => after)).toEqual(
				byKey((diffs[i]?.edges?.updated ?? []).map(([, after]) => after as Edge)),
			);
	}
	store.dispose();
});
