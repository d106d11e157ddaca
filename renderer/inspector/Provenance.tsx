import { nameMetric } from "#shared/describe-trace";
import { formatNumber } from "#shared/drawing/svg-text";
import { useDocument } from "../document/document-store.ts";
import { useAnswer } from "../document/use-call.ts";
import { showTime } from "../ui/amounts.ts";

/** Which runs gave a node, or an edge where there is a source, and what each measured. */
export function Provenance({ source, target }: { readonly source?: string; readonly target: string }) {
	const name = useDocument((state) => state.name);
	const step = useDocument((state) => state.step);
	const asked = name === null ? undefined : { name, target, ...(source !== undefined && { source }) };
	// Each step may bring another run.
	const found = useAnswer("provenance.find", asked, { refresh: step }) ?? [];
	return (
		<section>
			<h2 className="heading">From runs</h2>
			<ul className="rows">
				{found.length === 0 && <li className="faint">No run of this circuit measured it.</li>}
				{found.map(({ run, value, at, metricName, method, prompt }) => (
					<li key={run} title={prompt}>
						<span className="cut">
							Run {run} · {method} · {nameMetric(metricName)}
						</span>
						<span className="faint">{showTime(at)}</span>
						<span className="mono">{formatNumber(value)}</span>
					</li>
				))}
			</ul>
		</section>
	);
}
