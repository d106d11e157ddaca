import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import type { CircuitEdge } from "#shared/circuit";
import type { ViewNode } from "#shared/circuit-view";
import { edgeKey } from "#shared/document-diff";
import { describeJoined, tokenOf } from "#shared/drawing/card-content";
import { nodeStyle } from "#shared/drawing/node-style";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { groupByNode } from "#shared/edge-list";
import { edgeEffect, nodeEffect, signed } from "#shared/effect";
import { writeName } from "#shared/naming";
import type { Rows } from "#shared/rows";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { select, setView, useView } from "../document/view-store.ts";
import { Segments } from "../ui/Segments.tsx";
import "./table.css";

interface Column<Row> {
	readonly id: string;
	readonly title: string;
	readonly numeric?: boolean;
	read(row: Row): string | number;
	/** By what it is sorted, where that is not what is read. */
	weigh?(row: Row): string | number;
	/** Numbers of the rows in ascending order, where that is known without looking at each. */
	sorted?(): Uint32Array;
}

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

interface RowsProps<Row> {
	readonly name: string;
	readonly rows: Rows<Row>;
	readonly columns: readonly Column<Row>[];
	readonly sortedBy: string;
	keyOf(row: Row): string;
	isChosen(row: Row): boolean;
	onChoose(row: Row): void;
}

const rowHeight = 28;

/** Numbers of the rows in the order of a column. */
function sortRows<Row>(rows: Rows<Row>, column: Column<Row>, up: boolean): ArrayLike<number> {
	if (column.sorted) return up ? column.sorted() : column.sorted().reverse();
	const { weigh = column.read } = column;
	const values = rows.map((row) => weigh(row));
	const direction = up ? 1 : -1;
	return values
		.map((_, i) => i)
		.sort((a, b) => {
			const [x, y] = [values[a] as string | number, values[b] as string | number];
			return (
				direction *
				(typeof x === "number" && typeof y === "number"
					? x - y
					: String(x).localeCompare(String(y), "en", { numeric: true }))
			);
		});
}

/** Numbers of the rows by the text that each has, which is one of a few: by counting. */
function sortByText(texts: ArrayLike<number>, names: readonly string[]): Uint32Array {
	const { compare } = new Intl.Collator("en", { numeric: true });
	const ranked = names.map((_, i) => i).sort((a, b) => compare(names[a] as string, names[b] as string));
	const { starts, edges } = groupByNode(texts, names.length);
	const order = new Uint32Array(texts.length);
	let at = 0;
	for (const name of ranked) {
		const mine = edges.subarray(starts[name], starts[name + 1]);
		order.set(mine, at);
		at += mine.length;
	}
	return order;
}

/** The smallest first. */
const sortByNumber = (numbers: Float64Array): Uint32Array =>
	Uint32Array.from(numbers.keys()).sort((a, b) => (numbers[a] as number) - (numbers[b] as number));

/** A sorted table of which only the rows in view exist. */
function RowTable<Row>({ name, rows, columns, sortedBy, keyOf, isChosen, onChoose }: RowsProps<Row>) {
	const [sort, setSort] = useState({ by: sortedBy, up: false });
	const scroller = useRef<HTMLDivElement>(null);
	const column = columns.find(({ id }) => id === sort.by) ?? columns[0];
	// biome-ignore lint/correctness/useExhaustiveDependencies: columns are made anew each time, and say the same.
	const order = useMemo(() => (column ? sortRows(rows, column, sort.up) : []), [rows, sort]);
	const virtual = useVirtualizer({
		count: order.length,
		getScrollElement: () => scroller.current,
		estimateSize: () => rowHeight,
		overscan: 12,
	});
	return (
		<div className="table-scroller" ref={scroller} tabIndex={0} role="region" aria-label={name}>
			<div
				role="table"
				aria-label={name}
				aria-rowcount={order.length + 1}
				style={{ ["--columns" as string]: columns.length }}
			>
				<div role="row" className="table-row table-head" aria-rowindex={1}>
					{columns.map(({ id, title, numeric }) => (
						<div
							key={id}
							role="columnheader"
							data-number={numeric}
							aria-sort={sort.by === id ? (sort.up ? "ascending" : "descending") : "none"}
						>
							<button type="button" onClick={() => setSort({ by: id, up: sort.by === id ? !sort.up : !numeric })}>
								{title} {sort.by === id && (sort.up ? "↑" : "↓")}
							</button>
						</div>
					))}
				</div>
				<div style={{ height: virtual.getTotalSize(), position: "relative" }} role="rowgroup">
					{virtual.getVirtualItems().map(({ index, start }) => {
						const row = rows.at(order[index] ?? rows.length);
						if (row === undefined) return null;
						return (
							<div
								key={keyOf(row)}
								role="row"
								tabIndex={0}
								className="table-row"
								aria-rowindex={index + 2}
								data-chosen={isChosen(row) || undefined}
								style={{ position: "absolute", top: 0, width: "100%", transform: `translateY(${start}px)` }}
								onClick={() => onChoose(row)}
								onKeyDown={(event) => {
									if (event.key === "Enter" || event.key === " ") {
										event.preventDefault();
										onChoose(row);
									}
								}}
							>
								{columns.map(({ id, numeric, read }) => (
									<div key={id} role="cell" className="cut mono" data-number={numeric}>
										{read(row)}
									</div>
								))}
							</div>
						);
					})}
				</div>
			</div>
		</div>
	);
}
