import type { DrawingRequest } from "#shared/contract/export-request";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { chooseDrawing } from "./export-choice.ts";

const switches: readonly (readonly [keyof DrawingRequest, string])[] = [
	["header", "Prompt and caption"],
	["lanes", "Bands of layers"],
	["legend", "Legend"],
	["provenance", "Where it comes from"],
	["highlight", "Selection stands out"],
	["transparent", "No paper behind"],
];

/** How the circuit is drawn, whatever the file. */
export function LookFields({ drawing }: { readonly drawing: DrawingRequest }) {
	return (
		<fieldset className="export-fields">
			<legend>Drawing</legend>
			<div className="field-row">
				<span className="field-label">Shows</span>
				<Segments
					label="Shows"
					value={drawing.show}
					options={[
						{ value: "view", label: "What is seen" },
						{ value: "all", label: "Everything" },
					]}
					onChange={(show) => chooseDrawing({ show })}
				/>
			</div>
			<div className="field-row">
				<span className="field-label">Cards</span>
				<Segments
					label="Cards"
					value={drawing.detail}
					options={[
						{ value: "full", label: "Full" },
						{ value: "compact", label: "Compact" },
					]}
					onChange={(detail) => chooseDrawing({ detail })}
				/>
			</div>
			<div className="field-row">
				<span className="field-label">Paper</span>
				<Segments
					label="Paper"
					value={drawing.theme}
					options={[
						{ value: "light", label: "Light" },
						{ value: "dark", label: "Dark" },
					]}
					onChange={(theme) => chooseDrawing({ theme })}
				/>
			</div>
			<div className="field-row">
				<span className="field-label">Colours</span>
				<SelectField
					label="Colours"
					value={drawing.ink}
					options={[
						{ value: "blue-red", label: "Blue and red" },
						{ value: "blue-orange", label: "Blue and orange" },
						{ value: "black", label: "Black and white" },
					]}
					onChange={(ink) => chooseDrawing({ ink })}
				/>
			</div>
			{switches.map(([key, label]) => (
				<SwitchField
					key={key}
					label={label}
					checked={drawing[key] === true}
					onChange={(checked) => chooseDrawing({ [key]: checked })}
				/>
			))}
		</fieldset>
	);
}
