import { Switch } from "radix-ui";
import { useId } from "react";

interface SwitchFieldProps {
	readonly label: string;
	readonly checked: boolean;
	onChange(checked: boolean): void;
}

export function SwitchField({ label, checked, onChange }: SwitchFieldProps) {
	const id = useId();
	return (
		<div className="field-row">
			<label className="field-label" htmlFor={id}>
				{label}
			</label>
			<Switch.Root id={id} className="switch" checked={checked} onCheckedChange={onChange}>
				<Switch.Thumb className="switch-thumb" />
			</Switch.Root>
		</div>
	);
}
