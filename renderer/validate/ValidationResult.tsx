import { TriangleAlert } from "lucide-react";
import { describeTexts, type ValidationReport, type ValidationRequest } from "#shared/validation";
import { showTime } from "../ui/amounts.ts";
import { FieldRow } from "../ui/FieldRow.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { ValidationView } from "./ValidationView.tsx";
import type { StoredValidation } from "./validation-reports.ts";

interface ValidationResultProps {
	readonly report: ValidationReport | undefined;
	readonly request: ValidationRequest | undefined;
	readonly reports: readonly StoredValidation[];
	readonly shown: StoredValidation | undefined;
	/** Whether it is of other features than those that are taken now. */
	readonly stale: boolean;
	readonly live: boolean;
	onChoose(id: number): void;
}

/** What came of a validation, which of several is shown, or what will stand here. */
export function ValidationResult({ report, request, reports, shown, stale, live, onChoose }: ValidationResultProps) {
	return (
		<>
			{reports.length > 1 && shown && (
				<FieldRow label="Report of">
					<SelectField
						label="Report of"
						value={String(shown.id)}
						options={reports.map(({ id, at, request, body }) => ({
							value: String(id),
							label: showTime(at),
							hint: `${request.pins.length} features, ${describeTexts(request, body.sequences)}, ${request.baseline}`,
						}))}
						onChange={(id) => onChoose(Number(id))}
					/>
				</FieldRow>
			)}
			{stale && (
				<p className="stale" role="status" data-stale>
					<TriangleAlert aria-hidden /> Out of date: the pins have changed since. Validate again.
				</p>
			)}
			{report && request ? (
				<ValidationView report={report} request={request} live={live} />
			) : (
				!live && (
					<p className="empty">
						Nothing is validated yet. Press Validate: how much of the effect the circuit keeps when everything else is
						left out, how much is left without it, and how sure that is, come here.
					</p>
				)
			)}
		</>
	);
}
