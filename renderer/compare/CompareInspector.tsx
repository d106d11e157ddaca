import { useMemo } from "react";
import type { ViewNode } from "#shared/circuit-view";
import { describeMatch } from "#shared/compare-circuits";
import { type ComparedView, differenceOf, type Figures } from "#shared/compared-view";
import { edgeKey } from "#shared/document-diff";
import { formatNumber } from "#shared/drawing/svg-text";
import { writeName } from "#shared/naming";
import { hasPosition, withoutPosition } from "#shared/node-id";
import type { Comparison } from "../document/comparison-store.ts";
import { useDerived } from "../document/derived-store.ts";
import { useFacts } from "../document/facts-store.ts";
import { useNames } from "../document/names.ts";
import { select, setView, useView } from "../document/view-store.ts";
import { Words } from "../inspector/FeatureWords.tsx";
import { effectsOf, FigureCells, InSide, shortTitle, showFigure } from "./figures.tsx";
import "../inspector/inspector.css";

interface InspectorProps {
	readonly comparison: Comparison;
	readonly compared: ComparedView;
}

/** What is selected, as both circuits have it; what differs most where nothing is. */
export function CompareInspector({ comparison, compared }: InspectorProps) {
	const { selection, edge } = useView();
	const scene = useDerived((state) => state.scene);
	const chosen = edge === null ? undefined : scene.edges.withKey(edge);
	const [first] = selection;
	const node = compared.nodes.find(({ id }) => id === first);
	return (
		<div className="inspector">
			{chosen ? (
				<EdgeFigures
					comparison={comparison}
					compared={compared}
					source={chosen.source.node.id}
					target={chosen.target.node.id}
				/>
			) : node ? (
				<NodeFigures key={node.id} comparison={comparison} compared={compared} node={node} />
			) : (
				<Differences comparison={comparison} compared={compared} />
			)}
		</div>
	);
}

function NodeFigures({ comparison, compared, node }: InspectorProps & { readonly node: ViewNode }) {
	const name = useNames()(node.id);
	const bare = withoutPosition(node.id);
	const facts = useFacts((state) => state.facts.get(bare));
	const { attribution, activation } = compared.nodeFigures(node.id);
	const owns = [comparison.union.left, comparison.union.right].map(({ ownIds }) =>
		node.members.flatMap((id) => ownIds.get(id) ?? []),
	);
	const moved = owns.flat().some((id) => !node.members.includes(id));
	return (
		<>
			<section>
				<h2 className="heading">{node.kind === "feature" ? "Feature" : node.kind}</h2>
				<p className="compare-name" data-inspected={node.id}>
					{name.text}
				</p>
				<p className="faint mono">{hasPosition(node.id) ? `${bare} @${node.position}` : bare}</p>
				<InSide figures={attribution} />
				{moved && (
					<p className="faint">
						In its circuit it is {owns[0]?.join(", ") || "–"} left, {owns[1]?.join(", ") || "–"} right.
					</p>
				)}
			</section>
			<section>
				<h2 className="heading">Both circuits</h2>
				<FigureTable
					comparison={comparison}
					rows={[
						{ title: "Effect on the target", figures: effectsOf(attribution), show: showFigure },
						{
							title: node.kind === "logit" ? "Logit" : "Activation",
							figures: activation,
							show: (value) => (value === undefined ? "–" : formatNumber(value)),
						},
					]}
				/>
			</section>
			{facts && <Words facts={facts} />}
			<Neighbours comparison={comparison} compared={compared} node={node.id} side="in" />
			<Neighbours comparison={comparison} compared={compared} node={node.id} side="out" />
		</>
	);
}

function EdgeFigures({
	comparison,
	compared,
	source,
	target,
}: InspectorProps & { readonly source: string; readonly target: string }) {
	const names = useNames();
	const figures = compared.edgeFigures(source, target);
	return (
		<section>
			<h2 className="heading">Edge</h2>
			<div className="edge-ends">
				<button type="button" className="link" onClick={() => select([source])}>
					{writeName(names(source))}
				</button>
				<span className="faint">→</span>
				<button type="button" className="link" onClick={() => select([target])}>
					{writeName(names(target))}
				</button>
			</div>
			<InSide figures={figures} />
			<FigureTable comparison={comparison} rows={[{ title: "Direct effect", figures, show: showFigure }]} />
		</section>
	);
}

interface FigureRow {
	readonly title: string;
	readonly figures: Figures;
	show(value: number | undefined): string;
}

