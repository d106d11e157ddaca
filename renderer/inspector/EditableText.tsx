import { useEffect, useState } from "react";

interface EditableTextProps {
	readonly label: string;
	readonly value: string;
	readonly placeholder: string;
	onChange(value: string): void;
}

/** A text that is changed where it stands: Enter or leaving keeps it, Escape leaves it as it was. */
export function EditableText({ label, value, placeholder, onChange }: EditableTextProps) {
	const [text, setText] = useState(value);
	useEffect(() => setText(value), [value]);
	return (
		<input
			className="editable"
			aria-label={label}
			placeholder={placeholder}
			value={text}
			maxLength={200}
			onChange={({ target }) => setText(target.value)}
			onBlur={() => text !== value && onChange(text)}
			onKeyDown={(event) => {
				if (event.key === "Enter") event.currentTarget.blur();
				else if (event.key === "Escape") {
					setText(value);
					const field = event.currentTarget;
					// Once the old text is back, leaving changes nothing.
					requestAnimationFrame(() => field.blur());
				}
			}}
		/>
	);
}
