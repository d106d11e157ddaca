import { paperNames } from "#shared/drawing/paper";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { SwitchField } from "../ui/SwitchField.tsx";
import { choose, type ExportChoice } from "./export-choice.ts";

/** Which paper, how large, and what is drawn beside it to cut and glue. */
export function PaperFields({ choice }: { readonly choice: ExportChoice }) {
	const { paper, fill } = choice;
	return (
		<fieldset className="export-fields">
			<legend>Sheets</legend>
			<FieldRow label="Paper">
				<SelectField
					label="Size of paper"
					value={paper}
					options={[
						...paperNames.map((name) => ({ value: name, label: name })),
						{ value: "custom" as const, label: "Other size" },
					]}
					onChange={(next) => choose({ paper: next })}
				/>
			</FieldRow>
			{paper === "custom" && (
				<>
					<NumberField
						label="Width, mm"
						value={choice.customWidth}
						min={30}
						max={5000}
						step="any"
						onChange={(customWidth) => choose({ customWidth })}
					/>
					<NumberField
						label="Height, mm"
						value={choice.customHeight}
						min={30}
						max={5000}
						step="any"
						onChange={(customHeight) => choose({ customHeight })}
					/>
				</>
			)}
			<FieldRow label="Orientation">
				<Segments
					label="Orientation"
					value={choice.landscape ? "landscape" : "portrait"}
					options={[
						{ value: "portrait", label: "Portrait" },
						{ value: "landscape", label: "Landscape" },
					]}
					onChange={(next) => choose({ landscape: next === "landscape" })}
				/>
			</FieldRow>
			<FieldRow label="Size">
				<Segments
					label="Size by"
					value={fill}
					options={[
						{ value: "sheets", label: "Sheets" },
						{ value: "grid", label: "Grid" },
						{ value: "scale", label: "Scale" },
					]}
					onChange={(next) => choose({ fill: next })}
				/>
			</FieldRow>
			<FillFields choice={choice} />
			<NumberField
				label="Margin, mm"
				hint="White that printers leave around a sheet"
				value={choice.margin}
				min={0}
				max={100}
				step="any"
				onChange={(margin) => choose({ margin })}
			/>
			<NumberField
				label="Overlap, mm"
				hint="What neighbouring sheets both show, to be glued"
				value={choice.overlap}
				min={0}
				max={100}
				step="any"
				onChange={(overlap) => choose({ overlap })}
			/>
			<SwitchField
				label="Marks to cut and glue"
				checked={choice.cropMarks}
				onChange={(cropMarks) => choose({ cropMarks })}
			/>
			<SwitchField label="Row and column" checked={choice.labels} onChange={(labels) => choose({ labels })} />
			<SwitchField label="Map on the first page" checked={choice.map} onChange={(map) => choose({ map })} />
		</fieldset>
	);
}

function FillFields({ choice: { fill, sheets, columns, rows, scale } }: { readonly choice: ExportChoice }) {
	if (fill === "sheets")
		return (
			<NumberField
				label="Sheets at most"
				value={sheets}
				min={1}
				max={500}
				onChange={(next) => choose({ sheets: next })}
			/>
		);
	if (fill === "scale")
		return (
			<NumberField
				label="Scale, %"
				value={scale}
				min={1}
				max={1000}
				step="any"
				onChange={(next) => choose({ scale: next })}
			/>
		);
	return (
		<>
			<NumberField label="Columns" value={columns} min={1} max={50} onChange={(next) => choose({ columns: next })} />
			<NumberField label="Rows" value={rows} min={1} max={50} onChange={(next) => choose({ rows: next })} />
		</>
	);
}
