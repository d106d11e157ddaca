import { useEffect, useState } from "react";
import type { ExportRequest } from "#shared/contract/export-request";
import type { ExportPreview } from "#shared/contract/export-result";
import { AppError } from "#shared/errors";
import { openCircuit } from "../actions/make-export.ts";
import { client } from "../bridge/connection.ts";

export interface Preview {
	/** The newest that is here; while another is drawn, the last one stays. */
	readonly shown: ExportPreview | undefined;
	readonly loading: boolean;
	readonly problem: string | undefined;
}

const settleMs = 150;

/** The drawing as files will show it, drawn anew when a choice changes it. */
export function usePreview(request: ExportRequest): Preview {
	const [preview, setPreview] = useState<Preview>({ shown: undefined, loading: true, problem: undefined });
	const key = JSON.stringify(request);
	useEffect(() => {
		const controller = new AbortController();
		setPreview(({ shown }) => ({ shown, loading: true, problem: undefined }));
		const timer = setTimeout(() => {
			client
				.call("exports.preview", { ...openCircuit(), request: JSON.parse(key) as ExportRequest }, controller)
				.then((shown) => setPreview({ shown, loading: false, problem: undefined }))
				.catch((error: Error) => {
					if (controller.signal.aborted || (error instanceof AppError && error.code === "cancelled")) return;
					setPreview(({ shown }) => ({ shown, loading: false, problem: error.message }));
				});
		}, settleMs);
		return () => {
			clearTimeout(timer);
			controller.abort();
		};
	}, [key]);
	return preview;
}
