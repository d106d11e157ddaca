import { Plus, X } from "lucide-react";
import { useState } from "react";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import { Button, IconButton } from "../ui/Button.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import { addedChange, type SteerChange } from "./steer-form.ts";

interface ChangeListProps {
	readonly changes: readonly SteerChange[];
	onChange(changes: readonly SteerChange[]): void;
}

/** The features that are changed, and a field that adds one. */
export function ChangeList({ changes, onChange }: ChangeListProps) {
	return (
		<>
			<ul className="steer-changes" aria-label="Changed features">
				{changes.map((one) => (
					<ChangeRow
						key={one.feature}
						change={one}
						onChange={(next) => onChange(changes.map((each) => (each.feature === one.feature ? next : each)))}
						onRemove={() => onChange(changes.filter((each) => each.feature !== one.feature))}
					/>
				))}
			</ul>
			<AddFeature
				onAdd={(feature) => {
					if (!changes.some((one) => one.feature === feature)) onChange([...changes, addedChange(feature)]);
				}}
			/>
		</>
	);
}

function AddFeature({ onAdd }: { onAdd(feature: string): void }) {
	const [text, setText] = useState("");
	const [problem, setProblem] = useState<string>();
	const add = () => {
		try {
			const feature = withoutPosition(text.trim());
			if (parseNodeId(feature).kind !== "feature") throw new Error(`"${feature}" is no feature.`);
			onAdd(feature);
			setText("");
			setProblem(undefined);
		} catch (error) {
			setProblem((error as Error).message);
		}
	};
	return (
		<>
			<form
				className="corpus-field"
				onSubmit={(event) => {
					event.preventDefault();
					add();
				}}
			>
				<input
					className="input mono"
					aria-label="Feature to change"
					placeholder="mlp_3.17"
					spellCheck={false}
					value={text}
					aria-invalid={problem !== undefined}
					onChange={({ target }) => setText(target.value)}
				/>
				<Button type="submit" disabled={text.trim() === ""}>
					<Plus aria-hidden /> Add
				</Button>
			</form>
			{problem !== undefined && <span className="field-error">{problem}</span>}
		</>
	);
}

function ChangeRow({
	change,
	onChange,
	onRemove,
}: {
	readonly change: SteerChange;
	onChange(change: SteerChange): void;
	onRemove(): void;
}) {
	const { feature, how, value } = change;
	return (
		<li className="steer-change">
			<span className="mono cut grow" title={feature}>
				{feature}
			</span>
			<SelectField
				label={`What becomes of ${feature}`}
				value={how}
				options={[
					{ value: "ablate", label: "ablate" },
					{ value: "scale", label: "× by" },
					{ value: "clamp", label: "set to" },
				]}
				onChange={(next) => onChange({ ...change, how: next })}
			/>
			{how !== "ablate" && (
				<input
					className="input"
					data-number
					type="number"
					step="any"
					aria-label={`Number for ${feature}`}
					value={value}
					onChange={({ target }) => onChange({ ...change, value: Number(target.value) })}
				/>
			)}
			<IconButton label={`Leave ${feature} alone`} onClick={onRemove}>
				<X />
			</IconButton>
		</li>
	);
}
