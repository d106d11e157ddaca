import type { DrawingRequest } from "#shared/contract/export-request";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { chooseDrawing } from "./export-choice.ts";

const switches: readonly (readonly [keyof DrawingRequest, string])[] = [
	["header", "Prompt and caption"],
	["lanes", "Bands of layers"],
	["legend", "Legend"],
	["story", "Story"],
	["provenance", "Where it comes from"],
	["highlight", "Selection stands out"],
	["transparent", "No paper behind"],
];

/** How the circuit is drawn, whatever the file. */
export function LookFields({ drawing }: { readonly drawing: DrawingRequest }) {
	return (
		<fieldset className="export-fields">
			<legend>Drawing</legend>
			<FieldRow label="Shows">
				<Segments
					label="Shows"
					value={drawing.show}
					options={[
						{ value: "view", label: "What is seen" },
						{ value: "all", label: "Everything" },
					]}
					onChange={(show) => chooseDrawing({ show })}
				/>
			</FieldRow>
			<NumberField
				label="Strongest edges"
				hint="So many of the strongest edges and the nodes that they join, instead of what the filter leaves"
				value={drawing.maxEdges ?? 0}
				min={1}
				max={100_000}
				empty={{ value: 0, label: "all" }}
				onChange={(count) => chooseDrawing(count === 0 ? { maxEdges: undefined } : { maxEdges: count })}
			/>
			<FieldRow label="Places">
				<Segments
					label="Places"
					value={drawing.rearrange ? "anew" : "kept"}
					options={[
						{ value: "kept", label: "As arranged" },
						{ value: "anew", label: "Laid out anew" },
					]}
					onChange={(places) => chooseDrawing({ rearrange: places === "anew" })}
				/>
			</FieldRow>
			<FieldRow label="Cards">
				<Segments
					label="Cards"
					value={drawing.detail}
					options={[
						{ value: "full", label: "Full" },
						{ value: "compact", label: "Compact" },
					]}
					onChange={(detail) => chooseDrawing({ detail })}
				/>
			</FieldRow>
			<FieldRow label="Paper">
				<Segments
					label="Paper"
					value={drawing.theme}
					options={[
						{ value: "light", label: "Light" },
						{ value: "dark", label: "Dark" },
					]}
					onChange={(theme) => chooseDrawing({ theme })}
				/>
			</FieldRow>
			<FieldRow label="Colours">
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
			</FieldRow>
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
