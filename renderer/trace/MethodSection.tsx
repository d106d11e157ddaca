import { runAction } from "../actions/actions.ts";
import { useSession } from "../document/session-store.ts";
import type { TraceForm } from "../document/stored-form.ts";
import { changeForm, findSites, useTraceForm } from "../document/trace-form.ts";
import { Button } from "../ui/Button.tsx";
import { FieldRow } from "../ui/FieldRow.tsx";
import { NumberField } from "../ui/NumberField.tsx";
import { RangeSlider } from "../ui/RangeSlider.tsx";
import { Segments } from "../ui/Segments.tsx";
import { AblationFields } from "./AblationFields.tsx";
import { ChoiceFields } from "./ChoiceFields.tsx";
import { ErrorFields } from "./ErrorFields.tsx";
import { MoreFields } from "./MoreFields.tsx";
import { SourceFields } from "./SourceFields.tsx";

const methodHints: Readonly<Record<TraceForm["method"], string>> = {
	gradient: "Direct effects on the metric, by gradients: fast, every site, errors and tokens included.",
	ablation: "Each feature is taken out in turn; what the same kind of site does one layer on is measured.",
	jacobian: "How much each feature of the residual stream moves each active feature of the next layer's.",
};

export function MethodSection() {
	const form = useTraceForm();
	const library = useSession((state) => state.library);
	const sites = findSites(library, form.setDirs);
	const layers = sites.map((site) => Number.parseInt(site.split("_")[1] ?? "", 10));
	const [first, last] = layers.length > 0 ? [Math.min(...layers), Math.max(...layers)] : [0, 0];
	const [from, to] = form.layers ?? [first, last];
	const layerName = (layer: number) => (layer < 0 ? "embedding" : String(layer));
	return (
		<section>
			<div className="field-row">
				<h2 className="heading">Method</h2>
				<Button variant="quiet" onClick={() => runAction("config")}>
					From YAML …
				</Button>
			</div>
			<Segments
				label="Method"
				value={form.method}
				options={[
					{ value: "gradient", label: "Gradient" },
					{ value: "ablation", label: "Ablation" },
					{ value: "jacobian", label: "Jacobian" },
				]}
				onChange={(method) => changeForm({ method })}
			/>
			<span className="field-hint">{methodHints[form.method]}</span>
			<FieldRow label="Layers">
				<span className="mono">
					{layerName(from)} – {layerName(to)}
				</span>
			</FieldRow>
			<RangeSlider
				labels={["First layer", "Last layer"]}
				values={[from, to]}
				min={first}
				max={Math.max(last, first + 1)}
				step={1}
				valueText={layerName}
				onChange={([a = first, b = last]) =>
					changeForm({ layers: a <= first && b >= last ? null : [a, Math.min(b, last)] })
				}
			/>
			{form.method === "gradient" && <ChoiceFields />}
			{form.method !== "gradient" && <SourceFields />}
			{form.method === "gradient" && <ErrorFields />}
			{form.method === "ablation" && <AblationFields />}
			<NumberField
				label="Edges a node"
				hint={
					form.method === "gradient"
						? "For each explained node and each site upstream, so many features with the largest |direct effect| are kept."
						: "For each feature, so many features of the layer before with the largest |effect| are kept in the circuit."
				}
				value={form.upNodes}
				min={1}
				max={2000}
				onChange={(upNodes) => changeForm({ upNodes })}
			/>
			<MoreFields />
		</section>
	);
}
