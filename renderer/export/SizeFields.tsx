import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { choose, type ExportChoice } from "./export-choice.ts";

/** How large a picture is: as wide as a column, so many pixels. */
export function SizeFields({ choice }: { readonly choice: ExportChoice }) {
	const { product, size, pixels } = choice;
	const isPixels = product === "png" || product === "webp";
	return (
		<fieldset className="export-fields">
			<legend>Size</legend>
			<FieldRow label="For">
				<SelectField
					label="Size for"
					value={size}
					options={[
						{ value: "own", label: "Its own size" },
						{ value: "single-column", label: "One column", hint: "84 mm" },
						{ value: "double-column", label: "Two columns", hint: "174 mm" },
						{ value: "slide", label: "Slide", hint: "16:9" },
					]}
					onChange={(next) => choose({ size: next })}
				/>
			</FieldRow>
			{size !== "own" && (
				<NumberField
					label="Smallest letter, pt"
					hint="A warning says what to hide where letters would be smaller"
					value={choice.leastLetter}
					min={0}
					max={20}
					step="any"
					onChange={(leastLetter) => choose({ leastLetter })}
				/>
			)}
			{isPixels && (
				<>
					<FieldRow label="Pixels by">
						<Segments
							label="Pixels by"
							value={pixels}
							options={[
								{ value: "width", label: "Width" },
								{ value: "dpi", label: "Density" },
							]}
							onChange={(next) => choose({ pixels: next })}
						/>
					</FieldRow>
					{pixels === "width" ? (
						<NumberField
							label="Pixels across"
							value={choice.pixelWidth}
							min={16}
							max={200_000}
							onChange={(pixelWidth) => choose({ pixelWidth })}
						/>
					) : (
						<NumberField
							label="Pixels an inch"
							value={choice.dotsPerInch}
							min={10}
							max={2400}
							onChange={(dotsPerInch) => choose({ dotsPerInch })}
						/>
					)}
				</>
			)}
		</fieldset>
	);
}
