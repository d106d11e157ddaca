import { usualExport } from "#shared/contract/export-request";
import { useSession } from "../document/session-store.ts";
import { saveExport } from "./make-export.ts";

/** Saves what is seen, as it is seen, on light paper and without another question. */
export async function saveImage(format: "svg" | "png"): Promise<void> {
	await saveExport({ ...usualExport, format, ink: useSession.getState().settings.colours });
}
