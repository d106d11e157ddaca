import { useId } from "react";
import { useSession } from "../document/session-store.ts";
import { Button } from "../ui/Button.tsx";

/** A file of text on the machine that computes. The bundled sample is a press away. */
export function CorpusField({ value, onChange }: { readonly value: string; onChange(value: string): void }) {
	const id = useId();
	const sample = useSession((state) => state.app?.reference.sample ?? "");
	return (
		<div className="field">
			<label className="field-label" htmlFor={id}>
				Text: a .txt, .jsonl, .parquet or .arrow file, or one packed as .gz or .zst
			</label>
			<div className="corpus-field">
				<input
					id={id}
					className="input mono"
					spellCheck={false}
					value={value}
					title={value}
					placeholder="Path of a file"
					onChange={({ target }) => onChange(target.value)}
				/>
				<Button onClick={() => onChange(sample)} disabled={value === sample}>
					Sample
				</Button>
			</div>
		</div>
	);
}
