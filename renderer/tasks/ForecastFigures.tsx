import { useEffect, useState } from "react";
import type { RunForecast } from "#shared/contract/results";
import type { TaskAsked } from "#shared/contract/task";
import { client } from "../bridge/connection.ts";
import { showBytes, showSeconds } from "../ui/amounts.ts";
import "./tasks.css";

const typingMs = 200;

/** What a run will take, before it is asked for. `asked` decides the answer; undefined where nothing can be asked yet. */
export function ForecastFigures({
	asked,
	ask,
	onProblem,
}: {
	readonly asked: string | undefined;
	readonly ask: () => Promise<RunForecast>;
	/** Told what stands against the run, or that nothing does. */
	readonly onProblem?: (problem: string | undefined) => void;
}) {
	const [answer, setAnswer] = useState<{ forecast?: RunForecast; problem?: string }>({});
	// biome-ignore lint/correctness/useExhaustiveDependencies: `asked` says whether `ask` would be answered otherwise.
	useEffect(() => {
		if (asked === undefined) {
			setAnswer({});
			return;
		}
		let wanted = true;
		const timer = setTimeout(() => {
			ask()
				.then((forecast) => wanted && setAnswer({ forecast }))
				.catch((error: Error) => wanted && setAnswer({ problem: error.message }));
		}, typingMs);
		return () => {
			wanted = false;
			clearTimeout(timer);
		};
	}, [asked]);
	const { forecast, problem } = answer;
	useEffect(() => onProblem?.(problem), [onProblem, problem]);
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
	return (
		<ForecastFigures
			asked={asked && JSON.stringify(asked)}
			ask={() => client.call("tasks.forecast", { asked: asked as TaskAsked })}
		/>
	);
}
