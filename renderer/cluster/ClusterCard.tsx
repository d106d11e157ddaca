import { Play } from "lucide-react";
import type { TokenCluster } from "#shared/cluster";
import { showToken } from "#shared/drawing/svg-text";
import { closeDialog } from "../actions/workspace-store.ts";
import { buildGradientChoice, buildSelection, startTrace, useTraceForm } from "../document/trace-form.ts";
import { Button } from "../ui/Button.tsx";

const mostPrompts = 24;

/** One cluster with some of its places; they can be traced together. */
export function ClusterCard({ cluster: { number, size, cohesion, places } }: { readonly cluster: TokenCluster }) {
	const prompts = [...new Set(places.slice(0, mostPrompts).map(({ before, next }) => before + next))];
	return (
		<li className="cluster">
			<div className="field-row">
				<strong>Cluster {number}</strong>
				<span className="faint">
					{size} positions · cohesion {cohesion.toFixed(2)}
				</span>
				<span className="grow" />
				<Button onClick={() => traceTogether(prompts)} disabled={prompts.length < 2}>
					<Play aria-hidden /> Trace {prompts.length} of them
				</Button>
			</div>
			<ul className="cluster-places">
				{places.slice(0, 5).map(({ sequence, position, before, next }) => (
					<li key={`${sequence} ${position}`} className="context">
						<span className="faint">…{showToken(before.slice(-60))}</span>
						<span className="token">{showToken(next)}</span>
					</li>
				))}
			</ul>
		</li>
	);
}

function traceTogether([prompt, ...morePrompts]: readonly string[]): void {
	if (prompt === undefined) return;
	const form = useTraceForm.getState();
	startTrace({
		method: "consensus",
		...buildSelection(form),
		...buildGradientChoice(form),
		prompt,
		metric: "cross_entropy",
		morePrompts,
		atLeast: Math.max(2, Math.ceil((morePrompts.length + 1) / 3)),
	});
	closeDialog();
}
