import { useEffect, useState } from "react";
import type { TraceForecast } from "#shared/contract/results";
import { client } from "../bridge/connection.ts";
import { useSession } from "../document/session-store.ts";
import { showBytes, showSeconds } from "../ui/amounts.ts";
import { buildRequest, findGap, useTraceForm } from "./trace-form.ts";
import { useTraceProblem } from "./trace-problems.ts";

/** What a trace will cost, before it is asked for. */
export function Forecast() {
	const form = useTraceForm();
	const settings = useSession((state) => state.settings);
	const [answer, setAnswer] = useState<{ forecast?: TraceForecast; problem?: string }>({});
	useEffect(() => {
		if (findGap(form) !== undefined) {
			setAnswer({});
			return;
		}
		let wanted = true;
		const timer = setTimeout(() => {
			client
				.call("trace.forecast", { ...buildRequest(form), provider: settings.provider })
				.then((forecast) => wanted && setAnswer({ forecast }))
				.catch((error: Error) => wanted && setAnswer({ problem: error.message }));
		}, 200);
		return () => {
			wanted = false;
			clearTimeout(timer);
		};
	}, [form, settings.provider]);
	const { forecast, problem } = answer;
	useTraceProblem("forecast", problem);
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
			{problem !== undefined && <p className="field-error">{problem}</p>}
			{tight && (
				<p className="field-error">
					That is more than the {showBytes(forecast.freeBytes)} that are free. Trace fewer layers, or lower the memory
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
