import { Check, ChevronDown } from "lucide-react";
import { Select } from "radix-ui";

interface SelectFieldProps<T extends string> {
	readonly label: string;
	readonly value: T;
	readonly options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[];
	onChange(value: T): void;
}

/** One of many. */
export function SelectField<T extends string>({ label, value, options, onChange }: SelectFieldProps<T>) {
	return (
		<Select.Root value={value} onValueChange={(next) => onChange(next as T)}>
			<Select.Trigger className="select" aria-label={label}>
				<Select.Value />
				<Select.Icon>
					<ChevronDown />
				</Select.Icon>
			</Select.Trigger>
			<Select.Portal>
				<Select.Content className="menu" position="popper" sideOffset={4} collisionPadding={8}>
					<Select.Viewport>
						{options.map((option) => (
							<Select.Item key={option.value} value={option.value} className="menu-item">
								<Select.ItemText>{option.label}</Select.ItemText>
								{option.hint !== undefined && <span className="faint">{option.hint}</span>}
								<Select.ItemIndicator style={{ marginLeft: "auto", display: "flex" }}>
									<Check />
								</Select.ItemIndicator>
							</Select.Item>
						))}
					</Select.Viewport>
				</Select.Content>
			</Select.Portal>
		</Select.Root>
	);
}
