import { type Command, InvalidArgumentError } from "commander";
import { formatNumber, showToken } from "#shared/drawing/svg-text";
import { AppError } from "#shared/errors";
import type { FeatureChange, SteeringResult, SteeringStep } from "#shared/steering";
import {
	buildFeatureRequest,
	collect,
	jsonOption,
	layersOption,
	type ModelOptions,
	modelOptions,
	openApp,
	parseCount,
	parseNumber,
	parseSeed,
} from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { printJson, printResult, warn, withInterrupt } from "./terminal.ts";

interface GenerateOptions extends ModelOptions {
	readonly prompt: string;
	readonly ablate?: readonly string[];
	readonly scale?: readonly string[];
	readonly clamp?: readonly string[];
	readonly tokens: number;
	readonly temperature: number;
	readonly topK: number;
	readonly seed: number;
	readonly forecast?: true;
	readonly json?: true;
}

export function defineGenerateCommand(command: Command): void {
	command
		.requiredOption("--prompt <text>", "text to go on from")
		.option("--ablate <id>", "take this feature out; may be repeated", collect)
		.option("--scale <id=x>", "multiply its activation by x; may be repeated", collect)
		.option("--clamp <id=x>", "set its activation to x everywhere; may be repeated", collect)
		.option("--tokens <n>", "tokens to write", parseCount, 40)
		.option("--temperature <x>", "0 always takes the likeliest token", parseNumber, 0.8)
		.option("--top-k <n>", "draw only from so many of the likeliest tokens; 0 from all", parseTopK, 0)
		.option("--seed <n>", "of the random numbers, which both texts share", parseSeed, 0);
	modelOptions(command)
		.addOption(layersOption())
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runGenerate);
}

function parseTopK(text: string): number {
	const number = Number(text);
	if (text.trim() === "" || !Number.isInteger(number) || number < 0)
		throw new InvalidArgumentError("A whole number of at least 0 is needed");
	return number;
}

function readChange(text: string): readonly [string, number] {
	const [, feature, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
	const number = Number(value);
	if (feature === undefined || value === undefined || !Number.isFinite(number))
		throw new AppError("usage", `"${text}" says no feature and number. Write it as mlp_3.17=2.`, { text });
	return [feature.trim(), number];
}

async function runGenerate(options: GenerateOptions): Promise<void> {
	const { prompt, ablate = [], scale = [], clamp = [], tokens, temperature, topK, seed } = options;
	const changes: FeatureChange[] = [
		...ablate.map((feature) => ({ feature, scale: 0 })),
		...scale.map(readChange).map(([feature, factor]) => ({ feature, scale: factor })),
		...clamp.map(readChange).map(([feature, value]) => ({ feature, clamp: value })),
	];
	const app = openApp(options);
	try {
		const request = { ...buildFeatureRequest(options), prompt, changes, tokens, temperature, topK, seed, listed: 5 };
		if (options.forecast) return await printForecast(app, { kind: "generate", request }, options.json);
		const live = !options.json && process.stderr.isTTY;
		const result = await withInterrupt((signal) =>
			app.engine.call("generate", request, {
				signal,
				progress: ({ report }) => void (live && process.stderr.write((report as SteeringStep).steered?.token ?? "")),
			}),
		).finally(() => live && process.stderr.write("\n"));
		for (const note of result.notes) warn(note);
		if (options.json) printJson(buildSteeringJson(result));
		else printResult(describeSteering(prompt, result));
	} finally {
		app.dispose();
	}
}

function buildSteeringJson({ prompt, steps, provider, seconds }: SteeringResult): object {
	const list = (tokens: SteeringStep["boosted"]) => tokens.map(({ token, before, after }) => [token, before, after]);
	const drawn = (token: SteeringStep["steered"]) => token && { id: token.id, token: token.token, p: token.probability };
	return {
		prompt: { tokens: prompt.tokens, token_ids: prompt.tokenIds },
		steered: steps.map(({ steered }) => steered?.token ?? "").join(""),
		unsteered: steps.map(({ plain }) => plain?.token ?? "").join(""),
		steps: steps.map((step) => ({
			steered: drawn(step.steered),
			unsteered: drawn(step.plain),
			boosted: list(step.boosted),
			suppressed: list(step.suppressed),
		})),
		provider,
		seconds,
	};
}

function describeSteering(prompt: string, { steps, seconds, provider }: SteeringResult): string {
	const text = (which: "steered" | "plain") => steps.map((step) => step[which]?.token ?? "").join("");
	const list = (tokens: SteeringStep["boosted"]) =>
		tokens
			.slice(0, 3)
			.map(({ token, before, after }) => `${showToken(token)} ${formatNumber(before)}→${formatNumber(after)}`)
			.join("  ");
	const words = ({ boosted, suppressed }: SteeringStep) =>
		[
			boosted.length > 0 ? `likelier ${list(boosted)}` : "",
			suppressed.length > 0 ? `less ${list(suppressed)}` : "",
		].filter((part) => part !== "");
	return [
		`steered    ${prompt}${text("steered")}`,
		"",
		`unsteered  ${prompt}${text("plain")}`,
		"",
		...steps.map(
			(step, i) =>
				`${String(i + 1).padStart(4)}  ${showToken(step.steered?.token ?? "").padEnd(14)} ${words(step).join("   ") || "as before"}`,
		),
		"",
		`${seconds.toFixed(2)} s on ${provider}`,
	].join("\n");
}
