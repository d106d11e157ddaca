import type { Stability, Steadiness } from "#shared/validation";
import { ScoreSection, Share } from "./Figures.tsx";

/** How much of the circuit comes back on other prompts. */
export function StabilitySection({ stability }: { readonly stability: Stability }) {
	const { prompts, draws, skipped = 0, similar, resampled } = stability;
	return (
		<ScoreSection
			name="stability"
			title="Does it come back?"
			words={`Each of the ${prompts} prompts was traced anew. Overlap is what two circuits share of what either has; the order compares their strengths (Spearman). Near 1, the circuit is no accident of one prompt.`}
		>
			<Rows name="Each prompt beside the circuit" parts={similar} />
			{skipped > 0 && (
				<p className="field-hint">
					On {skipped === 1 ? "one more prompt" : `${skipped} more prompts`} no feature has an effect on the metric.
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
	const missing = "not defined: all are the same";
	return (
		<>
			<h4 className="field-label">{name}</h4>
			<dl className="figures">
				<Share name="Overlap of features" hint="Jaccard: |both| / |either|" figure={nodes.jaccard} />
				<Share name="Overlap of edges" hint="Jaccard: |both| / |either|" figure={edges.jaccard} />
				<Share name="Order of features" hint="Spearman’s ρ of |attribution|" figure={nodes.rank} missing={missing} />
				<Share name="Order of edges" hint="Spearman’s ρ of |weight|" figure={edges.rank} missing={missing} />
			</dl>
		</>
	);
}
