import { useState } from "react";
import { closeDialog } from "../actions/workspace-store.ts";
import { Button } from "../ui/Button.tsx";
import { DialogFrame } from "../ui/DialogFrame.tsx";

interface NameDialogProps {
	readonly title: string;
	readonly lead?: string;
	readonly initial: string;
	readonly button: string;
	onName(name: string): Promise<void>;
}

/** Asks for one name; where it cannot be given, says why and stays open. */
export function NameDialog({ title, lead, initial, button, onName }: NameDialogProps) {
	const [name, setName] = useState(initial);
	const [problem, setProblem] = useState<string>();
	const submit = () => {
		onName(name.trim())
			.then(closeDialog)
			.catch((error: Error) => setProblem(error.message));
	};
	return (
		<DialogFrame
			title={title}
			{...(lead !== undefined && { lead })}
			width={460}
			onClose={closeDialog}
			foot={
				<>
					<Button onClick={closeDialog}>Cancel</Button>
					<Button variant="primary" disabled={name.trim() === ""} onClick={submit}>
						{button}
					</Button>
				</>
			}
		>
			<div className="field">
				<input
					className="input"
					aria-label="Name"
					placeholder="Name"
					// biome-ignore lint/a11y/noAutofocus: the dialog asks for nothing else.
					autoFocus
					value={name}
					aria-invalid={problem !== undefined}
					onFocus={({ target }) => target.select()}
					onChange={({ target }) => {
						setName(target.value);
						setProblem(undefined);
					}}
					onKeyDown={(event) => {
						if (event.key === "Enter" && name.trim() !== "") submit();
					}}
				/>
				{problem !== undefined && (
					<span className="field-error" role="alert">
						{problem}
					</span>
				)}
			</div>
		</DialogFrame>
	);
}
