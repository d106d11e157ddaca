import { useState } from "react";
import type { CircuitEdge } from "#shared/circuit";
import type { ViewNode } from "#shared/circuit-view";
import { edgeKey } from "#shared/document-diff";
import { describeJoined, tokenOf } from "#shared/drawing/card-content";
import { nodeStyle } from "#shared/drawing/node-style";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { edgeEffect, nodeEffect, signed } from "#shared/effect";
import { writeName } from "#shared/naming";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { select, setView, useView } from "../document/view-store.ts";
import { Segments } from "../ui/Segments.tsx";
import { type Column, RowTable, sortByNumber, sortByText } from "./RowTable.tsx";
import "./table.css";

/** The circuit in rows: for screen readers, and for those who want the numbers. It shows what the canvas shows. */
export function CircuitTable() {
	const [what, setWhat] = useState<"nodes" | "edges">("nodes");
	return (
		<div className="table-area">
			<div className="table-switch">
				<Segments<"nodes" | "edges">
					label="What is listed"
					value={what}
					options={[
						{ value: "nodes", label: "Nodes" },
						{ value: "edges", label: "Edges" },
					]}
					onChange={(value) => setWhat(value)}
				/>
			</div>
			{what === "nodes" ? <NodeTable /> : <EdgeRows />}
		</div>
	);
}

function NodeTable() {
	const nodes = useDerived((state) => state.filtered.nodes);
	const nameOf = useNames();
	const run = useDocument((state) => state.run);
	const question = useQuestion();
	const selection = useView((state) => state.selection);
	const columns: readonly Column<ViewNode>[] = [
		{ id: "id", title: "Node", read: ({ id, name }) => name ?? id },
		{ id: "name", title: "Name", read: ({ id }) => writeName(nameOf(id)) },
		{
			id: "kind",
			title: "Kind",
			read: (node) => (node.kind === "group" ? "supernode" : nodeStyle({ ...node, kind: node.kind })),
		},
		{ id: "layer", title: "Layer", numeric: true, read: ({ layer }) => layer ?? "" },
		{
			id: "position",
			title: "Position",
			numeric: true,
			read: ({ position, joined }) => (joined === undefined ? position : ""),
		},
		{
			id: "token",
			title: "Token",
			read: (node) => (node.joined === undefined ? showToken(tokenOf(node, run)) : describeJoined(node.joined)),
		},
		{
			id: "activation",
			title: "Activation",
			numeric: true,
			read: ({ activation }) => formatNumber(activation),
			weigh: ({ activation }) => activation,
		},
		{
			id: "effect",
			title: "Effect on the target",
			numeric: true,
			read: ({ attribution }) => signed(nodeEffect(question, attribution)),
			weigh: ({ attribution }) => Math.abs(attribution),
		},
		{
			id: "attribution",
			title: "As computed",
			numeric: true,
			read: ({ attribution }) => formatNumber(attribution),
			weigh: ({ attribution }) => attribution,
		},
	];
	return (
		<RowTable
			name="Nodes"
			rows={nodes}
			columns={columns}
			keyOf={({ id }) => id}
			isChosen={({ id }) => selection.has(id)}
			onChoose={({ id }) => select([id])}
			sortedBy="effect"
		/>
	);
}

function EdgeRows() {
	const edges = useDerived((state) => state.filtered.edges);
	const chosen = useView((state) => state.edge);
	const question = useQuestion();
	const columns: readonly Column<CircuitEdge>[] = [
		{
			id: "source",
			title: "From",
			read: ({ source }) => source,
			sorted: () => sortByText(edges.sources, edges.ids),
		},
		{
			id: "target",
			title: "To",
			read: ({ target }) => target,
			sorted: () => sortByText(edges.targets, edges.ids),
		},
		{
			id: "sign",
			title: "Sign",
			read: ({ weight }) => (edgeEffect(question, weight) > 0 ? "raises" : "lowers"),
			sorted: () =>
				sortByText(
					edges.weights.map((weight) => (edgeEffect(question, weight) > 0 ? 1 : 0)),
					["lowers", "raises"],
				),
		},
		{
			id: "weight",
			title: "Effect on the target",
			numeric: true,
			read: ({ weight }) => signed(edgeEffect(question, weight)),
			// They come strongest first.
			sorted: () => Uint32Array.from({ length: edges.length }, (_, i) => edges.length - 1 - i),
		},
		{
			id: "computed",
			title: "As computed",
			numeric: true,
			read: ({ weight }) => formatNumber(weight),
			sorted: () => sortByNumber(edges.weights),
		},
	];
	return (
		<RowTable
			name="Edges"
			rows={edges}
			columns={columns}
			keyOf={edgeKey}
			isChosen={(edge) => edgeKey(edge) === chosen}
			onChoose={(edge) => setView({ edge: edgeKey(edge), selection: new Set() })}
			sortedBy="weight"
		/>
	);
}
