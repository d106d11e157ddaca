import type { CircuitNode } from "#shared/circuit";
import type { RunDescription } from "#shared/contract/results";
import { describeChoice, nameMetric, nameProvider } from "#shared/describe-trace";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { attributionGraph, nodeEffect, signed } from "#shared/effect";
import { readTokens } from "#shared/token-characters";
import { errorWords, type GradientChoice, isWish, type TraceRequest } from "#shared/trace-request";
import { runAction } from "../actions/actions.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useQuestion } from "../document/question.ts";
import { useSession } from "../document/session-store.ts";
import { countEdges, showTime } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { KnownCircuit } from "./KnownCircuit.tsx";
import { RunReading } from "./RunReading.tsx";
import { ScoreTable } from "./ScoreTable.tsx";
import { StrongestFeatures } from "./StrongestFeatures.tsx";

const show = (number: number) => number.toLocaleString("en");

/** The circuit as a whole and the parameters of its last run: what is shown while nothing is selected. */
export function CircuitSummary() {
	const { run, runs, step, name, edgesLeft } = useDocument();
	const busy = useSession(({ jobs }) =>
		jobs.some(({ circuit, state }) => circuit === name && (state === "running" || state === "waiting")),
	);
	const { document, filtered, view } = useDerived();
	const request = run?.request;
	const kinds = Map.groupBy(document.nodes, ({ kind }) => kind);
	const number = (kind: "feature" | "error" | "token" | "logit") => kinds.get(kind)?.length ?? 0;
	return (
		<>
			<section>
				<h2 className="heading">Circuit</h2>
				<dl className="facts">
					<Fact name="Features" value={show(number("feature"))} />
					<Fact name="Error nodes" value={show(number("error"))} />
					<JoinedErrors nodes={kinds.get("error") ?? []} />
					<Fact name="Tokens, logits" value={`${show(number("token"))}, ${show(number("logit"))}`} />
					<Fact
						name="Edges"
						value={edgesLeft === 0 ? show(document.edges.length) : countEdges(document.edges.length, edgesLeft)}
					/>
					<Fact
						name="Shown"
						value={`${show(filtered.nodes.length)} of ${show(view.nodes.length)} nodes, ${show(filtered.edges.length)} of ${show(view.edges.length)} edges`}
					/>
					<Fact name="Supernodes, notes" value={`${document.groups.length}, ${document.notes.length}`} />
					<Fact name="Runs, steps" value={`${runs}, ${step}`} />
				</dl>
				{document.nodes.length === 0 && (
					<div className="empty">
						{busy
							? "A trace into this circuit is on its way; its nodes appear here as they are found."
							: "Nothing has been traced into this circuit. Press Trace on the left with “Extend this one”."}
					</div>
				)}
				{document.nodes.length > 0 && (
					<p className="faint">Select a node or an edge to see what it is. Press ? for all shortcuts.</p>
				)}
			</section>
			<KnownCircuit />
			<StrongestFeatures />
			<ScoreTable part={{ name: "What is shown", nodes: filtered.nodes }} />
			{run && (
				<section>
					<h2 className="heading">{request?.method === "imported" ? "Imported" : "Last run"}</h2>
					<div className="tokens">
						{readTokens(run.tokens).map(({ inline, continues }, i) => (
							<span
								// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their positions.
								key={i}
								className="token"
								data-continues={continues || undefined}
								title={`${i}: ${JSON.stringify(run.tokens[i])}`}
								data-target={(run.metricName === "cross_entropy" && i === run.tokens.length - 1) || undefined}
							>
								{showToken(inline)}
							</span>
						))}
					</div>
					<dl className="facts">
						{request?.method === "imported" ? (
							<ImportFacts run={run} file={request.file} />
						) : (
							request && <RunFacts run={run} request={request} />
						)}
					</dl>
					<RunReading dictionaries={run.dictionaries} />
					{run.providerFallback !== null && request && request.method !== "imported" && isWish(request.provider) && (
						<details className="field-hint">
							<summary>Why not on {request.provider}</summary>
							{run.providerFallback}
						</details>
					)}
					<div className="node-actions">
						<Button onClick={() => runAction("history")}>History</Button>
						<Button onClick={() => runAction("table")}>As a table</Button>
						<Button onClick={() => runAction("report")}>Report</Button>
					</div>
				</section>
			)}
		</>
	);
}

