import { formatNumber } from "#shared/drawing/svg-text";
import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { NumberField } from "../ui/NumberField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";

export function AblationFields() {
	const form = useTraceForm();
	return (
		<>
			{!form.ablatePins && (
				<NumberField
					label="Share of the first layer's"
					hint="Of the first layer's active features, so many are drawn; further layers go on with what was affected."
					value={form.thinning}
					min={0.001}
					max={1}
					step="any"
					onChange={(thinning) => changeForm({ thinning })}
				/>
			)}
			<SwitchField
				label="Leave small effects out"
				checked={form.cutSmall}
				onChange={(cutSmall) => changeForm({ cutSmall })}
			/>
			{form.cutSmall && (
				<NumberField
					label="Smallest effect, as a power of 2"
					hint={`Changes of an activation up to 2^${form.thresholdExp} = ${formatNumber(2 ** form.thresholdExp)} are dropped.`}
					value={form.thresholdExp}
					min={-40}
					max={40}
					step="any"
					onChange={(thresholdExp) => changeForm({ thresholdExp })}
				/>
			)}
			<SwitchField
				label="Effects at every position"
				checked={form.allPositions}
				onChange={(allPositions) => changeForm({ allPositions })}
			/>
		</>
	);
}
