import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportPreview } from "#shared/contract/export-result";
import { openCircuit } from "../actions/make-export.ts";
import { useDocument } from "../document/document-store.ts";
import { type Answer, useCall } from "../document/use-call.ts";

const settleMs = 150;

/** The drawing as files will show it, drawn anew when a choice changes it; until then the last one stays. */
export function usePreview(request: ExportRequest): Answer<ExportPreview> {
	const isOpen = useDocument((state) => state.name !== null);
	return useCall("exports.preview", isOpen ? { ...openCircuit(), request } : undefined, {
		delayMs: settleMs,
		keep: true,
	});
}
