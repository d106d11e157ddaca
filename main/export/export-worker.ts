import { parentPort } from "node:worker_threads";
import { AppError } from "#shared/errors";
import { reviveEdges, revivePayload } from "#shared/exchange/circuit-payload";
import type { Progress } from "#shared/trace";
import { buildPreview } from "./build-preview.ts";
import type { ExportAnswer, ExportQuestion, ExportResult } from "./export-protocol.ts";
import type { ExportSource } from "./export-source.ts";
import { writeReport } from "./report/write-report.ts";
import { writeExport } from "./write-export.ts";

async function answer(question: ExportQuestion, progress: (progress: Progress) => void): Promise<ExportResult> {
	switch (question.kind) {
		case "preview":
			return await buildPreview(revive(question.source), question.request);
		case "write":
			return await writeExport(revive(question.source), question.request, question.path, { progress });
		case "report":
			return await writeReport(revive(question.source), question.files, { progress });
	}
}

/** What comes from another thread gets its classes back. */
function revive<S extends ExportSource>(source: S): S {
	const { document, payload } = source;
	return {
		...source,
		document: { ...document, edges: reviveEdges(document.edges) },
		...(payload && { payload: revivePayload(payload) }),
	};
}

/** Draws and writes beside the thread that asks, so that windows go on while a poster is made. Ended, it stops at once. */
const port = parentPort;
port?.on("message", async (question: ExportQuestion) => {
	const { id } = question;
	const tell = (answer: ExportAnswer) => port.postMessage(answer);
	try {
		tell({ id, type: "done", result: await answer(question, (progress) => tell({ id, type: "progress", progress })) });
	} catch (error) {
		const failure = error instanceof AppError ? { code: error.code, message: error.message, data: error.data } : null;
		tell({ id, type: "failed", failure, reason: error instanceof Error ? error.message : String(error) });
	}
});
