import type { DataFormat } from "#shared/exchange/data-formats";
import { fetchFile } from "../actions/make-export.ts";
import { client } from "../bridge/connection.ts";
import { saveBytes } from "../bridge/save-bytes.ts";
import { showToast } from "../ui/toast-store.ts";

/** Has circuits written for another program and saves the one or two files where the person wants them. */
export async function saveData(names: readonly string[], format: DataFormat, history: boolean): Promise<void> {
	const made = await client.call("exports.data", { names: [...names], format, history });
	try {
		for (const [i, { name }] of made.files.entries()) {
			const path = await saveBytes(name, await fetchFile(made, i), "application/octet-stream");
			if (path !== null) showToast({ severity: "success", message: `Saved ${path}.` });
		}
		for (const message of made.notes) showToast({ severity: "info", message });
	} finally {
		client.call("exports.forget", { export: made.id }).catch(() => {});
	}
}
