import { useDocument } from "../document/document-store.ts";
import { Segments } from "../ui/Segments.tsx";
import { changeForm, useTraceForm } from "./trace-form.ts";

/** What ablations begin with, or whose derivatives are asked for. */
export function SourceFields() {
	const { ablatePins, method } = useTraceForm();
	const pins = useDocument((state) => state.document.pins.length);
	return (
		<Segments
			label={method === "ablation" ? "What is ablated" : "Which features are sources"}
			value={ablatePins ? "pins" : "active"}
			options={[
				{ value: "active", label: "All active" },
				{ value: "pins", label: `Pinned (${pins})` },
			]}
			onChange={(value) => changeForm({ ablatePins: value === "pins" })}
		/>
	);
}
