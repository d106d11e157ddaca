import { Play } from "lucide-react";
import { listWords } from "#shared/extension";
import { findChanges, findMixed, findObstacle, startForm, takeBack } from "../document/circuit-form.ts";
import { useDocument } from "../document/document-store.ts";
import { changeForm, findGap, useTraceForm } from "../document/trace-form.ts";
import { useTraceProblems } from "../document/trace-problems.ts";
import { Button } from "../ui/Button.tsx";
import { Segments } from "../ui/Segments.tsx";
import { Forecast } from "./Forecast.tsx";
import { LiveJobs } from "./JobList.tsx";

/** What it will cost, where it goes, and the button. */
export function GoSection() {
	const form = useTraceForm();
	const open = useDocument();
	useTraceProblems();
	const mixed = findMixed(form, open);
	const obstacle = findObstacle(form);
	// What fields found stands beside them.
	const gap = findGap(form);
	return (
		<section className="trace-go">
			<Forecast />
			{open.name !== null && (
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
			<Changes />
			{mixed.length > 0 && (
				<div className="field-error" data-mixed>
					The open circuit was traced with another {listWords(mixed)}. Its nodes would hold numbers of both, and show
					one of them.
					<span className="empty-ways">
						<Button onClick={() => changeForm({ extend: false })}>Into a new circuit</Button>
					</span>
				</div>
			)}
			<Button variant="primary" large disabled={obstacle !== undefined} onClick={startForm} data-trace>
				<Play aria-hidden />
				Trace
			</Button>
			{gap !== undefined && <span className="field-hint">{gap}</span>}
			<LiveJobs />
		</section>
	);
}

/** What was changed since the open circuit was traced, and the way back. */
function Changes() {
	const changes = findChanges(useTraceForm(), useDocument());
	if (changes.length === 0) return null;
	return (
		<div className="trace-changes" data-changes>
			<span className="field-hint">Changed since this circuit was traced: {listWords(changes)}.</span>
			<Button variant="quiet" onClick={takeBack}>
				As traced
			</Button>
		</div>
	);
}
