interface YamlFieldProps {
	readonly rows: number;
	readonly placeholder: string;
	readonly value: string;
	/** What is wrong with it. */
	readonly problem: string | undefined;
	onChange(text: string): void;
}

export function YamlField({ rows, placeholder, value, problem, onChange }: YamlFieldProps) {
	return (
		<>
			<textarea
				className="input prompt"
				rows={rows}
				spellCheck={false}
				aria-label="YAML"
				placeholder={placeholder}
				value={value}
				aria-invalid={problem !== undefined}
				onChange={({ target }) => onChange(target.value)}
			/>
			{problem !== undefined && (
				<p className="field-error" role="alert">
					{problem}
				</p>
			)}
		</>
	);
}
