import { useDocument } from "../document/document-store.ts";
import { changeForm, useTraceForm } from "../document/trace-form.ts";
import { Segments } from "../ui/Segments.tsx";

/** What ablations begin with, or whose derivatives are asked for. */
export function SourceFields() {
	const form = useTraceForm();
	const { ablatePins, method } = form;
	const pinned = useDocument((state) => state.document.pins.length);
	const pins = pinned > 0 ? pinned : form.tracedPins.length;
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
