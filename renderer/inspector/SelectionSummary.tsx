import { useMemo } from "react";
import type { ViewNode } from "#shared/circuit-view";
import type { EdgeList } from "#shared/edge-list";
import { edgeEffect, nodeEffect, signed } from "#shared/effect";
import { writeName } from "#shared/naming";
import { runAction } from "../actions/actions.ts";
import { selectedFeatures } from "../actions/selection.ts";
import { useDerived } from "../document/derived-store.ts";
import { useNames } from "../document/names.ts";
import { useQuestion } from "../document/question.ts";
import { count } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { ScoreTable } from "./ScoreTable.tsx";

/** Several nodes: what they add up to, and what flows into, out of and between them. */
export function SelectionSummary({ nodes }: { readonly nodes: readonly ViewNode[] }) {
	const edges = useDerived((state) => state.view.edges);
	const sums = useMemo(() => sumFlows(edges, nodes), [edges, nodes]);
	const question = useQuestion();
	const nameOf = useNames();
	const kinds = Map.groupBy(nodes, ({ kind }) => kind);
	return (
		<>
			<section>
				<h2 className="heading">{count(nodes.length, "node")} selected</h2>
				<p className="muted">{[...kinds].map(([kind, members]) => count(members.length, kind)).join(", ")}</p>
				<dl className="numbers">
					<div>
						<dt>Effects on the target, sum</dt>
						<dd>
							{signed(
								nodeEffect(
									question,
									nodes.reduce((sum, { attribution }) => sum + attribution, 0),
								),
							)}
						</dd>
					</div>
					<div>
						<dt>Edges in, sum</dt>
						<dd>{signed(edgeEffect(question, sums.into))}</dd>
					</div>
					<div>
						<dt>Edges out, sum</dt>
						<dd>{signed(edgeEffect(question, sums.out))}</dd>
					</div>
					<div>
						<dt>Between them, sum</dt>
						<dd>{signed(edgeEffect(question, sums.within))}</dd>
					</div>
				</dl>
				<div className="node-actions">
					<Button onClick={() => runAction("group")}>Group</Button>
					<Button onClick={() => runAction("pin")} disabled={selectedFeatures().length === 0}>
						Pin
					</Button>
					<Button onClick={() => runAction("hide")}>Hide</Button>
					<Button onClick={() => runAction("align-row")}>Align</Button>
				</div>
			</section>
			<ScoreTable part={{ name: "What is selected", nodes }} />
			<section>
				<h2 className="heading">Selected</h2>
				<ul className="rows">
					{nodes
						.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
						.slice(0, 60)
						.map(({ id, attribution }) => (
							<li key={id} title={id}>
								<span className="cut" data-name={nameOf(id).kind}>
									{writeName(nameOf(id))}
								</span>
								<span className="mono">{signed(nodeEffect(question, attribution))}</span>
							</li>
						))}
				</ul>
			</section>
		</>
	);
}

function sumFlows({ ids, sources, targets, weights }: EdgeList, nodes: readonly ViewNode[]) {
	const selected = new Set(nodes.map(({ id }) => id));
	const isSelected = ids.map((id) => selected.has(id));
	const sums = { into: 0, out: 0, within: 0 };
	for (let i = 0; i < weights.length; i++) {
		const [from, to] = [isSelected[sources[i] as number], isSelected[targets[i] as number]];
		const weight = weights[i] as number;
		if (from && to) sums.within += weight;
		else if (from) sums.out += weight;
		else if (to) sums.into += weight;
	}
	return sums;
}
