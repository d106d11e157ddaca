import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Store } from "../../main/store/store.ts";
import { runScd } from "../cli/run-scd.ts";
import { listFaults, neuronpediaGraph } from "./neuronpedia-rules.ts";
import { makeRichCircuit } from "./rich-circuit.ts";

const folder = mkdtempSync(join(tmpdir(), "scd-formats-"));
const [mine, hers] = [join(folder, "mine.sqlite"), join(folder, "hers.sqlite")];
const path = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(path(name), "utf8");
const exact = ["json", "dot", "graphml", "html", "svg", "pdf", "png", "scd"] as const;
const others = ["csv", "parquet", "neuronpedia.json"] as const;

beforeAll(async () => {
	const store = new Store(mine);
	makeRichCircuit(store, "mine");
	store.dispose();
	const outputs = [...exact, ...others].flatMap((ending) => ["-o", path(`mine.${ending}`)]);
	const { code, err } = await runScd(["export", "mine", "--db", mine, ...outputs]);
	expect(code).toBe(0);
	// What comes back exactly loses nothing; the others say what they have no place for.
	const lost =
		"its dictionaries and how they were read, 3 runs, 1 result of a validation or consensus, 1 feature's card, 1 note, 1 drawn edge, 1 hidden node";
	const advice = "Write a .json or .scd beside it to keep them.";
	const tables = `scd: Tables have no place for ${lost}, 1 set of pins, 1 step of the story, where nodes stand, 1 pin and 1 group. ${advice}\n`;
	expect(err).toBe(
		`${tables}scd: Neuronpedia's form has no place for ${lost}, 1 set of pins, 1 step of the story and where nodes stand. ${advice}\n`,
	);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a form that carries a circuit", () => {
	test("is imported beside circuits of its name, none of which it takes the place of", async () => {
		const files = [path("mine.json"), path("mine.svg"), path("mine.scd")];
		const { code, out } = await runScd(["import", ...files, "--db", hers, "--json"]);
		const { circuits } = JSON.parse(out) as { circuits: { circuit: string }[] };
		expect({ code, names: circuits.map(({ circuit }) => circuit) }).toEqual({
			code: 0,
			names: ["mine", "mine-2", "mine-3"],
		});
	});

	test("a graph that was changed since is read as it is now, with what is known of what is still there", async () => {
		const changed = text("mine.graphml")
			.replace(/<node id="mlp_0.4@1">.*?<\/node>\n/s, "")
			.replace(/<edge source="mlp_0.4@1".*?<\/edge>\n/s, "");
		writeFileSync(path("changed.graphml"), changed);
		const other = path("changed.sqlite");
		const { code, err } = await runScd(["import", path("changed.graphml"), "--db", other]);
		expect({ code, err }).toEqual({
			code: 0,
			err: "scd: The graph was changed after this program wrote it: its nodes and edges are as they are now, without its history.\n",
		});
		const store = new Store(other);
		const document = store.circuits.load("changed");
		expect(document.nodes.map(({ id }) => id)).not.toContain("mlp_0.4@1");
		expect(document.nodes.find(({ id }) => id === "mlp_0.1@1")).toMatchObject({ activation: 2, attribution: 0.15 });
		expect(document.pins).toEqual([{ id: "mlp_0.1", order: 3 }]);
		expect(store.circuits.lastRun("changed")).toMatchObject({ modelName: "m", prompt: "hello" });
		store.dispose();
	});
});

describe("tables", () => {
	test("as CSV follow RFC 4180, and no cell is a formula", () => {
		const nodes = text("mine.nodes.csv");
		expect(nodes.split("\r\n")[0]).toBe(
			"id,kind,site,layer,feature,position,activation,attribution,token,label,label_by,joined,name,name_kind",
		);
		expect(nodes).toContain("mlp_error_0@1,error,mlp,0,,1,0.1,0.30000000000000004,,,,,error of mlp 0 @1,plain\r\n");
		// Quoted, with its quotes doubled and its line breaks kept.
		expect(nodes).toContain(`,"<script>alert(1)</script> & ""x"" 'y'`);
		expect(text("mine.edges.csv")).toContain("mlp_0.2@1,mlp_0.3@1,-1e-300\r\n");
	});

	test("as Parquet hold every number to the last bit", async () => {
		const bytes = readFileSync(path("mine.edges.parquet"));
		const rows = await parquetReadObjects({
			file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
		});
		const { edges } = JSON.parse(text("mine.json")) as { edges: object[] };
		expect(rows).toEqual(edges);
	});
});

