import { Option } from "commander";
import type { RunForecast } from "#shared/contract/results";
import type { App } from "../app/app.ts";
import { type Forecastable, forecastRun } from "../app/forecast-run.ts";
import { describeSeconds, printJson, printResult, reportSkipped } from "./terminal.ts";

export const forecastOption = () =>
	new Option("--forecast", "print what it will take in time and memory, and do nothing else");

/** What a run would take, in the place of the run. */
export async function printForecast(app: App, asked: Forecastable, json = false): Promise<void> {
	const forecast = await forecastRun(app, asked);
	if (json) return printJson(buildForecastJson(forecast));
	reportSkipped(forecast.skipped);
	const { tokens, sites, seconds, bytes, freeBytes } = forecast;
	printResult(
		[
			`${tokens.toLocaleString("en")} tokens, dictionaries at ${sites.join(", ") || "no site"}`,
			`about ${describeSeconds(seconds)} and ${showMegabytes(bytes)} of memory; ${showMegabytes(freeBytes)} are free`,
		].join("\n"),
	);
}

const showMegabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;

function buildForecastJson({ tokens, sites, seconds, bytes, freeBytes, skipped }: RunForecast): object {
	return { tokens, sites, seconds, memory_mb: Math.round(bytes / 1e6), free_mb: Math.round(freeBytes / 1e6), skipped };
}
