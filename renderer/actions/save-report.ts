import type { ReportFormat } from "#shared/report";
import { client } from "../bridge/connection.ts";
import { showToast } from "../ui/toast-store.ts";
import { openCircuit, saveFiles } from "./make-export.ts";

/** Writes the open circuit's report and saves it where the person wants it. */
export async function saveReport(formats: readonly ReportFormat[]): Promise<void> {
	const circuit = openCircuit();
	showToast({ severity: "info", message: "Writing the report …" });
	const made = await client.call("exports.report", { ...circuit, formats: [...formats] });
	try {
		await saveFiles(made);
	} finally {
		client.call("exports.forget", { export: made.id }).catch(() => {});
	}
}
