import { useId } from "react";
import { showToken } from "#shared/drawing/svg-text";
import { readTokens } from "#shared/token-characters";
import { useTraceForm } from "../document/trace-form.ts";
import { useTraceProblem } from "../document/trace-problems.ts";
import { useCall } from "../document/use-call.ts";

interface PromptFieldProps {
	readonly label: string;
	readonly value: string;
	/** The last token is what is predicted. */
	readonly targetLast: boolean;
	onChange(value: string): void;
	/** Ctrl or Cmd with Enter. */
	onRun(): void;
}

/** A text with its tokens, as the model will read it. */
export function PromptField({ label, value, targetLast, onChange, onRun }: PromptFieldProps) {
	const id = useId();
	const { answer: reading, problem: failure } = useReading(value);
	const problem = failure?.message;
	const count = reading?.tokenIds.length ?? 0;
	const tooLong =
		reading !== undefined && count > reading.contextLength + (targetLast ? 1 : 0)
			? `${count} tokens, and the model reads at most ${reading.contextLength}${targetLast ? " before the target" : ""}. Shorten the prompt.`
			: undefined;
	useTraceProblem(label, tooLong ?? problem);
	return (
		<div className="field">
			<label className="field-label" htmlFor={id}>
				{label}
			</label>
			<textarea
				id={id}
				data-prompt
				className="input prompt"
				rows={2}
				spellCheck={false}
				value={value}
				aria-invalid={(tooLong ?? problem) !== undefined}
				onChange={({ target }) => onChange(target.value)}
				onKeyDown={(event) => {
					if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) onRun();
				}}
			/>
			{reading && count > 0 && (
				<div className="tokens" role="img" aria-label={`${count} tokens: ${reading.tokens.join(" ")}`}>
					{readTokens(reading.tokens)
						.slice(0, 400)
						.map(({ inline, continues }, i) => (
							<span
								// biome-ignore lint/suspicious/noArrayIndexKey: tokens are their positions.
								key={i}
								className="token"
								data-target={(targetLast && i === count - 1) || undefined}
								data-added={(reading.bos && i === 0) || undefined}
								data-continues={continues || undefined}
								title={`${i}: ${JSON.stringify(reading.tokens[i])} (${reading.tokenIds[i]})`}
							>
								{showToken(inline)}
							</span>
						))}
					{count > 400 && <span className="faint">… and {count - 400} more</span>}
				</div>
			)}
			{problem !== undefined && <span className="field-error">{problem}</span>}
			{tooLong !== undefined && <span className="field-error">{tooLong}</span>}
			{reading && tooLong === undefined && (
				<span className="field-hint">
					{count} {count === 1 ? "token" : "tokens"}
					{targetLast && count > 1 && (
						<>
							; target <span className="mono">“{showToken(readTokens(reading.tokens).at(-1)?.alone ?? "")}”</span>
						</>
					)}
				</span>
			)}
		</div>
	);
}

function useReading(prompt: string) {
	const { modelDir, setDirs, bos } = useTraceForm();
	const question = { modelDir, dictionaryDirs: [...setDirs], prompt, ...(bos !== "auto" && { bos }) };
	return useCall("prompt.read", modelDir === "" || prompt === "" ? undefined : question, { delayMs: 60, keep: true });
}