describe("Neuronpedia's form", () => {
	interface Graph {
		metadata: Record<string, unknown>;
		qParams: { pinnedIds: string[]; supernodes: string[][] };
		nodes: Record<string, unknown>[];
		links: { source: string; target: string; weight: number }[];
	}
	const graph = () => JSON.parse(text("mine.neuronpedia.json")) as Graph;

	test("is what their schema and circuit-tracer's classes ask for, and has none of what breaks their page", () => {
		const { metadata, nodes, links, qParams } = graph();
		expect(neuronpediaGraph.parse(graph())).toEqual(graph());
		expect(listFaults(neuronpediaGraph.parse(graph()))).toEqual([]);
		expect(metadata).toMatchObject({
			slug: "mine",
			scan: "m",
			prompt: "hello",
			prompt_tokens: ["hel", "lo"],
			schema_version: 1,
		});
		// Cantor's pairing of layer 0 and index 3: 3·4/2 + 3.
		expect(nodes.find(({ node_id }) => node_id === "0_3_1")).toMatchObject({ feature: 9, layer: "0", activation: 2 });
		expect(nodes.find(({ feature_type }) => feature_type === "mlp reconstruction error")).toMatchObject({
			node_id: "0_-1_1",
			feature: -1,
		});
		// The metric is a logit here: an edge that lowers it when its source is ablated raises.
		expect(links).toContainEqual({ source: "0_3_1", target: "2_8_1", weight: 0.25 });
		expect(links).toContainEqual({ source: "0_1_1", target: "0_2_1", weight: -0.5 });
		expect(qParams.supernodes[0]?.slice(1)).toEqual(["0_1_1"]);
		expect(qParams.pinnedIds).toEqual(["0_1_1"]);
	});

	test("comes back with its sites, and what another program wrote is written again as it came", async () => {
		const other = path("theirs.sqlite");
		const theirs = graph();
		writeFileSync(path("theirs.json"), JSON.stringify(theirs));
		await runScd(["import", path("theirs.json"), "--db", other]);
		await runScd(["export", "theirs", "--db", other, "-o", path("again.neuronpedia.json")]);
		const again = JSON.parse(text("again.neuronpedia.json")) as Graph;
		expect(again.metadata).toEqual(theirs.metadata);
		expect(again.qParams).toEqual(theirs.qParams);
		const byId = (rows: Record<string, unknown>[]) =>
			[...rows].sort((a, b) => (String(a["node_id"]) < String(b["node_id"]) ? -1 : 1));
		expect(byId(again.nodes)).toEqual(byId(theirs.nodes));
		const byEnds = (links: Graph["links"]) =>
			[...links].sort((a, b) => (a.source + a.target < b.source + b.target ? -1 : 1));
		expect(byEnds(again.links)).toEqual(byEnds(theirs.links.filter(({ weight }) => weight !== 0)));
	});
});

describe("a project", () => {
	test("holds several circuits, is opened by itself, and is imported beside what is there", async () => {
		const store = new Store(mine);
		makeRichCircuit(store, "other");
		store.dispose();
		const { code } = await runScd(["export", "mine", "other", "--db", mine, "-o", path("two.scd")]);
		expect(code).toBe(0);
		const alone = await runScd(["circuits", "list", "--db", path("two.scd"), "--json"]);
		const names = (JSON.parse(alone.out) as { circuits: { name: string }[] }).circuits.map(({ name }) => name);
		expect(names.toSorted()).toEqual(["mine", "other"]);
		const before = readFileSync(path("two.scd"));
		const { out } = await runScd(["import", path("two.scd"), "--db", hers, "--json"]);
		expect(JSON.parse(out)).toMatchObject({ circuits: [{ circuit: "mine-4" }, { circuit: "other" }] });
		expect(readFileSync(path("two.scd"))).toEqual(before);
	});

	test("several circuits go into nothing else", async () => {
		const { code, err } = await runScd(["export", "mine", "mine", "--db", mine, "-o", path("x.json")]);
		expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("Only a project holds several circuits") });
	});
});
