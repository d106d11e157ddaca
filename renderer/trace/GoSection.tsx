import { Play } from "lucide-react";
import { useDocument } from "../document/document-store.ts";
import { Button } from "../ui/Button.tsx";
import { Segments } from "../ui/Segments.tsx";
import { Forecast } from "./Forecast.tsx";
import { changeForm, findGap, startForm, useTraceForm } from "./trace-form.ts";

/** What it will cost, where it goes, and the button. */
export function GoSection() {
	const form = useTraceForm();
	const { name, run } = useDocument();
	const gap = findGap(form);
	return (
		<section className="trace-go">
			<Forecast />
			{name !== null && (
				<Segments
					label="Where the result goes"
					value={form.extend ? "extend" : "new"}
					options={[
						{ value: "new", label: "New circuit" },
						{ value: "extend", label: "Extend this one" },
					]}
					onChange={(value) => changeForm({ extend: value === "extend" })}
				/>
			)}
			{form.extend && run !== null && run.prompt !== form.prompt && (
				<span className="field-hint">
					The open circuit is of another prompt. Nodes of both will stand side by side, named by their own ids; the
					prompt that is shown is the last one's.
				</span>
			)}
			<Button variant="primary" large disabled={gap !== undefined} onClick={startForm} data-trace>
				<Play aria-hidden />
				Trace
			</Button>
			{gap !== undefined && <span className="field-hint">{gap}</span>}
		</section>
	);
}
