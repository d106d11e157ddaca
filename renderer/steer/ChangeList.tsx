import { Plus, X } from "lucide-react";
import { useState } from "react";
import { parseNodeId, withoutPosition } from "#shared/node-id";
import { pinnable } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useNames } from "../document/names.ts";
import { count } from "../ui/amounts.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { SelectField } from "../ui/SelectField.tsx";
import type { SteerChange } from "./asked-changes.ts";
import { addedChange, addedSupernode } from "./steer-form.ts";

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
				onAdd={(added) => {
					if (!changes.some((one) => one.feature === added.feature)) onChange([...changes, added]);
				}}
			/>
		</>
	);
}

/** By a feature's id, or by a supernode's name. */
function AddFeature({ onAdd }: { onAdd(change: SteerChange): void }) {
	const groups = useDerived((state) => state.document.groups);
	const supernodes = groups.filter(({ members }) => pinnable(members).length > 0);
	const [text, setText] = useState("");
	const [problem, setProblem] = useState<string>();
	const add = () => {
		try {
			const supernode = supernodes.find(({ name }) => name === text.trim());
			const feature = withoutPosition(text.trim());
			if (!supernode && parseNodeId(feature).kind !== "feature") throw new Error(`"${feature}" is no feature.`);
			onAdd(
				supernode ? addedSupernode(supernode.id, supernode.name, pinnable(supernode.members)) : addedChange(feature),
			);
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
					placeholder={supernodes.length > 0 ? "mlp_3.17, or a supernode's name" : "mlp_3.17"}
					list="steer-supernodes"
					spellCheck={false}
					value={text}
					aria-invalid={problem !== undefined}
					onChange={({ target }) => setText(target.value)}
				/>
				<datalist id="steer-supernodes">
					{supernodes.map(({ id, name }) => (
						<option key={id} value={name} />
					))}
				</datalist>
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
	const { feature, supernode, how, value } = change;
	const known = useNames()(feature);
	const name = supernode?.name ?? known.text;
	const what = supernode?.name ?? feature;
	return (
		<li className="steer-change" data-supernode={supernode ? true : undefined}>
			<span className="steer-name grow" title={supernode?.features.join(", ") ?? `${feature}: ${name}`}>
				<span className="cut">{name}</span>
				<span className="faint mono cut">
					{supernode ? `all ${count(supernode.features.length, "feature")}` : name === feature ? "" : feature}
				</span>
			</span>
			<SelectField
				label={`What becomes of ${what}`}
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
					aria-label={`Number for ${what}`}
					value={value}
					onChange={({ target }) => onChange({ ...change, value: Number(target.value) })}
				/>
			)}
			<IconButton label={`Leave ${what} alone`} onClick={onRemove}>
				<X />
			</IconButton>
		</li>
	);
}
