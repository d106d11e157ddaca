import { arch, platform, release } from "node:os";
import { isAbsolute } from "node:path";
import { parseCachePath } from "#shared/cache-path";
import { releases } from "#shared/catalogue-rows";
import { usualDrawing } from "#shared/contract/export-request";
import { withoutPosition } from "#shared/node-id";
import { writeTraceCommand, writeValidateCommand } from "#shared/scd-command";
import { isCutOffUnknown } from "#shared/score-words";
import type { ValidationReport, ValidationRequest } from "#shared/validation";
import type { ReportRun, ReportSource } from "../export/report/report-source.ts";
import type { App } from "./app.ts";
import { readVersions } from "./app.ts";
import { judgeDocument } from "./circuit-description.ts";
import { makePortable } from "./exchange/portable-paths.ts";
import { buildExportSource } from "./export-source.ts";
import { reference } from "./locations.ts";

/** All that a stored circuit's report is made of; `view` is how a window looks at it now. */
export async function buildReportSource(
	app: Pick<App, "store" | "engine" | "weightFacts" | "folders">,
	name: string,
	view?: unknown,
): Promise<ReportSource> {
	const { store } = app;
	// Words of every feature, for its tables name what its figure does not show.
	const drawing = { ...usualDrawing, show: "all" } as const;
	const source = await buildExportSource(app, name, { drawing, embed: true, ...(view !== undefined && { view }) });
	const { document } = source;
	const pinned = document.pins.map(({ id }) => id);
	const features = document.nodes.flatMap(({ kind, id }) => (kind === "feature" ? [withoutPosition(id)] : []));
	const pins = [...new Set(pinned.length > 0 ? pinned : features)];
	const verdict = judgeDocument(store, name, document);
	const { scd, ...others } = readVersions();
	return {
		...source,
		runs: listRuns(store, name),
		validations: store.reports.list("validation", name).map(({ request, body, at }) => ({
			request: request as ValidationRequest,
			report: body as ValidationReport,
			at,
			command: writeValidateCommand(request as ValidationRequest, name, pins, namePath),
		})),
		...(verdict && { verdict }),
		versions: { "Sparse Circuit Discovery": scd, ...others },
		machine: `${platform()} ${release()}, ${arch()}`,
		cutOffUnknown: isCutOffUnknown(store.circuits.lastRun(name)?.request, document.nodes),
	};
}

/** Those that are in the circuit, and those that were to be and came to nothing. */
function listRuns(store: App["store"], name: string): readonly ReportRun[] {
	const ids = [...new Set([...store.circuits.runsOf(name), ...store.runs.unfinishedInto(name)])].sort((a, b) => a - b);
	return ids.flatMap((id) => {
		const run = store.runs.load(id);
		if (!run) return [];
		const command = writeTraceCommand(run.request, name, namePath);
		return [
			{
				status: run.status,
				method: run.request.method,
				...(command !== undefined && { command }),
				at: run.startedAt,
				error: run.error,
				provider: run.provider,
				seconds: run.seconds,
			},
		];
	});
}

/**
 * As a command line on another machine names it: what comes with the program by its place there or not at all, what lies
 * in the Hugging Face cache by its release or repository, a folder in one's home from there.
 */
function namePath(path: string): string | undefined {
	if (path === reference.model || path === reference.dictionaries) return undefined;
	const cached = parseCachePath(path);
	if (cached) {
		const of = releases.find(({ repo }) => repo === cached.repo);
		return of ? [of.name, cached.inside].filter((part) => part !== "").join("/") : cached.repo;
	}
	if (!isAbsolute(path)) return path;
	return makePortable(path).replace(/^bundled:/, "assets/reference/");
}
