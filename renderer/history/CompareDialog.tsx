import { useEffect, useMemo, useState } from "react";
import type { Circuit, CircuitNode } from "#shared/circuit";
import { compareCircuits } from "#shared/compare-circuits";
import { nodeEffect, noQuestion, type Question, signed } from "#shared/effect";
import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { client } from "../bridge/connection.ts";
import { useDocument } from "../document/document-store.ts";
import { reportError, useSession } from "../document/session-store.ts";
import { count } from "../ui/amounts.ts";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { ComparisonPicture } from "./ComparisonPicture.tsx";

interface State {
	readonly circuit: Circuit;
	readonly question: Question;
}

/** Two circuits, or two states of one: what is common, what only left, what only right. */
export function CompareDialog() {
	const circuits = useSession((state) => state.circuits);
	const { name, step } = useDocument();
	const subject = useWorkspace((state) => state.subject);
	const here = name ?? "";
	const [left, setLeft] = useState(subject === null ? here : `${here}@${subject}`);
	const [right, setRight] = useState(
		subject === null ? (circuits.find((one) => one.name !== here)?.name ?? `${here}@1`) : here,
	);
	const [pair, setPair] = useState<readonly [State, State]>();
	useEffect(() => {
		let wanted = true;
		Promise.all([loadState(left), loadState(right)])
			.then((loaded) => wanted && setPair(loaded))
			.catch(reportError);
		return () => {
			wanted = false;
		};
	}, [left, right]);
	const options = [
		...circuits.map((circuit) => ({ value: circuit.name, label: circuit.name })),
		...Array.from({ length: Math.min(step, 60) }, (_, i) => ({
			value: `${here}@${step - i}`,
			label: `${here}, step ${step - i}`,
		})),
	];
	const compared = useMemo(() => pair && compareCircuits(pair[0].circuit, pair[1].circuit), [pair]);
	return (
		<DialogFrame
			title="Compare"
			lead="Nodes and edges with the same ids are common to both; where weights differ, both are told."
			width={1040}
			onClose={closeDialog}
		>
			<div className="compare-pick">
				<div className="field">
					<span className="field-label">Left</span>
					<SelectField label="Left circuit" value={left} options={options} onChange={setLeft} />
				</div>
				<span className="faint">with</span>
				<div className="field">
					<span className="field-label">Right</span>
					<SelectField label="Right circuit" value={right} options={options} onChange={setRight} />
				</div>
			</div>
			{compared && pair && (
				<>
					<div className="compare-counts">
						<Counts
							title="Common"
							tone="var(--ink3)"
							nodes={compared.nodes.common.length}
							edges={compared.edges.common.length}
						/>
						<Counts
							title={`Only ${left}`}
							tone="var(--raise)"
							nodes={compared.nodes.left.length}
							edges={compared.edges.left.length}
						/>
						<Counts
							title={`Only ${right}`}
							tone="var(--lower)"
							dashed
							nodes={compared.nodes.right.length}
							edges={compared.edges.right.length}
						/>
					</div>
					<ComparisonPicture left={pair[0].circuit} right={pair[1].circuit} nodes={compared.nodes} />
					<div className="compare-list">
						<NodeList
							title="Common, by change of the effect"
							nodes={compared.nodes.common
								.filter(([a, b]) => effectOf(a, pair[0]) !== effectOf(b, pair[1]))
								.toSorted(
									([a, b], [c, d]) => Math.abs(d.attribution - c.attribution) - Math.abs(b.attribution - a.attribution),
								)
								.map(([a, b]) => ({
									id: a.id,
									text: `${effectOf(a, pair[0])} → ${effectOf(b, pair[1])}`,
								}))}
						/>
						<NodeList title={`Only ${left}`} nodes={strongest(compared.nodes.left, pair[0])} />
						<NodeList title={`Only ${right}`} nodes={strongest(compared.nodes.right, pair[1])} />
					</div>
				</>
			)}
		</DialogFrame>
	);
}

/** `name` as it is now, or `name@step`. */
async function loadState(which: string): Promise<State> {
	const [, name = which, step] = /^(.*)@(\d+)$/s.exec(which) ?? [];
	const { document, run } = await client.call("circuits.load", { name });
	const circuit = step === undefined ? document : await client.call("circuits.stateAt", { name, step: Number(step) });
	return { circuit, question: run ?? noQuestion };
}

const effectOf = ({ attribution }: CircuitNode, { question }: State) => signed(nodeEffect(question, attribution));

function Counts({
	title,
	tone,
	dashed,
	nodes,
	edges,
}: {
	readonly title: string;
	/** As its nodes are outlined in the picture. */
	readonly tone: string;
	readonly dashed?: true;
	readonly nodes: number;
	readonly edges: number;
}) {
	return (
		<div style={{ ["--tone" as string]: tone }} data-dashed={dashed}>
			<span className="faint cut">{title}</span>
			<b>{count(nodes, "node")}</b>
			<span className="faint">{count(edges, "edge")}</span>
		</div>
	);
}

const strongest = (nodes: readonly CircuitNode[], state: State) =>
	nodes
		.toSorted((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution))
		.map((node) => ({ id: node.id, text: effectOf(node, state) }));

function NodeList({
	title,
	nodes,
}: {
	readonly title: string;
	readonly nodes: readonly { readonly id: string; readonly text: string }[];
}) {
	return (
		<section>
			<h3 className="heading cut">{title}</h3>
			<ul className="rows">
				{nodes.slice(0, 40).map(({ id, text }) => (
					<li key={id}>
						<span className="mono cut">{id}</span>
						<span className="mono faint">{text}</span>
					</li>
				))}
				{nodes.length > 40 && <li className="faint">and {nodes.length - 40} more</li>}
			</ul>
		</section>
	);
}
