import { useEffect, useState } from "react";
import type { ReportSummary } from "#shared/contract/results";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import { client } from "../bridge/connection.ts";
import { reportError } from "../document/session-store.ts";

/** Whether two lists of pins are the same, whatever their order. */
export function sameSet(a: readonly string[], b: readonly string[]): boolean {
	return a.length === b.length && new Set([...a, ...b]).size === a.length;
}

export type StoredValidation = Omit<ReportSummary, "request" | "body"> & {
	readonly request: ValidationRequest;
	readonly body: ValidationReport;
};

/** Stored reports of a circuit; `finished` is whatever changes when there may be a new one. */
export function useReports(name: string | null, finished: string | null) {
	const [reports, setReports] = useState<readonly StoredValidation[]>([]);
	const [chosen, choose] = useState<number>();
	// biome-ignore lint/correctness/useExhaustiveDependencies: a validation that has ended has left a report.
	useEffect(() => {
		if (name === null) return;
		let current = true;
		client
			.call("reports.list", { kind: "validation", circuit: name })
			.then((found) => {
				if (!current) return;
				setReports(found as readonly StoredValidation[]);
				choose(undefined);
			})
			.catch(reportError);
		return () => {
			current = false;
		};
	}, [name, finished]);
	return { reports, shown: reports.find(({ id }) => id === chosen) ?? reports[0], choose };
}
