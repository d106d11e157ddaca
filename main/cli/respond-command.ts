import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import type { ResponseRequest, ResponseResult, TokenChange } from "#shared/response";
import type { ProviderChoice } from "#shared/trace";
import { App } from "../app/app.ts";
import { findModel, reference } from "../app/locations.ts";
import { databaseOption, dictionariesOption, jsonOption, modelOption } from "./options.ts";
import { printJson, printResult, withInterrupt } from "./terminal.ts";

interface RespondOptions {
	readonly prompt: string;
	readonly metric: string;
	readonly coefficients: readonly number[];
	readonly model?: string;
	readonly saes?: readonly string[];
	readonly bos?: "on" | "off";
	readonly provider: ProviderChoice;
	readonly db?: string;
	readonly json?: true;
}

export function defineRespondCommand(command: Command): void {
	command
		.argument("<id>", "feature to scale, e.g. mlp_3.17@5; without a position wherever it is active")
		.requiredOption("--prompt <text>", "text to run; with cross_entropy its last token is the target")
		.option("--metric <name>", "as in scd trace", "cross_entropy")
		.addOption(
			new Option("--coefficients <list>", "what its activation is multiplied by; 0 ablates it")
				.argParser(parseNumbers)
				.default([0, 0.25, 0.5, 0.75, 1], "0,0.25,0.5,0.75,1"),
		)
		.addOption(modelOption())
		.addOption(dictionariesOption())
		.addOption(new Option("--bos <on|off>", "<|endoftext|> before the prompt").choices(["on", "off"]))
		.addOption(
			new Option("--provider <name>", "where to compute").choices(["auto", "cpu", "webgpu", "cuda"]).default("auto"),
		)
		.addOption(databaseOption())
		.addOption(jsonOption())
		.action(runRespond);
}

function parseNumbers(text: string): readonly number[] {
	const numbers = text.split(",").map(Number);
	if (text.trim() === "" || !numbers.every(Number.isFinite) || numbers.length > 64)
		throw new InvalidArgumentError("Up to 64 numbers with commas between them are needed");
	return numbers;
}

async function runRespond(node: string, options: RespondOptions): Promise<void> {
	const { model, saes, bos, prompt, metric, coefficients, provider } = options;
	if (model !== undefined && model !== "reference" && saes === undefined)
		throw new AppError("usage", "A model of your own needs dictionaries. Name their folder with --saes.");
	const request: ResponseRequest = {
		modelDir: findModel(model),
		dictionaryDirs: saes?.map((dir) => resolve(dir)) ?? [reference.dictionaries],
		prompt,
		metric,
		...(bos && { bos }),
		provider,
		node,
		coefficients,
	};
	const app = new App(options.db);
	try {
		const response = await withInterrupt((signal) => app.engine.call("respond", request, { signal }));
		if (options.json) printJson(buildResponseJson(response));
		else printResult(describeResponse(response));
	} finally {
		app.dispose();
	}
}

function buildResponseJson({ node, metric, positions, points }: ResponseResult): object {
	const list = (changes: readonly TokenChange[]) => changes.map(({ token, before, after }) => [token, before, after]);
	return {
		node,
		metric,
		positions,
		points: points.map(({ coefficient, value, gains, losses }) => ({
			coefficient,
			value,
			gains: list(gains),
			losses: list(losses),
		})),
	};
}

function describeResponse({ node, metric, positions, points }: ResponseResult): string {
	const list = (changes: readonly TokenChange[]) =>
		changes
			.slice(0, 5)
			.map(({ token, before, after }) => `${showToken(token)} ${formatNumber(before)} → ${formatNumber(after)}`)
			.join("   ");
	return [
		`${node} scaled at ${positions.length === 1 ? "position" : "positions"} ${positions.join(", ")}: ${metric}`,
		...points.flatMap(({ coefficient, value, gains, losses }) => [
			`${String(coefficient).padStart(7)}  ${formatNumber(value)}`,
			...(gains.length > 0 ? [`         likelier  ${list(gains)}`] : []),
			...(losses.length > 0 ? [`         less      ${list(losses)}`] : []),
		]),
	].join("\n");
}
