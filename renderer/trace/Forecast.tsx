import { useSession } from "../document/session-store.ts";
import { buildRequest, findGap, useTraceForm } from "../document/trace-form.ts";
import { useTraceProblem } from "../document/trace-problems.ts";
import { useCall } from "../document/use-call.ts";
import { ForecastFigures, typingMs } from "../tasks/ForecastFigures.tsx";

/** What a trace will cost, before it is asked for. */
export function Forecast() {
	const form = useTraceForm();
	const provider = useSession((state) => state.settings.provider);
	const request = findGap(form) === undefined ? { ...buildRequest(form), provider } : undefined;
	const found = useCall("trace.forecast", request, { delayMs: typingMs, keep: true });
	useTraceProblem("forecast", found.problem?.message);
	return <ForecastFigures {...found} />;
}
