import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { ClusterRequest, ClusterResult } from "#shared/cluster";
import { showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import { type ProviderChoice, providerChoice } from "#shared/trace-request";
import { readVersions } from "../app/app.ts";
import { findModel, reference } from "../app/locations.ts";
import { columnOption } from "./method-options.ts";
import { databaseOption, jsonOption, memoryOption, modelOption, openApp, parseCount, parseSeed } from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface ClusterOptions {
	readonly model?: string;
	readonly site?: string;
	readonly bos: "on" | "off";
	readonly corpus?: string;
	readonly column?: string;
	readonly maxLength: number;
	readonly positions: number;
	readonly clusters: number;
	readonly seed: number;
	readonly provider: ProviderChoice;
	readonly db?: string;
	readonly memoryLimit?: number;
	readonly forecast?: true;
	readonly json?: true;
}

export function defineClusterCommand(command: Command): void {
	command
		.addOption(modelOption())
		.option("--site <name>", "where residuals are taken, as resid_2", "resid_2")
		.option("--corpus <file>", "text, JSONL, Parquet or Arrow (default: the bundled sample)")
		.addOption(columnOption())
		.option("--clusters <n>", "how many", parseCount, 30)
		.option("--positions <n>", "token positions read", parseCount, 10_000)
		.option("--max-length <n>", "tokens of a sequence", parseCount, 64)
		.addOption(new Option("--bos <on|off>", "<|endoftext|> before each").choices(["on", "off"]).default("on"))
		.option("--seed <n>", "of the first middles", parseSeed, 0)
		.addOption(new Option("--provider <name>", "where to compute").choices(providerChoice.options).default("auto"))
		.addOption(databaseOption())
		.addOption(memoryOption())
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runCluster);
}

async function runCluster(options: ClusterOptions): Promise<void> {
	const { model, corpus, column, site = "", db, memoryLimit, forecast, json, ...rest } = options;
	const modelDir = findModel(model);
	if (corpus === undefined && modelDir !== reference.model)
		throw new AppError("usage", "A model of your own needs a text to read. Name a file with --corpus.");
	const request: ClusterRequest = {
		...rest,
		modelDir,
		site,
		corpus: resolve(corpus ?? reference.sample),
		...(column !== undefined && { column }),
	};
	const app = openApp({ db, memoryLimit });
	const bar = createProgressBar();
	try {
		if (forecast) return await printForecast(app, { kind: "cluster", request }, json);
		const result = await withInterrupt((signal) =>
			app.engine.call("cluster", request, { signal, progress: bar.show }),
		).finally(bar.clear);
		const report = app.store.reports.save("cluster", null, request, result, readVersions());
		for (const note of result.notes) warn(note);
		if (json) printJson({ report, ...result });
		else printResult(describeClusters(report, result));
	} finally {
		app.dispose();
	}
}

function describeClusters(report: number, { positions, clusters }: ClusterResult): string {
	return [
		`${positions} positions in ${clusters.length} clusters`,
		...clusters.flatMap(({ number, size, cohesion, places }) => [
			`${`${report}:${number}`.padStart(7)}  ${size} positions, cohesion ${cohesion.toFixed(2)}`,
			...places
				.slice(0, 3)
				.map(({ before, next }) => `           …${showToken(before.slice(-40))}»${showToken(next)}«`),
		]),
		`Trace one of them with: scd consensus --cluster ${report}:0`,
	].join("\n");
}
