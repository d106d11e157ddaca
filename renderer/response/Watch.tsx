import { Plus } from "lucide-react";
import { useState } from "react";
import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import { Button } from "../ui/Button.tsx";

/** Takes a feature's id, or else a token. */
export function Watch({ onFeature, onToken }: { onFeature(id: string): void; onToken(token: string): void }) {
	const [text, setText] = useState("");
	return (
		<form
			className="corpus-field"
			onSubmit={(event) => {
				event.preventDefault();
				if (text === "") return;
				setText("");
				try {
					if (parseNodeId(text.trim()).kind === "feature") return onFeature(text.trim());
				} catch (error) {
					if (!(error instanceof AppError)) throw error;
				}
				onToken(text);
			}}
		>
			<input
				className="input mono"
				aria-label="Also watch a feature or a token"
				placeholder="watch mlp_3.5@4 or a token"
				spellCheck={false}
				value={text}
				onChange={({ target }) => setText(target.value)}
			/>
			<Button type="submit" disabled={text === ""}>
				<Plus aria-hidden /> Watch
			</Button>
		</form>
	);
}
