import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { groupByNode } from "#shared/edge-list";
import type { Rows } from "#shared/rows";
import "./table.css";

export interface Column<Row> {
	readonly id: string;
	readonly title: string;
	/** The title in full. */
	readonly hint?: string;
	readonly numeric?: boolean;
	read(row: Row): string | number;
	/** By what it is sorted, where that is not what is read. */
	weigh?(row: Row): string | number;
	/** Numbers of the rows in ascending order, where that is known without looking at each. */
	sorted?(): Uint32Array;
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
export function sortByText(texts: ArrayLike<number>, names: readonly string[]): Uint32Array {
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
export const sortByNumber = (numbers: Float64Array): Uint32Array =>
	Uint32Array.from(numbers.keys()).sort((a, b) => (numbers[a] as number) - (numbers[b] as number));

/** A sorted table of which only the rows in view exist. */
export function RowTable<Row>({ name, rows, columns, sortedBy, keyOf, isChosen, onChoose }: RowsProps<Row>) {
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
					{columns.map(({ id, title, hint, numeric }) => (
						<div
							key={id}
							role="columnheader"
							data-number={numeric}
							aria-sort={sort.by === id ? (sort.up ? "ascending" : "descending") : "none"}
						>
							<button
								type="button"
								className="cut"
								title={hint ?? title}
								onClick={() => setSort({ by: id, up: sort.by === id ? !sort.up : !numeric })}
							>
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
