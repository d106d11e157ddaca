import { useState } from "react";
import { client } from "../bridge/connection.ts";
import { useSession } from "../document/session-store.ts";
import { buildRequest, findGap, useTraceForm } from "../document/trace-form.ts";
import { useTraceProblem } from "../document/trace-problems.ts";
import { ForecastFigures } from "../tasks/ForecastFigures.tsx";

/** What a trace will cost, before it is asked for. */
export function Forecast() {
	const form = useTraceForm();
	const provider = useSession((state) => state.settings.provider);
	const request = findGap(form) === undefined ? { ...buildRequest(form), provider } : undefined;
	const [problem, setProblem] = useState<string>();
	useTraceProblem("forecast", problem);
	return (
		<ForecastFigures
			onProblem={setProblem}
			asked={request && JSON.stringify(request)}
			ask={() => client.call("trace.forecast", request as NonNullable<typeof request>)}
		/>
	);
}
