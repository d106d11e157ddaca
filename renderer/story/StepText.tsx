import { useEffect, useState } from "react";
import "./story.css";

interface StepTextProps {
	readonly label: string;
	readonly text: string;
	onChange(text: string): void;
}

/** A text as high as it is long, kept when one leaves it; Escape leaves it as it was. */
export function StepText({ label, text, onChange }: StepTextProps) {
	const [draft, setDraft] = useState(text);
	useEffect(() => setDraft(text), [text]);
	return (
		<textarea
			className="step-words"
			aria-label={label}
			placeholder="Say what happens here"
			rows={2}
			maxLength={4000}
			value={draft}
			onChange={({ target }) => setDraft(target.value)}
			onBlur={() => draft !== text && onChange(draft)}
			onKeyDown={(event) => {
				if (event.key !== "Escape") return;
				event.stopPropagation();
				setDraft(text);
				event.currentTarget.blur();
			}}
		/>
	);
}
