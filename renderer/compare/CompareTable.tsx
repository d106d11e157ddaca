import { useState } from "react";
import type { CircuitEdge } from "#shared/circuit";
import type { ViewNode } from "#shared/circuit-view";
import { type ComparedView, differenceOf } from "#shared/compared-view";
import { edgeKey } from "#shared/document-diff";
import { tokenOf } from "#shared/drawing/card-content";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { writeName } from "#shared/naming";
import { withoutPosition } from "#shared/node-id";
import type { Comparison } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useNames } from "../document/names.ts";
import { useShownRun } from "../document/shown-run.ts";
import { select, setView, useView } from "../document/view-store.ts";
import { type Column, RowTable } from "../table/RowTable.tsx";
import { Segments } from "../ui/Segments.tsx";
import { effectsOf, sayIn, shortTitle, showFigure } from "./figures.tsx";

interface TableProps {
	readonly comparison: Comparison;
	readonly compared: ComparedView;
}

/** What is shown of two circuits in rows, with the figures of both beside one another. */
export function CompareTable(props: TableProps) {
	const [what, setWhat] = useState<"nodes" | "edges">("nodes");
	return (
		<div className="table-area" data-wide>
			<div className="table-switch">
				<Segments<"nodes" | "edges">
					label="What is listed"
					value={what}
					options={[
						{ value: "nodes", label: "Nodes" },
						{ value: "edges", label: "Edges" },
					]}
					onChange={setWhat}
				/>
			</div>
			{what === "nodes" ? <Nodes {...props} /> : <Edges {...props} />}
		</div>
	);
}

function Nodes({ comparison: { left, right }, compared }: TableProps) {
	const nodes = useDerived((state) => state.filtered.nodes);
	const selection = useView((state) => state.selection);
	const names = useNames();
	const run = useShownRun();
	const effects = (id: string) => effectsOf(compared.nodeFigures(id).attribution);
	const columns: readonly Column<ViewNode>[] = [
		{ id: "name", title: "Node", read: ({ id }) => writeName(names(id)) },
		figure(left.title, "effect", "left", ({ id }) => effects(id).left),
		figure(right.title, "effect", "right", ({ id }) => effects(id).right),
		difference(({ id }) => differenceOf(effects(id))),
		{ id: "side", title: "In", read: ({ id }) => sayIn(effects(id)) },
		activation(left.title, "activation-left", ({ id }) => compared.nodeFigures(id).activation.left),
		activation(right.title, "activation-right", ({ id }) => compared.nodeFigures(id).activation.right),
		{ id: "token", title: "Token", read: (node) => showToken(tokenOf(node, run)) },
		{ id: "id", title: "Id", read: ({ id }) => withoutPosition(id) },
	];
	return (
		<RowTable
			name="Nodes of both circuits"
			rows={nodes}
			columns={columns}
			keyOf={({ id }) => id}
			isChosen={({ id }) => selection.has(id)}
			onChoose={({ id }) => select([id])}
			sortedBy="difference"
		/>
	);
}

function Edges({ comparison: { left, right }, compared }: TableProps) {
	const edges = useDerived((state) => state.filtered.edges);
	const chosen = useView((state) => state.edge);
	const names = useNames();
	const weights = ({ source, target }: CircuitEdge) => compared.edgeFigures(source, target);
	const columns: readonly Column<CircuitEdge>[] = [
		{ id: "source", title: "From", read: ({ source }) => writeName(names(source)) },
		{ id: "target", title: "To", read: ({ target }) => writeName(names(target)) },
		figure(left.title, "weight", "left", (edge) => weights(edge).left),
		figure(right.title, "weight", "right", (edge) => weights(edge).right),
		difference((edge) => differenceOf(weights(edge))),
		{ id: "side", title: "In", read: (edge) => sayIn(weights(edge)) },
	];
	return (
		<RowTable
			name="Edges of both circuits"
			rows={edges}
			columns={columns}
			keyOf={edgeKey}
			isChosen={(edge) => edgeKey(edge) === chosen}
			onChoose={(edge) => setView({ edge: edgeKey(edge), selection: new Set() })}
			sortedBy="difference"
		/>
	);
}

type Read<Row> = (row: Row) => number | undefined;

function figure<Row>(circuit: string, what: string, id: string, read: Read<Row>): Column<Row> {
	return {
		id,
		title: `${shortTitle(circuit)}, ${what}`,
		hint: `${circuit}, ${what}`,
		numeric: true,
		read: (row) => showFigure(read(row)),
		weigh: (row) => Math.abs(read(row) ?? 0),
	};
}

function activation<Row>(circuit: string, id: string, read: Read<Row>): Column<Row> {
	const show = (value: number | undefined) => (value === undefined ? "–" : formatNumber(value));
	return {
		...figure(circuit, "activation", id, read),
		read: (row) => show(read(row)),
		weigh: (row) => read(row) ?? 0,
	};
}

/** Right less left. */
function difference<Row>(read: (row: Row) => number): Column<Row> {
	return {
		id: "difference",
		title: "Difference",
		hint: "Right less left; what one circuit has not counts as 0",
		numeric: true,
		read: (row) => showFigure(read(row)),
		weigh: (row) => Math.abs(read(row)),
	};
}
