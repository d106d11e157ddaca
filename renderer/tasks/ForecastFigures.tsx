import type { RunForecast } from "#shared/contract/results";
import type { TaskAsked } from "#shared/contract/task";
import { type Answer, useCall } from "../document/use-call.ts";
import { showBytes, showSeconds } from "../ui/amounts.ts";
import "./tasks.css";

/** Waits so long for another letter. */
export const typingMs = 200;

/** What a run will take, or why it cannot be. */
export function ForecastFigures({ answer, problem }: Answer<RunForecast>) {
	const forecast = problem ? undefined : answer;
	const tight = forecast !== undefined && forecast.bytes > forecast.freeBytes;
	return (
		<>
			<dl className="forecast">
				<div>
					<dt className="faint">Memory</dt>
					<dd>{forecast ? showBytes(forecast.bytes) : "–"}</dd>
				</div>
				<div>
					<dt className="faint">Time</dt>
					<dd>{forecast ? `≈ ${showSeconds(forecast.seconds)}` : "–"}</dd>
				</div>
			</dl>
			{problem && <p className="field-error">{problem.message}</p>}
			{tight && (
				<p className="field-error">
					That is more than the {showBytes(forecast.freeBytes)} that are free. Choose fewer layers, or lower the memory
					limit in the settings.
				</p>
			)}
			{forecast && forecast.skipped.length > 0 && (
				<p className="field-hint">
					{forecast.skipped.length} dictionaries cannot be used and are left out; the library says why.
				</p>
			)}
		</>
	);
}

/** The same of a task. Without a request nothing can be said yet. */
export function TaskForecast({ asked }: { readonly asked: TaskAsked | undefined }) {
	return <ForecastFigures {...useCall("tasks.forecast", asked && { asked }, { delayMs: typingMs, keep: true })} />;
}
