import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CircuitNode } from "../../main/shared/circuit.ts";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { node, trace } from "../store/example-circuit.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-joined-"));
const path = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(path(name), "utf8");

const rest: CircuitNode = {
	id: "mlp_error_0.rest",
	kind: "error",
	site: "mlp",
	layer: 0,
	position: 1,
	joined: 239,
	activation: 812.5,
	attribution: -0.75,
};
const endings = ["json", "neuronpedia.json", "graphml", "csv", "dot"];

beforeAll(async () => {
	const store = new Store(path("mine.sqlite"));
	const edges = [
		{ source: rest.id, target: node(1, 0).id, weight: 0.5 },
		{ source: node(1, 0).id, target: "logit.8@1", weight: 1 },
	];
	const logit = { id: "logit.8@1", kind: "logit", feature: 8, position: 1, activation: 9, attribution: 1 } as const;
	trace(store, "mine", [rest, node(1, 0.1), logit], edges);
	store.dispose();
	const outputs = endings.flatMap((ending) => ["-o", path(`mine.${ending}`)]);
	expect((await runScd(["export", "mine", "--db", path("mine.sqlite"), ...outputs])).code).toBe(0);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("what it stands for is said in every form", () => {
	expect(text("mine.nodes.csv").match(/^id,.*/)?.[0]).toMatch(/,joined,/);
	expect(text("mine.nodes.csv")).toMatch(
		/^mlp_error_0\.rest,error,mlp,0,,1,812\.5,-0\.75,.*,239,239 errors of mlp 0,plain\r$/m,
	);
	expect(text("mine.dot")).toContain("… and 239 others");
	expect(text("mine.neuronpedia.json")).toContain("… and 239 others");
	expect(text("mine.graphml")).toContain('<data key="joined">239</data>');
	expect(JSON.parse(text("mine.json"))).toMatchObject({ nodes: expect.arrayContaining([{ ...rest, feature: null }]) });
});

test("it comes back from each of them, also without the circuit that they carry", async () => {
	writeFileSync(path("plain.graphml"), text("mine.graphml").replace(/<data key="scd_circuit">.*?<\/data>/s, ""));
	const traced = JSON.parse(text("mine.json")) as { nodes: object[]; edges: object[] };
	writeFileSync(path("traced.json"), JSON.stringify({ nodes: traced.nodes, edges: traced.edges }));
	const files = ["mine.json", "mine.neuronpedia.json", "mine.dot", "plain.graphml", "traced.json"].map(path);
	const { code, out, err } = await runScd(["import", ...files, "--db", path("hers.sqlite"), "--json"]);
	expect(code, err).toBe(0);
	const store = new Store(path("hers.sqlite"));
	for (const { circuit } of (JSON.parse(out) as { circuits: { circuit: string }[] }).circuits)
		expect(
			store.circuits.load(circuit).nodes.find(({ id }) => id === rest.id),
			circuit,
		).toEqual(rest);
	store.dispose();
}, 60_000);
