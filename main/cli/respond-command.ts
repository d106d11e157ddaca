import { type Command, InvalidArgumentError, Option } from "commander";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import type { ResponseResult, TokenChange } from "#shared/response";
import {
	buildFeatureRequest,
	collect,
	jsonOption,
	layersOption,
	type ModelOptions,
	modelOptions,
	openApp,
} from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface RespondOptions extends ModelOptions {
	readonly prompt: string;
	readonly metric: string;
	readonly coefficients: readonly number[];
	readonly together?: true;
	readonly watch?: readonly string[];
	readonly watchToken?: readonly string[];
	readonly forecast?: true;
	readonly json?: true;
}

export function defineRespondCommand(command: Command): void {
	command
		.argument("<id...>", "features to scale, e.g. mlp_3.17@5; without a position wherever they are active")
		.requiredOption("--prompt <text>", "text to run; with cross_entropy its last token is the target")
		.option("--metric <name>", "as in scd trace", "cross_entropy")
		.addOption(
			new Option("--coefficients <list>", "what activations are multiplied by; 0 ablates")
				.argParser(parseNumbers)
				.default([0, 0.25, 0.5, 0.75, 1], "0,0.25,0.5,0.75,1"),
		)
		.option("--together", "scale all of them at once instead of one after the other")
		.option("--watch <id>", "also read this feature's activation; may be repeated", collect)
		.option("--watch-token <text>", "also read this token's probability; may be repeated", collect);
	modelOptions(command)
		.addOption(layersOption())
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runRespond);
}

function parseNumbers(text: string): readonly number[] {
	const numbers = text.split(",").map(Number);
	if (text.trim() === "" || !numbers.every(Number.isFinite) || numbers.length > 64)
		throw new InvalidArgumentError("Up to 64 numbers with commas between them are needed");
	return numbers;
}

async function runRespond(nodes: readonly string[], options: RespondOptions): Promise<void> {
	const { prompt, metric, coefficients, together = false, watch = [], watchToken: watchTokens = [] } = options;
	const request = {
		...buildFeatureRequest(options),
		prompt,
		metric,
		nodes,
		coefficients,
		together,
		watch,
		watchTokens,
	};
	const app = openApp(options);
	try {
		if (options.forecast) return await printForecast(app, { kind: "respond", request }, options.json);
		const response = await withInterrupt((signal) => app.engine.call("respond", request, { signal }));
		for (const note of response.notes) warn(note);
		if (options.json) printJson(buildResponseJson(response));
		else printResult(describeResponse(response));
	} finally {
		app.dispose();
	}
}

function buildResponseJson({ metric, notes, watched, curves }: ResponseResult): object {
	const list = (changes: readonly TokenChange[]) => changes.map(({ token, before, after }) => [token, before, after]);
	return {
		metric,
		notes,
		watched,
		curves: curves.map(({ nodes, positions, points }) => ({
			nodes,
			positions,
			points: points.map(({ coefficient, value, watched: values, gains, losses }) => ({
				coefficient,
				value,
				watched: values,
				gains: list(gains),
				losses: list(losses),
			})),
		})),
	};
}

function describeResponse({ metric, watched, curves }: ResponseResult): string {
	const list = (changes: readonly TokenChange[]) =>
		changes
			.slice(0, 5)
			.map(({ token, before, after }) => `${showToken(token)} ${formatNumber(before)} → ${formatNumber(after)}`)
			.join("   ");
	return curves
		.flatMap(({ nodes, positions, points }) => [
			`${nodes.join(" + ")} scaled at ${positions.length === 1 ? "position" : "positions"} ${positions.join(", ")}: ${metric}`,
			...points.flatMap(({ coefficient, value, watched: values, gains, losses }) => [
				`${String(coefficient).padStart(7)}  ${formatNumber(value)}${values.map((one, i) => `   ${showToken(watched[i] ?? "")} ${formatNumber(one)}`).join("")}`,
				...(gains.length > 0 ? [`         likelier  ${list(gains)}`] : []),
				...(losses.length > 0 ? [`         less      ${list(losses)}`] : []),
			]),
		])
		.join("\n");
}
