import type { RunDescription } from "#shared/contract/results";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { attributionGraph } from "#shared/edge-sign";
import type { TraceRequest } from "#shared/trace";
import { runAction } from "../actions/actions.ts";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useSession } from "../document/session-store.ts";
import { showTime } from "../ui/amounts.ts";
import { Button } from "../ui/Button.tsx";
import { RunReading } from "./RunReading.tsx";

/** The circuit as a whole and the parameters of its last run: what is shown while nothing is selected. */
export function CircuitSummary() {
	const { run, runs, step, name } = useDocument();
	const busy = useSession(({ jobs }) =>
		jobs.some(({ circuit, state }) => circuit === name && (state === "running" || state === "waiting")),
	);
	const { document, filtered, view } = useDerived();
	const kinds = Map.groupBy(document.nodes, ({ kind }) => kind);
	const number = (kind: "feature" | "error" | "token" | "logit") => kinds.get(kind)?.length ?? 0;
	return (
		<>
			<section>
				<h2 className="heading">Circuit</h2>
				<dl className="facts">
					<Fact name="Features" value={number("feature")} />
					<Fact name="Error nodes" value={number("error")} />
					<Fact name="Tokens, logits" value={`${number("token")}, ${number("logit")}`} />
					<Fact name="Edges" value={document.edges.length} />
					<Fact
						name="Shown"
						value={`${filtered.nodes.length} of ${view.nodes.length} nodes, ${filtered.edges.length} of ${view.edges.length} edges`}
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
			{run && (
				<section>
					<h2 className="heading">{run.request.imported === undefined ? "Last run" : "Imported"}</h2>
					<div className="tokens">
						{run.tokens.map((token, i) => (
							<span
								// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their positions.
								key={i}
								className="token"
								data-target={(run.metricName === "cross_entropy" && i === run.tokens.length - 1) || undefined}
							>
								{showToken(token)}
							</span>
						))}
					</div>
					<dl className="facts">
						{run.request.imported === undefined ? <RunFacts run={run} /> : <ImportFacts run={run} />}
					</dl>
					<RunReading dictionaries={run.dictionaries} />
					{run.providerFallback !== null && (
						<details className="field-hint">
							<summary>Why not on a faster provider</summary>
							{run.providerFallback}
						</details>
					)}
					<div className="node-actions">
						<Button onClick={() => runAction("history")}>History</Button>
						<Button onClick={() => runAction("table")}>As a table</Button>
					</div>
				</section>
			)}
		</>
	);
}

function RunFacts({ run }: { readonly run: RunDescription }) {
	return (
		<>
			<Fact name="Model" value={run.modelName} />
			<Fact name="Dictionaries" value={`${run.dictionaries.length} sites`} />
			{run.request.method !== undefined && <Fact name="Method" value={run.request.method} />}
			{run.request.consensus && <Fact name="Prompts" value={run.request.consensus.morePrompts.length + 1} />}
			{run.request.method !== "jacobian" && (
				<Fact name="Metric" value={`${run.metricName} = ${formatNumber(run.metric)}`} />
			)}
			{run.explained !== null && (
				<Fact
					name="Features explain"
					value={`${(100 * run.explained).toFixed(1)}%`}
					hint="Signed share of the kept edges that comes from features and not from errors"
				/>
			)}
			<Fact name="Layers" value={run.request.layers ?? describeLayers(run)} />
			{run.request.method === undefined && <Fact name="Nodes" value={describeChoice(run.request)} />}
			<Fact name="Edges a node" value={run.request.upNodes} />
			{run.request.patchPrompt !== undefined && <Fact name="Compared with" value={run.request.patchPrompt} />}
			{run.request.integratedGradients !== undefined && (
				<Fact name="Integrated gradients" value={`${run.request.integratedGradients} steps`} />
			)}
			{run.request.from && <Fact name="From" value={`${run.request.from.direction} of ${run.request.from.node}`} />}
			<Fact name="Provider" value={run.provider} />
			<Fact name="Took" value={`${run.seconds.toFixed(1)} s, ${showTime(run.startedAt)}`} />
		</>
	);
}

/** Of another program's graph: what its file says, and nothing that this program would have measured. */
function ImportFacts({ run }: { readonly run: RunDescription }) {
	return (
		<>
			<Fact name="File" value={(run.request.imported ?? "").replace(/.*[\\/]/, "")} />
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

function describeChoice({ choice }: TraceRequest): string {
	switch (choice.by) {
		case "count":
			return `${choice.count} a site`;
		case "threshold":
			return `|∂| > ${choice.threshold}`;
		case "percentile":
			return `active above the ${choice.percentile}th percentile`;
		case "share":
			return `${(100 * choice.share).toFixed(0)}% of each site`;
	}
}
