import { ToggleGroup } from "radix-ui";

interface SegmentsProps<T extends string> {
	readonly label: string;
	readonly value: T;
	readonly options: readonly { readonly value: T; readonly label: string }[];
	onChange(value: T): void;
}

/** One of a few, all of them seen. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
	return (
		<ToggleGroup.Root
			type="single"
			className="segments"
			aria-label={label}
			value={value}
			onValueChange={(next) => next !== "" && onChange(next as T)}
		>
			{options.map((option) => (
				<ToggleGroup.Item key={option.value} value={option.value}>
					{option.label}
				</ToggleGroup.Item>
			))}
		</ToggleGroup.Root>
	);
}
