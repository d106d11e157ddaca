import { parentPort } from "node:worker_threads";
import { type EdgeColumns, EdgeList } from "#shared/edge-list";
import { AppError } from "#shared/errors";
import { buildPreview } from "./build-preview.ts";
import type { ExportAnswer, ExportQuestion } from "./export-protocol.ts";
import { writeExport } from "./write-export.ts";

/** Draws and writes beside the thread that asks, so that windows go on while a poster is made. Ended, it stops at once. */
const port = parentPort;
port?.on("message", async (question: ExportQuestion) => {
	const { id, kind, request } = question;
	const { document } = question.source;
	// What crosses threads arrives without its class.
	const edges = EdgeList.check(document.edges as unknown as EdgeColumns);
	const source = { ...question.source, document: { ...document, edges } };
	const tell = (answer: ExportAnswer) => port.postMessage(answer);
	try {
		const result =
			kind === "preview"
				? await buildPreview(source, request)
				: await writeExport(source, request, question.path, {
						progress: (progress) => tell({ id, type: "progress", progress }),
					});
		tell({ id, type: "done", result });
	} catch (error) {
		const failure = error instanceof AppError ? { code: error.code, message: error.message, data: error.data } : null;
		tell({ id, type: "failed", failure, reason: error instanceof Error ? error.message : String(error) });
	}
});
