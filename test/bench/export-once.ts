import { performance } from "node:perf_hooks";
import { App } from "../../main/app/app.ts";
import { buildExportSource } from "../../main/app/export-source.ts";
import { writeExport } from "../../main/export/write-export.ts";
import { type ExportRequest, usualExport } from "../../main/shared/contract/export-request.ts";

/** One export in a process of its own: prints its seconds, its peak of memory and its bytes. */
const [database = "", path = "", change = "{}"] = process.argv.slice(2);
const request: ExportRequest = { ...usualExport, show: "all", ...(JSON.parse(change) as Partial<ExportRequest>) };
const app = new App(database);
const began = performance.now();
const source = await buildExportSource(app, "large", { drawing: request, embed: request.embed });
const { files, poster } = await writeExport(source, request, path, { progress: () => {} });
const seconds = (performance.now() - began) / 1000;
app.dispose();
const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
console.log(
	JSON.stringify({
		seconds,
		cpuSeconds,
		megabytes: process.resourceUsage().maxRSS / 1000,
		bytes,
		sheets: poster?.sheets.length,
	}),
);
