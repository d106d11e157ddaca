import { asTold } from "#shared/ratio";
import { describeTexts, type ValidationReport, type ValidationRequest } from "#shared/validation";
import { EdgeCurveSection } from "./EdgeCurveSection.tsx";
import { FeatureSections } from "./FeatureSections.tsx";
import { StabilitySection } from "./StabilitySection.tsx";
import { SubsetsSection } from "./SubsetsSection.tsx";
import { TokenChanges } from "./TokenChanges.tsx";
import { KnownSection, PatchingSection } from "./TraceSections.tsx";
import { tellShares } from "./tell-shares.ts";
import { ValidationFigures } from "./ValidationFigures.tsx";

interface ValidationViewProps {
	readonly report: ValidationReport;
	readonly request: ValidationRequest;
	readonly live: boolean;
}

/** A validation as it is so far: figures with what they mean, and each further score with its explanation. */
export function ValidationView({ report: measured, request, live }: ValidationViewProps) {
	const report = asTold(measured);
	const { edgeCurve, subsets, patching, known, stability } = report;
	const isSingle = report.sequences === 1;
	return (
		<>
			<ValidationFigures report={report} isSingle={isSingle} live={live} />
			<p className="validation-words" data-verdict>
				{tellShares(report)}
			</p>
			<TokenChanges report={report} />
			<FeatureSections report={report} />
			{subsets && <SubsetsSection subsets={subsets} isSingle={isSingle} />}
			{patching && <PatchingSection patching={patching} />}
			{edgeCurve && <EdgeCurveSection curve={edgeCurve} isSingle={isSingle} />}
			{stability && <StabilitySection stability={stability} />}
			{known && <KnownSection known={known} />}
			<p className="field-hint">
				{describeTexts(request, report.sequences)}, {report.tokens.toLocaleString("en")} tokens; baseline{" "}
				{request.baseline}, errors {request.errors === "keep" ? "kept" : "removed"}, seed {request.seed}
				{report.seconds > 0 && `; ${report.seconds.toFixed(1)} s on ${report.provider}`}
				{report.notes.length > 0 && ` · ${report.notes.join(" ")}`}
			</p>
		</>
	);
}
