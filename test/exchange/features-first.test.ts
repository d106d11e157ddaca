import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { storeLargeCircuit } from "../bench/large-circuit.ts";
import { runScd } from "../cli/run-scd.ts";

/** Under a budget of edges Neuronpedia's form has features first, whichever way it goes. */
const folder = mkdtempSync(join(tmpdir(), "scd-features-first-"));
const database = join(folder, "scd.sqlite");
storeLargeCircuit(database, "mine", 120, 600);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scd = (...parameters: readonly string[]) => runScd([...parameters, "--db", database]);
interface Graph {
	readonly nodes: readonly { readonly node_id: string; readonly feature_type: string }[];
	readonly links: readonly { readonly source: string; readonly target: string; readonly weight: number }[];
}
const isError = (id: string) => id.includes("error");

test("an export or import of few edges holds those of features, then those of errors, and says so", async () => {
	const whole = join(folder, "whole.neuronpedia.json");
	const few = join(folder, "few.neuronpedia.json");
	await scd("export", "mine", "-o", whole);
	const { err } = await scd("export", "mine", "-o", few, "--max-edges", "20");
	expect(err).toMatch(
		/\d+ of 120 nodes and 20 of 600 edges are in the file: those of features first, then those of errors/,
	);
	const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Graph;
	const { nodes, links } = read(few);
	expect(links).toHaveLength(20);
	const typeOf = new Map(nodes.map(({ node_id, feature_type }) => [node_id, feature_type]));
	const ends = links.flatMap(({ source, target }) => [typeOf.get(source), typeOf.get(target)]);
	expect(ends).not.toContain(undefined);
	// The whole has more edges of features than that.
	expect(read(whole).nodes.some(({ feature_type }) => isError(feature_type))).toBe(true);
	expect(ends.filter((type) => isError(type ?? ""))).toEqual([]);
	const { out } = await scd("import", whole, "--circuit", "cut", "--max-edges", "30", "--json");
	expect(JSON.parse(out)).toMatchObject({ edges: 30 });
	await scd("export", "cut", "-o", join(folder, "cut.json"));
	const { edges } = JSON.parse(readFileSync(join(folder, "cut.json"), "utf8")) as Graph & { edges: Graph["links"] };
	expect(edges.flatMap(({ source, target }) => [source, target]).filter(isError)).toEqual([]);
});

test("what holds the whole circuit refuses a number of edges", async () => {
	const { code, err } = await scd("export", "mine", "-o", join(folder, "x.graphml"), "--max-edges", "20");
	expect(code).not.toBe(0);
	expect(err).toMatch(/--max-edges is for what is drawn and for \.neuronpedia\.json/);
});
