import { useEffect, useId, useState } from "react";
import { Tip } from "./Tip.tsx";

interface NumberFieldProps {
	readonly label: string;
	/** What it means, shown on hover. */
	readonly hint?: string;
	readonly value: number;
	readonly min: number;
	readonly max: number;
	readonly step?: number | "any";
	onChange(value: number): void;
}

/** A number with bounds. What is typed stays as it is until it is a number that may be; only then it counts. */
export function NumberField({ label, hint, value, min, max, step = 1, onChange }: NumberFieldProps) {
	const id = useId();
	const [text, setText] = useState(String(value));
	useEffect(() => setText((before) => (Number(before) === value ? before : String(value))), [value]);
	const number = Number(text);
	const sound = text.trim() !== "" && number >= min && number <= max && (step === "any" || Number.isInteger(number));
	const name = (
		<label className="field-label" htmlFor={id}>
			{label}
		</label>
	);
	return (
		<div className="field">
			<div className="field-row">
				{hint === undefined ? (
					name
				) : (
					<Tip label={hint} side="right">
						{name}
					</Tip>
				)}
				<input
					id={id}
					className="input"
					data-number
					type="number"
					inputMode="decimal"
					min={min}
					max={max}
					step={step}
					value={text}
					aria-invalid={!sound}
					onChange={({ target }) => {
						setText(target.value);
						const next = Number(target.value);
						if (target.value.trim() !== "" && next >= min && next <= max && (step === "any" || Number.isInteger(next)))
							onChange(next);
					}}
				/>
			</div>
			{!sound && (
				<span className="field-error">
					{step === "any" ? "A number" : "A whole number"} from {min} to {max}; {value} is used.
				</span>
			)}
		</div>
	);
}