/** What is behind nodes that stand for several errors; nothing where each has its own. */
function JoinedErrors({ nodes }: { readonly nodes: readonly CircuitNode[] }) {
	const question = useQuestion();
	const rest = nodes.filter(({ joined }) => joined !== undefined);
	if (rest.length === 0) return null;
	const sum = (numberOf: (node: CircuitNode) => number) => rest.reduce((total, node) => total + numberOf(node), 0);
	const errors = sum(({ joined = 0 }) => joined);
	const norms = formatNumber(sum(({ activation }) => activation));
	const effects = signed(
		nodeEffect(
			question,
			sum(({ attribution }) => attribution),
		),
	);
	return (
		<Fact
			name="Joined errors"
			value={`${errors.toLocaleString("en")} in ${rest.length}, in all ${effects}`}
			hint={`Errors that do not stand alone, one node a site. Their norms add up to ${norms}, their effects on the target to ${effects}.`}
		/>
	);
}

function RunFacts({ run, request }: { readonly run: RunDescription; readonly request: TraceRequest }) {
	const { method } = request;
	return (
		<>
			<Fact name="Model" value={run.modelName} />
			<Fact name="Dictionaries" value={`${run.dictionaries.length} sites`} />
			{(method === "ablation" || method === "jacobian") && <Fact name="Method" value={method} />}
			{method === "consensus" && <Fact name="Prompts" value={request.morePrompts.length + 1} />}
			{method !== "jacobian" && (
				<Fact name="Metric" value={`${nameMetric(run.metricName)}: ${formatNumber(run.metric)}`} />
			)}
			<Fact name="Layers" value={request.layers ?? describeLayers(run)} />
			{"choice" in request && <Fact name="Nodes" value={describeChoice(request.choice)} />}
			<Fact name="Edges a node" value={request.upNodes} />
			{"metric" in request && <GradientFacts choice={request} />}
			{method === "gradient" && request.from && (
				<Fact name="From" value={`${request.from.direction} of ${request.from.node}`} />
			)}
			<Fact name="Computed on" value={nameProvider(run.provider)} />
			<Fact name="Took" value={`${run.seconds.toFixed(1)} s, ${showTime(run.startedAt)}`} />
		</>
	);
}

function GradientFacts({ choice: { patchPrompt, integratedGradients, errors } }: { readonly choice: GradientChoice }) {
	return (
		<>
			{errors && <Fact name="Errors" value={errorWords[errors]} />}
			{patchPrompt !== undefined && <Fact name="Compared with" value={patchPrompt} />}
			{integratedGradients !== undefined && <Fact name="Integrated gradients" value={`${integratedGradients} steps`} />}
		</>
	);
}

/** Of another program's graph: what its file says, and nothing that this program would have measured. */
function ImportFacts({ run, file }: { readonly run: RunDescription; readonly file: string }) {
	return (
		<>
			<Fact name="File" value={file.replace(/.*[\\/]/, "")} />
			{run.modelName !== "" && <Fact name="Model" value={run.modelName} />}
			<Fact
				name="Edges"
				value={run.metricName === attributionGraph ? "what a source adds to its target" : run.metricName}
			/>
			<Fact name="Read" value={showTime(run.startedAt)} />
		</>
	);
}

function Fact({
	name,
	value,
	hint,
}: {
	readonly name: string;
	readonly value: string | number;
	readonly hint?: string;
}) {
	return (
		<div title={hint}>
			<dt>{name}</dt>
			<dd>{value}</dd>
		</div>
	);
}

/** Of those that have dictionaries. */
function describeLayers({ dictionaries }: RunDescription): string {
	const layers = dictionaries.map(({ site }) => Number(/_(-?\d+)/.exec(site)?.[1]));
	if (layers.length === 0) return "all";
	const show = (layer: number) => (layer < 0 ? "embedding" : String(layer));
	const [first, last] = [Math.min(...layers), Math.max(...layers)];
	return first === last ? show(first) : `${show(first)} – ${show(last)}`;
}
