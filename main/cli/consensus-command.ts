import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import type { ClusterResult } from "#shared/cluster";
import type { Consensus, Recurrence } from "#shared/consensus";
import { formatNumber } from "#shared/drawing/svg-text";
import { edgeEffect, nodeEffect, signed } from "#shared/effect";
import { AppError, assert } from "#shared/errors";
import type { ConsensusRequest, ErrorChoice } from "#shared/trace-request";
import { isPaired } from "#shared/trace-request";
import type { App } from "../app/app.ts";
import { runTraceJob, type TraceOutcome } from "../app/trace-job.ts";
import { buildTraceJson, judgeTrace } from "../export/circuit-json.ts";
import { errorsOption, readPrompts } from "./method-options.ts";
import {
	buildModelRequest,
	jsonOption,
	layersOption,
	type ModelOptions,
	modelOptions,
	openApp,
	parseCount,
	parseNodes,
	parseShare,
} from "./options.ts";
import { forecastOption, printForecast } from "./print-forecast.ts";
import { createProgressBar, printJson, printResult, warn, withInterrupt } from "./terminal.ts";
import { listScores, listVerdict } from "./trace-summary.ts";

interface ConsensusOptions extends ModelOptions {
	readonly prompts?: string;
	readonly cluster?: string;
	readonly limit: number;
	readonly metric: string;
	readonly downNodes: number;
	readonly upNodes: number;
	readonly errors: ErrorChoice;
	readonly atLeast: number;
	readonly circuit?: string;
	readonly forecast?: true;
	readonly json?: true;
}

export function defineConsensusCommand(command: Command): void {
	command
		.option("--prompts <file>", "one prompt a line, or JSONL or Parquet with a text each")
		.addOption(
			new Option(
				"--cluster <report:number>",
				"the token positions of a cluster that scd cluster found, e.g. 3:0",
			).conflicts("prompts"),
		)
		.option("--limit <n>", "read at most so many prompts", parseCount, 50)
		.option("--metric <name>", "as in scd trace", "cross_entropy")
		.option("--down-nodes <n>", "as in scd trace", parseNodes, 10)
		.option("--up-nodes <n>", "as in scd trace", parseNodes, 10)
		.option("--at-least <p>", "keep what this share of the prompts has", parseShare, 0.5);
	modelOptions(command)
		.addOption(errorsOption())
		.addOption(layersOption())
		.option("--circuit <name>", "stored circuit to extend (default: a new one)")
		.addOption(forecastOption())
		.addOption(jsonOption())
		.action(runConsensus);
}

async function runConsensus(options: ConsensusOptions): Promise<void> {
	const app = openApp(options);
	const bar = createProgressBar();
	try {
		const prompts = await listPrompts(app, options);
		const [prompt, ...morePrompts] = prompts;
		assert(prompt !== undefined, "there is a prompt");
		const request: ConsensusRequest = {
			method: "consensus",
			...buildModelRequest(options),
			prompt,
			metric: options.metric,
			choice: { by: "count", count: options.downNodes },
			upNodes: options.upNodes,
			errors: options.errors,
			lastPositionOnly: false,
			allNodes: false,
			keepUnconnected: false,
			morePrompts,
			atLeast: Math.max(1, Math.ceil(options.atLeast * prompts.length)),
		};
		if (options.forecast) return await printForecast(app, { kind: "consensus", request }, options.json);
		const outcome = await withInterrupt((signal) =>
			runTraceJob(app, request, {
				signal,
				progress: bar.show,
				...(options.circuit !== undefined && { circuit: options.circuit }),
			}),
		).finally(bar.clear);
		for (const { path, reason } of outcome.result.skipped) warn(`left out ${path}: ${reason}`);
		for (const note of outcome.result.notes ?? []) warn(note);
		if (options.json) printJson(buildConsensusJson(outcome, request));
		else printResult(describeConsensus(outcome, request));
	} finally {
		app.dispose();
	}
}

async function listPrompts({ store }: App, { prompts, cluster, limit }: ConsensusOptions): Promise<readonly string[]> {
	if (cluster !== undefined) {
		const [, report, number] = /^(\d+):(\d+)$/.exec(cluster) ?? [];
		const found = report === undefined ? undefined : store.reports.load(Number(report));
		const mine = (found?.kind === "cluster" ? (found.body as ClusterResult) : undefined)?.clusters[Number(number)];
		if (!mine)
			throw new AppError("not-found", `There is no cluster ${cluster}. scd cluster prints those that it found.`, {
				cluster,
			});
		return mine.places.slice(0, limit).map(({ before, next }) => before + next);
	}
	if (prompts === undefined)
		throw new AppError("usage", "There is nothing to trace. Give --prompts FILE or --cluster.");
	if (/\.(jsonl|json|ndjson|parquet)$/i.test(prompts)) return await readPrompts(prompts, limit, undefined);
	let text: string;
	try {
		text = readFileSync(prompts, "utf8");
	} catch {
		throw new AppError("not-found", `The prompts ${prompts} cannot be read. Give a file with one prompt a line.`, {
			path: prompts,
		});
	}
	// A blank at a line's end may be part of the prompt; its end is not.
	const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
	if (lines.length < 2)
		throw new AppError("usage", `${prompts} holds ${lines.length} prompts, and a consensus needs two or more.`);
	return lines.slice(0, limit);
}

function buildConsensusJson({ result, circuit }: TraceOutcome, request: ConsensusRequest): object {
	const { consensus } = result;
	assert(consensus, "several prompts give a consensus");
	const share = ({ count, mean, spread }: Recurrence) => ({
		count,
		share: count / consensus.prompts.length,
		mean,
		spread,
	});
	return {
		...buildTraceJson(result, request),
		circuit,
		consensus: {
			prompts: consensus.prompts,
			nodes: consensus.nodes.map((node) => ({ id: node.id, ...share(node) })),
			edges: consensus.edges.map((edge) => ({ source: edge.source, target: edge.target, ...share(edge) })),
		},
	};
}

function describeConsensus({ result, circuit }: TraceOutcome, request: ConsensusRequest): string {
	const question = { metricName: result.metric.name, paired: isPaired(request), tokens: [] };
	const { nodes = [], edges = [], prompts = [] } = result.consensus ?? ({} as Partial<Consensus>);
	const row = ({ count, spread }: Recurrence, effect: number) =>
		`${String(count).padStart(4)} of ${prompts.length}  ${signed(effect).padStart(9)} ± ${formatNumber(spread)}`;
	return [
		`${prompts.length} prompts; "${circuit}" holds ${result.nodes.length} nodes and ${result.edges.length} edges`,
		...listScores(result.scores),
		...listVerdict(judgeTrace(result, request)),
		"In how many prompts, and the mean effect: + raises their targets, − lowers them",
		...nodes
			.filter(({ id }) => !/^(token|logit)|_error_/.test(id))
			.slice(0, 20)
			.map((node) => `  ${node.id.padEnd(16)} ${row(node, nodeEffect(question, node.mean))}`),
		...edges
			.slice(0, 10)
			.map((edge) => `  ${`${edge.source} → ${edge.target}`.padEnd(34)} ${row(edge, edgeEffect(question, edge.mean))}`),
		`${result.seconds.toFixed(1)} s on ${result.provider}`,
	].join("\n");
}
