import { Slider } from "radix-ui";

interface RangeSliderProps {
	/** One for each thumb. */
	readonly labels: readonly string[];
	readonly values: readonly number[];
	readonly min: number;
	readonly max: number;
	readonly step: number;
	/** What a value means, for those who cannot see it. */
	valueText?(value: number): string;
	onChange(values: readonly number[]): void;
	/** When it is let go. */
	onCommit?(values: readonly number[]): void;
}

export function RangeSlider({ labels, values, valueText, onChange, onCommit, ...range }: RangeSliderProps) {
	return (
		<Slider.Root
			className="slider"
			value={[...values]}
			onValueChange={onChange}
			{...(onCommit && { onValueCommit: onCommit })}
			{...range}
		>
			<Slider.Track className="slider-track">
				<Slider.Range className="slider-range" />
			</Slider.Track>
			{values.map((value, i) => (
				<Slider.Thumb
					key={labels[i]}
					className="slider-thumb"
					aria-label={labels[i]}
					{...(valueText && { "aria-valuetext": valueText(value) })}
				/>
			))}
		</Slider.Root>
	);
}
