import { useEffect } from "react";
import { create } from "zustand";

/** What stands against tracing what the form asks, by the field that found it. */
export const useTraceProblems = create<Readonly<Record<string, string>>>(() => ({}));

/** Tells it while it is so, and no longer than the field is there. */
export function useTraceProblem(field: string, problem: string | undefined): void {
	useEffect(() => {
		if (problem === undefined) return;
		useTraceProblems.setState({ [field]: problem });
		return () => {
			const { [field]: _, ...rest } = useTraceProblems.getState();
			useTraceProblems.setState(rest, true);
		};
	}, [field, problem]);
}
