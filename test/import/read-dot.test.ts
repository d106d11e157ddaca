import { expect, test } from "vitest";
import { buildCircuitDot } from "../../main/export/circuit-dot.ts";
import { sourceOfText } from "../../main/import/import-source.ts";
import { readDotCircuit } from "../../main/import/read-dot.ts";
import { readImportFile } from "../../main/import/read-file.ts";

function readGraph(text: string) {
	const read = readDotCircuit(text);
	if (read.kind !== "graph") throw new Error("It is a circuit of ours");
	return { circuit: read.graph.circuit, notes: read.notes };
}

const seeds = `strict digraph "" {
	graph [bb="0,0,1,1"];
	node [label="\\N"];
	"10.4105" [label=<<TABLE><TR><TD>10.4105</TD></TR><TR><TD BGCOLOR="#6666ff">&lt;the&gt; "quoted" { } -&gt;</TD></TR></TABLE>>, shape=plain];
	subgraph cluster { "resid_11.7"; }
	"mlp_error_8.0" [label=x];
	"10.4105" -> "resid_11.7" [color="#ff000080"];
	"mlp_error_8.0" -> "10.4105" [color="#0000ffff", arrowsize="1.5"];
	"attn_9.3" -> "10.4105" [color="#00ff0033"];
}`;

test("a graph of the seed keeps nodes, edges, signs and relative magnitudes", () => {
	const { circuit, notes } = readGraph(seeds);
	expect(circuit.nodes.map(({ id, kind, site, layer, feature }) => [id, kind, site, layer, feature])).toEqual([
		["resid_10.4105", "feature", "resid", 10, 4105],
		["resid_11.7", "feature", "resid", 11, 7],
		["mlp_error_8", "error", "mlp", 8, undefined],
		["attn_9.3", "feature", "attn", 9, 3],
	]);
	expect(circuit.edges.map(({ source, target }) => [source, target])).toEqual([
		["resid_10.4105", "resid_11.7"],
		["mlp_error_8", "resid_10.4105"],
		["attn_9.3", "resid_10.4105"],
	]);
	// Red lowers, which in our sign is positive: ablating the source raises the target.
	expect(circuit.edges.map(({ weight }) => Math.round(255 * weight))).toEqual([128, -255, -51]);
	expect(notes).toEqual([]);
});

test("what we export is read back with its own weights", () => {
	const circuit = {
		nodes: [
			{
				id: "mlp_0.1@2",
				kind: "feature",
				site: "mlp",
				layer: 0,
				feature: 1,
				position: 2,
				activation: 0,
				attribution: 0,
			},
			{ id: "logit.8@3", kind: "logit", feature: 8, position: 3, activation: 0, attribution: 0 },
		],
		edges: [{ source: "mlp_0.1@2", target: "logit.8@3", weight: -0.125 }],
	} as const;
	const text = buildCircuitDot(circuit, { facts: new Map(), metricName: "logit(8)", tokenOf: () => 'a "b"' });
	expect(readGraph(text).circuit).toEqual(circuit);
});

test("strange names are left out and said, and a graph without ours is refused", () => {
	const { circuit, notes } = readGraph('digraph { a -> "3.1" -> "4.2"; }');
	expect(circuit.edges).toEqual([{ source: "resid_3.1", target: "resid_4.2", weight: -1 }]);
	expect(notes).toEqual([
		"1 nodes with other names were left out: a.",
		"1 edges without a colour count as raising, with the largest magnitude.",
	]);
	expect(() => readDotCircuit("digraph { a -> b }")).toThrow(/no node that is a feature/);
	expect(() => readDotCircuit("not a graph")).toThrow(/no graph in Graphviz's language/);
});

test("of a graph that is too large its strongest part is kept, and said", async () => {
	const edges = Array.from({ length: 30 }, (_, i) => `"1.${i}" -> "2.${i % 3}" [weight_value="${i}"];`);
	const source = sourceOfText(`digraph { ${edges.join(" ")} }`, "large.dot");
	const read = await readImportFile(source, { maxNodes: 6, maxEdges: 2 });
	if (read.kind !== "graph") throw new Error("It is a circuit of ours");
	expect(read.graph.circuit.edges).toEqual([
		{ source: "resid_1.28", target: "resid_2.1", weight: 28 },
		{ source: "resid_1.29", target: "resid_2.2", weight: 29 },
	]);
	expect(read.notes).toEqual(["The strongest 6 of 33 nodes and 2 of 29 edges were kept; the rest was left out."]);
});
