import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";
import type { CircuitEdge } from "#shared/circuit";
import { edgeKey } from "#shared/document-diff";
import { describeJoined, tokenOf } from "#shared/drawing/card-content";
import { nodeStyle } from "#shared/drawing/node-style";
import { showToken } from "#shared/drawing/svg-text";
import { edgeEffect, sayEdge, signed } from "#shared/effect";
import { withoutPosition } from "#shared/node-id";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useEdgesOf } from "../document/node-edges.ts";
import { useQuestion } from "../document/question.ts";
import { useShownLabels } from "../document/shown-labels.ts";
import { setView } from "../document/view-store.ts";

interface EdgeTablesProps {
	readonly node: string;
	/** Shows the node at the other end. */
	onGo(id: string): void;
}

type EdgeTableProps = EdgeTablesProps & ReturnType<typeof useEdgesOf> & { readonly side: "in" | "out" };

type Column = "node" | "label" | "weight";
const shownFirst = 12;

/** Edges into and out of a node. */
export function EdgeTables(props: EdgeTablesProps) {
	const edges = useEdgesOf(props.node);
	return (
		<>
			<EdgeTable {...props} {...edges} side="in" />
			<EdgeTable {...props} {...edges} side="out" />
		</>
	);
}

/** Those of one side, sorted as one likes. */
function EdgeTable({ node, side, edges, isPartial, onGo }: EdgeTableProps) {
	const view = useDerived((state) => state.view);
	const labels = useShownLabels();
	const run = useDocument((state) => state.run);
	const question = useQuestion();
	const [sort, setSort] = useState<{ readonly by: Column; readonly up: boolean }>({ by: "weight", up: false });
	const [all, setAll] = useState(false);
	const byId = new Map(view.nodes.map((one) => [one.id, one]));
	const number = edges.numberOf(node);
	const rows = Array.from(side === "in" ? edges.into(number) : edges.outOf(number)).flatMap((at) => {
		const edge = edges.at(at) as CircuitEdge;
		const other = byId.get(side === "in" ? edge.source : edge.target);
		if (!other) return [];
		const label =
			other.name ??
			labels.get(withoutPosition(other.id))?.text ??
			(other.joined === undefined ? showToken(tokenOf(other, run)) : describeJoined(other.joined));
		return [{ edge, other, label }];
	});
	const direction = sort.up ? 1 : -1;
	rows.sort((a, b) => {
		if (sort.by === "weight") return direction * (Math.abs(a.edge.weight) - Math.abs(b.edge.weight));
		const [x, y] = sort.by === "node" ? [a.other.id, b.other.id] : [a.label, b.label];
		return direction * x.localeCompare(y, "en", { numeric: true });
	});
	const total = rows.reduce((sum, { edge }) => sum + edge.weight, 0);
	const head = (by: Column, title: string) => (
		<th
			key={by}
			aria-sort={sort.by === by ? (sort.up ? "ascending" : "descending") : "none"}
			data-number={by === "weight" || undefined}
		>
			<button type="button" onClick={() => setSort({ by, up: sort.by === by ? !sort.up : by !== "weight" })}>
				{title}
				{sort.by === by && (sort.up ? <ArrowUp size={11} aria-hidden /> : <ArrowDown size={11} aria-hidden />)}
			</button>
		</th>
	);
	if (rows.length === 0) return null;
	return (
		<section>
			<h2 className="heading">
				Edges {side} · {rows.length.toLocaleString("en")}
				{isPartial && ", the strongest …"}
				<span className="faint heading-side" title="Sum of these direct effects">
					Σ {signed(edgeEffect(question, total))}
				</span>
			</h2>
			<table className="edges">
				<thead>
					<tr>
						{head("node", side === "in" ? "from" : "to")}
						{head("label", "label")}
						{head("weight", "effect")}
					</tr>
				</thead>
				<tbody>
					{rows.slice(0, all ? rows.length : shownFirst).map(({ edge, other, label }) => {
						const effect = edgeEffect(question, edge.weight);
						return (
							<tr key={other.id}>
								<td>
									<button
										type="button"
										className="link mono cut"
										data-kind={other.kind === "group" ? "group" : nodeStyle({ ...other, kind: other.kind })}
										onClick={() => onGo(other.id)}
									>
										{other.id}
									</button>
								</td>
								<td className="cut" title={label}>
									{label}
								</td>
								<td data-number>
									<button
										type="button"
										className={`link mono ${effect > 0 ? "raises" : "lowers"}`}
										title={sayEdge(question, effect)}
										onClick={() => setView({ edge: edgeKey(edge), selection: new Set() })}
									>
										{signed(effect)}
									</button>
								</td>
							</tr>
						);
					})}
				</tbody>
			</table>
			{rows.length > shownFirst && (
				<button type="button" className="link" onClick={() => setAll(!all)}>
					{all ? "Fewer" : `All ${rows.length.toLocaleString("en")}`}
				</button>
			)}
		</section>
	);
}
