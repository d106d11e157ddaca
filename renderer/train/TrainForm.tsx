import type { TrainingRequest } from "#shared/training";
import { CorpusField } from "../tasks/CorpusField.tsx";
import { Disclosure } from "../ui/Disclosure.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { Segments } from "../ui/Segments.tsx";
import { SelectField } from "../ui/SelectField.tsx";

export type TrainingForm = Omit<TrainingRequest, "modelDir" | "provider">;

interface TrainFormProps {
	readonly form: TrainingForm;
	readonly model: { readonly layers: number; readonly contextLength: number } | undefined;
	onChange(change: Partial<TrainingForm>): void;
}

const siteKinds = ["resid", "mlp", "attn", "mid", "z", "post", "ln1", "ln2"];

/** What is trained, on what, and for how long. */
export function TrainForm({ form, model, onChange }: TrainFormProps) {
	return (
		<>
			<SiteField site={form.site} layers={model?.layers ?? 1} onChange={(site) => onChange({ site })} />
			<CorpusField value={form.corpus} onChange={(corpus) => onChange({ corpus })} />
			<Segments
				label="Kind"
				value={form.kind}
				options={[
					{ value: "topk", label: "TopK" },
					{ value: "standard", label: "ReLU + L1" },
				]}
				onChange={(kind) => onChange({ kind })}
			/>
			<NumberField
				label="Features"
				value={form.features}
				min={2}
				max={1_000_000}
				onChange={(features) => onChange({ features })}
			/>
			{form.kind === "topk" ? (
				<NumberField
					label="Active at a position (k)"
					value={form.k}
					min={1}
					max={form.features}
					onChange={(k) => onChange({ k })}
				/>
			) : (
				<NumberField
					label="Weight of the L1 penalty"
					value={form.l1}
					min={0}
					max={1000}
					step="any"
					onChange={(l1) => onChange({ l1 })}
				/>
			)}
			<NumberField
				label="Steps"
				value={form.steps}
				min={1}
				max={10_000_000}
				onChange={(steps) => onChange({ steps })}
			/>
			<label className="field">
				<span className="field-label">Folder that gets it</span>
				<input
					className="input mono"
					spellCheck={false}
					value={form.output}
					title={form.output}
					onChange={({ target }) => onChange({ output: target.value })}
				/>
			</label>
			<Disclosure label="More">
				<NumberField
					label="Learning rate"
					value={form.rate}
					min={1e-7}
					max={1}
					step="any"
					onChange={(rate) => onChange({ rate })}
				/>
				<NumberField
					label="Activations a step"
					value={form.batch}
					min={1}
					max={1_000_000}
					onChange={(batch) => onChange({ batch })}
				/>
				<NumberField
					label="Tokens of a sequence"
					value={form.maxLength}
					min={2}
					max={model?.contextLength ?? 1024}
					onChange={(maxLength) => onChange({ maxLength })}
				/>
				<NumberField label="Seed" value={form.seed} min={0} max={1_000_000} onChange={(seed) => onChange({ seed })} />
			</Disclosure>
		</>
	);
}

/** A site as its kind and its layer. */
function SiteField({
	site,
	layers,
	onChange,
}: {
	readonly site: string;
	readonly layers: number;
	onChange(site: string): void;
}) {
	const [kind = "resid", layer = "0"] = site.split("_");
	return (
		<FieldRow label="Site">
			<span className="train-site">
				<SelectField
					label="Kind of site"
					value={kind}
					options={siteKinds.map((value) => ({ value, label: value }))}
					onChange={(next) => onChange(`${next}_${layer}`)}
				/>
				<SelectField
					label="Layer"
					value={layer}
					options={Array.from({ length: layers }, (_, i) => ({ value: String(i), label: `layer ${i}` }))}
					onChange={(next) => onChange(`${kind}_${next}`)}
				/>
			</span>
		</FieldRow>
	);
}
