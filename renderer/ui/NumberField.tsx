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
	/** `min` itself may not be. */
	readonly above?: boolean;
	/** What an empty field stands for, and what is written in it then. */
	readonly empty?: { readonly value: number; readonly label: string };
	onChange(value: number): void;
}

/** A number with bounds. What is typed stays as it is until it is a number that may be; only then it counts. */
export function NumberField({
	label,
	hint,
	value,
	min,
	max,
	step = 1,
	above = false,
	empty,
	onChange,
}: NumberFieldProps) {
	const id = useId();
	const show = (number: number) => (number === empty?.value ? "" : String(number));
	const read = (typed: string): number | undefined => {
		if (typed.trim() === "") return empty?.value;
		const number = Number(typed);
		const inside = (above ? number > min : number >= min) && number <= max;
		return inside && (step === "any" || Number.isInteger(number)) ? number : undefined;
	};
	const [text, setText] = useState(show(value));
	// biome-ignore lint/correctness/useExhaustiveDependencies: only another value is written anew.
	useEffect(() => setText((before) => (read(before) === value ? before : show(value))), [value]);
	const sound = read(text) !== undefined;
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
					placeholder={empty?.label}
					aria-invalid={!sound}
					onChange={({ target }) => {
						setText(target.value);
						const next = read(target.value);
						if (next !== undefined) onChange(next);
					}}
				/>
			</div>
			{!sound && (
				<span className="field-error">
					{step === "any" ? "A number" : "A whole number"} {above ? "above" : "from"} {min} to {max}
					{empty && ", or nothing"}; {value === empty?.value ? empty.label : value} is used.
				</span>
			)}
		</div>
	);
}
