import type { Stability, Steadiness } from "#shared/validation";
import { ScoreSection, Share } from "./Figures.tsx";

/** How much of the circuit comes back on other prompts. */
export function StabilitySection({ stability }: { readonly stability: Stability }) {
	const { prompts, draws, skipped = 0, similar, resampled } = stability;
	return (
		<ScoreSection
			name="stability"
			title="Does it come back?"
			words={`Each of the ${prompts} prompts was traced anew. Overlap is what two circuits share of what either has; the order compares the strengths of what both have (Spearman). Near 1, the circuit is no accident of one prompt.`}
		>
			<Rows name="Each prompt beside the circuit" parts={similar} />
			{skipped > 0 && (
				<p className="field-hint">
					On {skipped === 1 ? "one of them" : `${skipped} of them`} no feature has an effect on the metric: nothing
					comes back there, and the overlap is 0.
				</p>
			)}
			<Rows name={`Prompts drawn again, ${draws} times`} parts={resampled} />
		</ScoreSection>
	);
}

interface RowsProps {
	readonly name: string;
	readonly parts: { readonly nodes: Steadiness; readonly edges: Steadiness };
}

function Rows({ name, parts: { nodes, edges } }: RowsProps) {
	const missing = "not defined: fewer than three in both, or all the same";
	const common = ({ shared }: Steadiness) =>
		shared === undefined ? "" : `, of the ${Number(shared.toFixed(1))} in both on the mean`;
	return (
		<>
			<h4 className="field-label">{name}</h4>
			<dl className="figures">
				<Share name="Overlap of features" hint="Jaccard: |both| / |either|" figure={nodes.jaccard} />
				<Share name="Overlap of edges" hint="Jaccard: |both| / |either|" figure={edges.jaccard} />
				<Share
					name="Order of features"
					hint={`Spearman’s ρ of |attribution|${common(nodes)}`}
					figure={nodes.rank}
					missing={missing}
				/>
				<Share
					name="Order of edges"
					hint={`Spearman’s ρ of |weight|${common(edges)}`}
					figure={edges.rank}
					missing={missing}
				/>
			</dl>
		</>
	);
}
