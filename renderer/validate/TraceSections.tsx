import type { Detection, KnownAgreement, PatchingAgreement } from "#shared/validation";
import { Item, ScoreSection, Share, showShare } from "./Figures.tsx";

/** Whether attributions say what patching does. */
export function PatchingSection({ patching }: { readonly patching: PatchingAgreement }) {
	const { nodes, spearman, kendall, pearson } = patching;
	const missing = "not defined: all are the same";
	return (
		<ScoreSection
			name="patching"
			title="Attributions against patching"
			words={`The ${nodes.length} strongest nodes were patched one at a time. Near 1, attributions put them in the order of what patching really does; near 0, they say little.`}
		>
			<dl className="figures">
				<Share name="Spearman’s ρ" hint="Correlation of the ranks" figure={spearman} missing={missing} />
				<Share
					name="Kendall’s τ"
					hint="Pairs in the same order less pairs in the other"
					figure={kendall}
					missing={missing}
				/>
				<Share name="Pearson’s r" hint="Correlation of the amounts themselves" figure={pearson} missing={missing} />
			</dl>
		</ScoreSection>
	);
}

/** How well strengths find a circuit that is known. */
export function KnownSection({ known: { name, nodes, edges } }: { readonly known: KnownAgreement }) {
	return (
		<ScoreSection
			name="known"
			title="Against a known circuit"
			words={`How well strength tells what ${name} has from all else that the dictionaries hold; what was not traced has no strength. 1 where everything known is stronger than everything else, 0.5 by chance.`}
		>
			<dl className="figures">
				<DetectionItem name="Features, AUROC" detection={nodes} />
				{edges.known > 0 && <DetectionItem name="Edges, AUROC" detection={edges} />}
			</dl>
		</ScoreSection>
	);
}

function DetectionItem({ name, detection }: { readonly name: string; readonly detection: Detection }) {
	const { known, others, missing, auroc, averagePrecision } = detection;
	return (
		<Item
			name={name}
			hint={`How often a known one is stronger than one of the ${others.toLocaleString("en")} others that could be in the circuit; beside it the average precision`}
			value={auroc === null ? "–" : showShare(auroc)}
			note={`${known - missing} of ${known} found${averagePrecision === null ? "" : `; average precision ${averagePrecision.toFixed(2)}`}`}
		/>
	);
}
