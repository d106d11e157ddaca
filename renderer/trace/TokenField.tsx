import { useId, useState } from "react";
import type { TokenChoice } from "#shared/contract/results";
import { showToken } from "#shared/drawing/svg-text";
import { useTraceForm } from "../document/trace-form.ts";
import { useAnswer } from "../document/use-call.ts";

interface TokenFieldProps {
	readonly label: string;
	/** A token's text, or its number behind a #. */
	readonly value: string;
	onChange(value: string): void;
}

/** One token of the vocabulary, found by typing part of it. */
export function TokenField({ label, value, onChange }: TokenFieldProps) {
	const id = useId();
	const modelDir = useTraceForm((state) => state.modelDir);
	const [query, setQuery] = useState<string | null>(null);
	const [chosen, setChosen] = useState(0);
	const asked = query === null || modelDir === "" ? undefined : { modelDir, query, limit: 12 };
	const found = useAnswer("prompt.complete", asked, { keep: true }) ?? [];
	const take = (choice: TokenChoice | undefined) => {
		if (choice) onChange(/^[\s\S]*[(),#]|^\s*\d+\s*$/.test(choice.text) ? `#${choice.id}` : choice.text);
		setQuery(null);
	};
	const open = query !== null && found.length > 0;
	return (
		<div className="field token-field">
			<label className="field-label" htmlFor={id}>
				{label}
			</label>
			<input
				id={id}
				className="input mono"
				role="combobox"
				aria-expanded={open}
				aria-controls={open ? `${id}-list` : undefined}
				aria-activedescendant={open ? `${id}-${chosen}` : undefined}
				autoComplete="off"
				spellCheck={false}
				placeholder="Type part of a token"
				value={query ?? showToken(value)}
				onFocus={(event) => {
					setQuery("");
					setChosen(0);
					event.currentTarget.select();
				}}
				onBlur={() => setQuery(null)}
				onChange={({ target }) => {
					setQuery(target.value);
					setChosen(0);
				}}
				onKeyDown={(event) => {
					if (event.key === "ArrowDown") setChosen(Math.min(found.length - 1, chosen + 1));
					else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
					else if (event.key === "Enter" && open) take(found[chosen]);
					else if (event.key === "Escape") setQuery(null);
					else return;
					event.preventDefault();
					event.stopPropagation();
				}}
			/>
			{open && (
				<ul id={`${id}-list`} className="search-results" role="listbox" aria-label="Tokens">
					{found.map((choice, i) => (
						<li
							key={choice.id}
							id={`${id}-${i}`}
							role="option"
							aria-selected={i === chosen}
							onPointerEnter={() => setChosen(i)}
							onPointerDown={(event) => event.preventDefault()}
							onClick={() => take(choice)}
						>
							<span className="token">{showToken(choice.text)}</span>
							<span className="faint mono grow" style={{ textAlign: "right" }}>
								{choice.id}
							</span>
						</li>
					))}
				</ul>
			)}
		</div>
	);
}