function FigureTable({
	comparison: { left, right },
	rows,
}: {
	readonly comparison: Comparison;
	readonly rows: readonly FigureRow[];
}) {
	return (
		<table className="edges compare-figures">
			<thead>
				<tr>
					<td />
					<th scope="col" data-number title={left.title}>
						{shortTitle(left.title)}
					</th>
					<th scope="col" data-number title={right.title}>
						{shortTitle(right.title)}
					</th>
					<th scope="col" data-number>
						difference
					</th>
				</tr>
			</thead>
			<tbody>
				{rows.map(({ title, figures, show }) => (
					<tr key={title}>
						<th scope="row">{title}</th>
						<FigureCells figures={figures} show={show} />
					</tr>
				))}
			</tbody>
		</table>
	);
}

const shownRows = 14;

/** Edges of one side, by how much they differ. */
function Neighbours({ compared, node, side }: InspectorProps & { readonly node: string; readonly side: "in" | "out" }) {
	const { edges } = compared;
	const number = edges.numberOf(node);
	const rows = Array.from(side === "in" ? edges.into(number) : edges.outOf(number), (at) => {
		const [source, target] = [edges.ids[edges.sources[at] as number], edges.ids[edges.targets[at] as number]];
		return { source: source as string, target: target as string };
	});
	return (
		<ComparedRows
			title={`Edges ${side} · ${rows.length}`}
			head={side === "in" ? "from" : "to"}
			rows={rows.map(({ source, target }) => ({
				key: edgeKey({ source, target }),
				id: side === "in" ? source : target,
				figures: compared.edgeFigures(source, target),
				choose: () => setView({ edge: edgeKey({ source, target }), selection: new Set() }),
			}))}
		/>
	);
}

/** The nodes and edges that differ most. */
function Differences({ comparison: { left, right, union }, compared }: InspectorProps) {
	const edgesLeft = left.edgesLeft + right.edgesLeft;
	const names = useNames();
	const nodes = useMemo(
		() =>
			compared.nodes
				.filter(({ kind }) => kind !== "token" && kind !== "logit")
				.map(({ id }) => ({
					key: id,
					id,
					figures: effectsOf(compared.nodeFigures(id).attribution),
					choose: () => select([id]),
				})),
		[compared],
	);
	const edges = useMemo(
		() =>
			compared.edges.map(({ source, target }) => ({
				key: edgeKey({ source, target }),
				id: source,
				name: `${writeName(names(source))} → ${writeName(names(target))}`,
				figures: compared.edgeFigures(source, target),
				choose: () => setView({ edge: edgeKey({ source, target }), selection: new Set() }),
			})),
		[compared, names],
	);
	return (
		<>
			<section>
				<h2 className="heading">How it is matched</h2>
				<p className="muted">{describeMatch(union.match)}</p>
				{edgesLeft > 0 && (
					<p className="faint">The weakest {edgesLeft.toLocaleString("en")} edges are too many to be compared here.</p>
				)}
				<p className="faint">Nothing is changed while you compare.</p>
			</section>
			<ComparedRows title="Nodes that differ most" head="effect on the target" rows={nodes} />
			<ComparedRows title="Edges that differ most" head="direct effect" rows={edges} />
		</>
	);
}

interface ComparedRow {
	readonly key: string;
	readonly id: string;
	readonly name?: string;
	readonly figures: Figures;
	choose(): void;
}

function ComparedRows({
	title,
	head,
	rows,
}: {
	readonly title: string;
	readonly head: string;
	readonly rows: readonly ComparedRow[];
}) {
	const names = useNames();
	if (rows.length === 0) return null;
	const sorted = rows
		.toSorted((a, b) => Math.abs(differenceOf(b.figures)) - Math.abs(differenceOf(a.figures)))
		.slice(0, shownRows);
	return (
		<section>
			<h2 className="heading">{title}</h2>
			<table className="edges compare-rows">
				<thead>
					<tr>
						<th scope="col">{head}</th>
						<th scope="col" data-number>
							left
						</th>
						<th scope="col" data-number>
							right
						</th>
						<th scope="col" data-number>
							difference
						</th>
					</tr>
				</thead>
				<tbody>
					{sorted.map(({ key, id, name = writeName(names(id)), figures, choose }) => (
						<tr key={key}>
							<td>
								<button type="button" className="link cut" title={`${name} (${id})`} onClick={choose}>
									{name}
								</button>
							</td>
							<FigureCells figures={figures} />
						</tr>
					))}
				</tbody>
			</table>
			{rows.length > shownRows && <p className="faint">The table (Shift T) lists all {rows.length}.</p>}
		</section>
	);
}
